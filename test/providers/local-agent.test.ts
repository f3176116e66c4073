// The provider `local` with the real agent: many builders serve one job each, and nothing of them is left.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localProvider } from '../../shared/providers/local/provider.ts';
import { ticketProofs } from '../../shared/providers/tickets.ts';
import type { Answers } from '../agent/server.ts';
import { serve } from '../agent/server.ts';
import { agentScript, packRunner, until } from '../agent/stage.ts';
import { launchOf } from './conformance.ts';

it('serves one job on each of four builders, which prove who they are and end whole', async () => {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-local-'));
  const runner = packRunner(root, 'exec "$PWD/bin/Runner.Worker"', 'echo "$CALLSHEET_JOB" >> "$OUT"');
  const sha256 = createHash('sha256').update(runner).digest('hex');
  const proven: Promise<unknown>[] = [];
  const answers: Answers = {
    claim: ({ builder, launch, proof }) => {
      const claimant = { id: builder, launch, recorded: true, askedAt: async () => 0 };
      proven.push(ticketProofs('secret').verify('local', proof, claimant));
      return {
        work: {
          kind: 'actions',
          jitConfig: 'ZmFrZQ==',
          runner: { url: `${server.url}/runner.tar.gz`, sha256 },
          env: { CALLSHEET_JOB: builder },
          deadline: Math.floor(Date.now() / 1000) + 600,
        },
      };
    },
    job: () => ({ allow: true, notes: '' }),
    progress: () => ({ next: 'continue' }),
    finished: () => ({ next: 'shutdown' }),
  };
  const server = await serve(answers, runner);
  const ends = new Map<string, string>();
  const folder = join(root, 'builders');
  const provider = localProvider({
    folder,
    agent: agentScript,
    url: server.url,
    secret: 'secret',
    pace: 10,
    env: { OUT: join(root, 'served') },
    onEnd: (id, { why, log }) => ends.set(id, `${why}: ${log}`),
  });
  const { started } = await provider.launch(launchOf(4, '{"n":4}'));
  await until(() => ends.size === 4);
  expect([...ends.keys()].sort()).toEqual(started);
  for (const end of ends.values()) expect(end).toMatch(/^the agent exited with 0: (.*\n)+callsheet: ends\n$/);
  expect(await Promise.all(proven)).toEqual([{}, {}, {}, {}]);
  expect(server.calls.finished.map(({ builder, exitCode }) => `${builder} ${exitCode}`).sort()).toEqual(
    started.map((id) => `${id} 0`),
  );
  expect(readdirSync(folder)).toEqual(['.launches']);
  await provider.close();
  expect(existsSync(folder)).toBe(false);
  expect(server.faults).toEqual([]);
  await server.close();
  rmSync(root, { recursive: true });
});
