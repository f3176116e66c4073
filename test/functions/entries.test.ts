// The entries that Lambda loads: each has a handler, names what its environment lacks, and keeps secrets.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { environmentOf } from '../runtime/aws/installation.ts';

const environment = environmentOf('http://127.0.0.1:9');

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.resetModules();
});

const entries = {
  webhook: () => import('../../functions/webhook/index.ts'),
  dispatcher: () => import('../../functions/dispatcher/index.ts'),
  'builder-api': () => import('../../functions/builder-api/index.ts'),
  'cloud-events': () => import('../../functions/cloud-events/index.ts'),
  reaper: () => import('../../functions/reaper/index.ts'),
  api: () => import('../../functions/api/index.ts'),
};

describe.each(Object.entries(entries))('functions/%s/index.ts', (_, load) => {
  it('has a handler, and asks nobody anything yet', async () => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const { handler } = await load();
    expect(handler).toBeInstanceOf(Function);
  });

  it('says what its environment lacks', async () => {
    for (const name of Object.keys(environment)) vi.stubEnv(name, undefined);
    await expect(load()).rejects.toThrow(/the function's environment lacks OPEN_TABLE, HISTORY_TABLE.*infra/);
  });
});
