// The adapter against a GitHub that others wrote: proof of the App, narrowed tokens, check runs, runs, jobs.
import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { gitHubClient } from '../../shared/github/client.ts';
import { gitHub } from '../../shared/github/github.ts';
import { type CheckRun, Doubt } from '../../shared/scheduler/ports.ts';
import { appKey } from './scripted-github.ts';

const seed = {
  github: {
    users: [{ login: 'director' }],
    orgs: [{ login: 'aswf' }],
    repos: [
      { owner: 'aswf', name: 'ocio' },
      { owner: 'aswf', name: 'osl' },
    ],
    apps: [
      {
        app_id: 7,
        slug: 'callsheet',
        name: 'Callsheet',
        permissions: { checks: 'write', actions: 'read', metadata: 'read' },
        installations: [
          {
            installation_id: 11,
            account: 'aswf',
            repositories: ['aswf/ocio'],
            repository_selection: 'selected',
          },
        ],
      },
    ],
  },
  tokens: { director: { login: 'director', scopes: ['repo'] } },
};

let emulator: Emulator;
let key = '';

beforeAll(async () => {
  emulator = await createEmulator({ service: 'github', port: 0, seed });
  key = emulator.generatedSecrets.find(({ kind }) => kind === 'github.app_private_key')?.value ?? '';
});
afterAll(() => emulator.close());

const ours = (privateKey = key) =>
  gitHub(
    gitHubClient({
      appId: '7',
      privateKey: async () => privateKey,
      installations: { aswf: '11' },
      baseUrl: emulator.url,
    }),
  );

async function read<T>(path: string, shape: z.ZodMiniType<T>): Promise<T> {
  const answer = await fetch(`${emulator.url}${path}`, { headers: { authorization: 'token director' } });
  return z.parse(shape, await answer.json());
}

const headSha = async (): Promise<string> => {
  const [head] = await read('/repos/aswf/ocio/commits', z.array(z.object({ sha: z.string() })));
  return head?.sha ?? '';
};

const checkOf = (head: string, externalId: string): CheckRun => ({
  repository: 'aswf/ocio',
  headSha: head,
  name: 'callsheet / gpu',
  externalId,
  status: 'in_progress',
  title: 'Waits',
  summary: 'No room in the pool.',
});

describe('against an emulated GitHub', () => {
  it('creates a check run, finds it again, and completes it', async () => {
    const { checks } = ours();
    const check = checkOf(await headSha(), 'one');
    const id = await checks.create(check, false);
    expect(await checks.create(check, true)).toBe(id);
    expect(await checks.create({ ...check, externalId: 'two' }, true)).not.toBe(id);
    await checks.update(id, { ...check, status: 'completed', conclusion: 'neutral', title: 'Refused' });
    const shown = z.object({
      status: z.string(),
      conclusion: z.string(),
      output: z.object({ title: z.string() }),
    });
    expect(await read(`/repos/aswf/ocio/check-runs/${id}`, shown)).toEqual({
      status: 'completed',
      conclusion: 'neutral',
      output: { title: 'Refused' },
    });
  });

  it('gets tokens of one right, one for many callers', async () => {
    const issued = z.object({
      installation_tokens: z.array(z.looseObject({ permissions: z.record(z.string(), z.string()) })),
    });
    const before = (await read('/_emulate/installation-tokens', issued)).installation_tokens.length;
    const { jobs } = ours();
    const answers = await Promise.all(Array.from({ length: 20 }, () => jobs.job('aswf/ocio', '404')));
    expect(answers).toEqual(Array.from({ length: 20 }, () => undefined));
    const { installation_tokens: tokens } = await read('/_emulate/installation-tokens', issued);
    // The second one asks whether the App may see the repository at all.
    expect(tokens.slice(before)).toMatchObject([
      { permissions: { actions: 'read' } },
      { permissions: { actions: 'read' }, repository_selection: 'selected' },
    ]);
  });

  it('finds no runs and no queued jobs where there are none', async () => {
    const { jobs } = ours();
    expect(await jobs.run('aswf/ocio', '404')).toBeUndefined();
    expect(await jobs.queued('aswf/ocio', 10)).toEqual([]);
  });

  it('is not let into a repository that is not selected, nor beyond its permissions', async () => {
    const { jobs, runners } = ours();
    await expect(jobs.job('aswf/osl', '1')).rejects.toThrow('the App lacks actions: read in aswf/osl');
    await expect(jobs.cancelRun('aswf/ocio', '1')).rejects.toThrow(Doubt);
    const refused = await runners.register('repository/aswf/ocio', 'n', ['gpu']);
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('administration: write') });
  });

  it('is not let in with the key of another App', async () => {
    await expect(ours(appKey).jobs.job('aswf/ocio', '1')).rejects.toThrow(
      "check the App's id and private key",
    );
  });
});
