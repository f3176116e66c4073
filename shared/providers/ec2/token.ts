// Client tokens: what is asked again with the same one is not done again.
import { createHash } from 'node:crypto';

/**
 * At most 64 ASCII characters. Tokens are the account's: the installation tells tables apart, and a
 * time among the parts tells what is asked from what had the same name in an older table.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export const tokenOf = (installation: string, ...parts: readonly (string | number)[]): string =>
  createHash('sha256')
    .update([installation, ...parts].join('/'))
    .digest('hex');
