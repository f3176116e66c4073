// Secrets as encrypted parameters of SSM: read, put if absent, replaced.
import { installationTag } from '../../../shared/contract/names.ts';
import { askAws } from '../aws.ts';
import { once } from '../command.ts';

export interface Parameter {
  value: string;
  /** Is it a SecureString? */
  encrypted: boolean;
  changedAt: Date | undefined;
}

/** All calls throw `Problem`, or `Unavailable` without credentials, region or permission. */
export interface Parameters {
  /** Those that exist, by name: at most ten names. */
  read(names: string[]): Promise<Map<string, Parameter>>;
  /** False: it exists, and was left as it is. */
  create(name: string, value: string): Promise<boolean>;
  replace(name: string, value: string): Promise<void>;
}

/**
 * Encrypted with the key `aws/ssm`, in the free tier of 4 kB. Tags only at creation: SSM refuses them beside
 * `Overwrite` (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html).
 */
export function parametersOf(installation: string): Parameters {
  const ssm = once(async () => {
    const sdk = await import('@aws-sdk/client-ssm');
    return { sdk, client: new sdk.SSMClient({}) };
  });
  const form = { Type: 'SecureString', Tier: 'Standard' } as const;

  return {
    read: (names) =>
      askAws('ssm:GetParameters', async () => {
        const { sdk, client } = await ssm();
        const wanted = new sdk.GetParametersCommand({ Names: names, WithDecryption: true });
        const { Parameters: found = [] } = await client.send(wanted);
        return new Map(
          found.map(({ Name = '', Value = '', Type, LastModifiedDate: changedAt }) => [
            Name,
            { value: Value, encrypted: Type === 'SecureString', changedAt },
          ]),
        );
      }),
    create: (name, value) =>
      askAws('ssm:PutParameter', async () => {
        const { sdk, client } = await ssm();
        const Tags = [{ Key: installationTag, Value: installation }];
        try {
          await client.send(new sdk.PutParameterCommand({ ...form, Name: name, Value: value, Tags }));
          return true;
        } catch (error) {
          if (error instanceof sdk.ParameterAlreadyExists) return false;
          throw error;
        }
      }),
    replace: (name, value) =>
      askAws('ssm:PutParameter', async () => {
        const { sdk, client } = await ssm();
        await client.send(
          new sdk.PutParameterCommand({ ...form, Name: name, Value: value, Overwrite: true }),
        );
      }),
  };
}
