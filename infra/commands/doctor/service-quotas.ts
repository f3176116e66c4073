// Reads the quotas of a service as they are applied to this account.
import { askAws } from '../aws.ts';

/** By code, and by name in small letters. */
export type Quotas = Map<string, number>;

/** `region`: default is the region of the environment. Throws `Problem`, or `Unavailable`. */
export const readQuotas = (service: string, region?: string): Promise<Quotas> =>
  askAws('servicequotas:ListServiceQuotas', async () => {
    const sdk = await import('@aws-sdk/client-service-quotas');
    const found: Quotas = new Map();
    const pages = sdk.paginateListServiceQuotas(
      { client: new sdk.ServiceQuotasClient(region ? { region } : {}) },
      { ServiceCode: service, MaxResults: 100 },
    );
    for await (const { Quotas: some = [] } of pages) {
      for (const { QuotaCode: code = '', QuotaName: name = '', Value: value } of some) {
        if (value === undefined) continue;
        found.set(code, value);
        found.set(name.toLowerCase(), value);
      }
    }
    return found;
  });
