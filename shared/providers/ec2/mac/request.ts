// What the launch of a Mac freezes: the host that it starts on, and how.
import * as z from 'zod/mini';
import { templateName } from '../../../contract/machine.ts';
import { offeringKey, parseOffering } from '../../../contract/offerings.ts';
import type { MachineTerms, Wanted } from '../../../scheduler/ports.ts';
import type { Launch } from '../../../scheduler/records.ts';
import { type NewestImage, newestImage, regionName, requestAs, webAddress } from '../request.ts';
import { hostPattern } from './host.ts';

const requestShape = z.object({
  host: z.string().check(z.regex(hostPattern)),
  region: regionName,
  zone: z.string(),
  type: z.string(),
  template: z.string(),
  url: webAddress,
  image: z.optional(newestImage),
});

export type MacRequest = z.infer<typeof requestShape>;

/** Undefined: it is no request of ours. */
export const readMacRequest = (launch: Pick<Launch, 'request'>): MacRequest | undefined =>
  requestAs(requestShape, launch);

export interface AskSettings {
  installation: string;
  /** The image of a pool whose launch template has none. */
  imageOf(pool: string): NewestImage | undefined;
  /** Where builders reach Callsheet. Needed by those who launch. */
  url?: string | undefined;
}

/** Throws where no host is named, and for more than one machine. */
export function macRequest({ url, installation, imageOf }: AskSettings, { pool, n, on }: Wanted): MacRequest {
  if (url === undefined) throw new Error("provider 'mac' was given no url: it cannot launch");
  if (!on || n !== 1)
    throw new Error(`pool ${pool} wants ${n} Macs: each starts alone, on a host that is named`);
  const place = parseOffering(on.offering);
  if (!place) throw new Error(`host ${on.hostId} has the offering '${on.offering}', which is none`);
  const { region, zone, type } = place;
  const template = templateName(installation, pool, 'on-demand');
  return { host: on.hostId, region, zone, type, template, url, image: imageOf(pool) };
}

/** It is the host that costs. */
export const termsOfRequest = ({ region, type, zone }: MacRequest): MachineTerms => ({
  offering: offeringKey({ region, market: 'on-demand', type, zone }),
  usdPerHour: 0,
});
