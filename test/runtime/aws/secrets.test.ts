// Secrets in SSM: read once for five minutes, checked, and named in errors without being told.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  apiToken,
  appKey,
  builderSecret,
  type Secret,
  secretIn,
  webhookSecrets,
} from '../../../shared/runtime/aws/secrets.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';

let cloud: LoopbackCloud;

beforeAll(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
});

const pem = (kind: string) => `-----BEGIN ${kind}-----\nMIIE\n-----END ${kind}-----\n`;
const long = 'k'.repeat(32);

describe('a parameter', () => {
  it('is read once by many, and answers what it holds', async () => {
    const { environment, parameters, calls } = cloud;
    parameters.set('/x', ` ${long}\n`);
    const read = secretIn(environment, '/x', builderSecret);
    expect(await Promise.all([read(), read()])).toEqual([long, long]);
    expect(await read()).toBe(long);
    expect(calls).toEqual(['GetParameter']);
  });

  it('that is missing is named, with the remedy, and asked for again', async () => {
    const { environment, parameters } = cloud;
    const read = secretIn(environment, '/missing', apiToken);
    await expect(read()).rejects.toThrow(
      'the SSM parameter /missing does not exist: `npm run secrets` creates it',
    );
    parameters.set('/missing', long);
    expect(await read()).toBe(long);
  });

  it.each<[string, Secret<unknown>, string]>([
    ['the webhook secrets', webhookSecrets, ' \n'],
    ['the webhook secrets', webhookSecrets, 'one\ntwo\nthree'],
    ['the app key', appKey, ''],
    ['the app key', appKey, pem('PUBLIC KEY')],
    ['the app key', appKey, pem('CERTIFICATE')],
    ['the builder secret', builderSecret, ''],
    ['the builder secret', builderSecret, long.slice(1)],
    ['the builder secret', builderSecret, `${long}\n${long}`],
    ['the API token', apiToken, `${long} ${long}`],
  ])('with %s is refused, and not told, when it is malformed (%#)', async (_, kind, value) => {
    const { environment, parameters } = cloud;
    parameters.set('/x', value);
    const failure = await secretIn(environment, '/x', kind)().catch((error: unknown) => String(error));
    expect(failure).toMatch(/^Misconfigured: the SSM parameter \/x must hold .*: see `npm run secrets`$/s);
    for (const line of value.split('\n').filter((text) => text.trim().length > 3))
      expect(failure).not.toContain(line);
  });

  it.each([pem('RSA PRIVATE KEY'), pem('PRIVATE KEY')])('with a private key is taken (%#)', async (value) => {
    const { environment, parameters } = cloud;
    parameters.set('/x', value);
    expect(await secretIn(environment, '/x', appKey)()).toBe(value);
  });
});
