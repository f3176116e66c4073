// Who calls: the App by a JSON web token that it signed, or an installation by a token that it was given.
import { generateKeyPair, type KeyObject, randomBytes, verify } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod/mini';

export type Level = 'read' | 'write';

/** What the App may do where it is installed. */
export const appPermissions: Record<string, Level> = {
  actions: 'write',
  administration: 'write',
  checks: 'write',
  contents: 'read',
  metadata: 'read',
  organization_self_hosted_runners: 'write',
  pull_requests: 'read',
};

/** What an installation token allows. */
export interface Grant {
  owner: string;
  installation: number;
  /** Lower-case full names; absent: all repositories of the owner. */
  repositories?: Set<string>;
  permissions: Record<string, Level>;
  expiresAt: number;
}

const header = z.object({ alg: z.literal('RS256') });
const claims = z.object({ iss: z.union([z.string(), z.number()]), iat: z.number(), exp: z.number() });

const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

export async function newAppKey(): Promise<{ publicKey: KeyObject; pem: string }> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

const undecodable = 'A JSON web token could not be decoded';

/** Why the App's token is refused, or undefined when it is good (RS256, `exp` at most ten minutes ahead). */
export function refusalOfJwt(
  jwt: string,
  publicKey: KeyObject,
  appId: number,
  now: number,
): string | undefined {
  const [head = '', body = '', signature = '', ...more] = jwt.split('.');
  if (!signature || more.length > 0) return undecodable;
  try {
    header.parse(decode(head));
    const signed = verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${body}`),
      publicKey,
      Buffer.from(signature, 'base64url'),
    );
    return signed ? refusalOfClaims(claims.parse(decode(body)), appId, now / 1000) : undecodable;
  } catch {
    return undecodable;
  }
}

function refusalOfClaims(claim: z.infer<typeof claims>, appId: number, now: number): string | undefined {
  if (String(claim.iss) !== String(appId)) return "'Issuer' claim ('iss') must be an Integer";
  if (claim.iat > now + 60) return "'Issued at' claim ('iat') must be an Integer representing a past time";
  if (claim.exp <= now) return "'Expiration time' claim ('exp') must be a numeric value in the future";
  if (claim.exp > now + 660) return "'Expiration time' claim ('exp') is too far in the future";
  return undefined;
}

const hourMs = 3_600_000;

/** Installation tokens: long (about 520 characters), good for an hour. */
export function grants(appId: number): {
  issue(grant: Omit<Grant, 'expiresAt'>): { token: string; grant: Grant };
  find(token: string, now: number): Grant | undefined;
} {
  const known = new Map<string, Grant>();
  return {
    issue: (wanted) => {
      const token = `ghs_${appId}_${randomBytes(380).toString('base64url')}`;
      const grant = { ...wanted, expiresAt: Date.now() + hourMs };
      known.set(token, grant);
      return { token, grant };
    },
    find: (token, now) => {
      const grant = known.get(token);
      return grant && grant.expiresAt > now ? grant : undefined;
    },
  };
}
