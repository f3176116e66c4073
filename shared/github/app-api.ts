// The App's own voice: requests signed with its private key.
import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import { Doubt } from '../scheduler/ports.ts';
import { memory } from './memory.ts';
import type { Api } from './transport.ts';

export interface AppProof {
  appId: string;
  privateKey: () => Promise<string>;
  now: () => number;
}

/** Requests that carry the App's proof; octokit repeats one with the right time when our clock is off. */
export function appApi(api: Api, { appId, privateKey, now }: AppProof): { api: Api; forgetKey(): void } {
  const keys = memory<KeyObject>(now);
  const loadKey = async () => ({ value: await readKey(privateKey), until: Number.POSITIVE_INFINITY });
  const createJwt = async (_id: unknown, skewSeconds = 0) =>
    appJwt(appId, await keys.get('key', loadKey), now() + skewSeconds * 1000);
  const log = { warn: () => undefined };
  const { hook } = createAppAuth({ appId, createJwt, log });
  return { api: api.defaults({ request: { hook } }), forgetKey: () => keys.forget('key') };
}

/**
 * A JSON web token, unlike any other (`jti`), issued 60 s back for clocks that are ahead and good for nine
 * minutes (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app).
 */
function appJwt(appId: string, key: KeyObject, nowMs: number): { jwt: string; expiresAt: string } {
  const seconds = Math.floor(nowMs / 1000);
  const claims = { iat: seconds - 60, exp: seconds + 540, iss: appId, jti: randomUUID() };
  const message = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(message), key).toString('base64url');
  return { jwt: `${message}.${signature}`, expiresAt: new Date(claims.exp * 1000).toISOString() };
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Throws `Doubt` without a word of what the loader or the parser said: it may be the key. */
async function readKey(load: () => Promise<string>): Promise<KeyObject> {
  const loading = Promise.resolve().then(load);
  const pem = await loading.catch((error: unknown) => {
    throw new Doubt(`the GitHub App's private key could not be loaded (${kindOf(error)})`);
  });
  try {
    return createPrivateKey(pem.replaceAll('\\n', '\n'));
  } catch {
    throw new Doubt("the GitHub App's private key cannot be read; store the PEM file as GitHub made it");
  }
}

const kindOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');
