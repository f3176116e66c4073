// The agent ends: on request, at its deadline, when it is alone, and when it is told to by a signal.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { shells, together } from './shells.ts';
import { play, until } from './stage.ts';

const worker = '"$PWD/bin/Runner.Worker"';
const stubborn = `trap '' TERM HUP INT; ${worker} & setsid sleep 600 & while :; do sleep 1; done`;

describe.each(shells)('the agent ends ($name)', together, ({ path, test }) => {
  test('on request, but not while a job runs', () => {
    const run = `${worker} & until [ -e ../stop ]; do sleep 0.02; done; kill $!; exec sleep 600`;
    const progress = () => ({ next: 'shutdown' });
    return play({ path, run, answers: { progress } }, async ({ start, server, home, said, processes }) => {
      const { ended } = start();
      await until(() => server.calls.progress.filter(({ busy }) => busy).length > 2);
      expect(server.calls.finished).toEqual([]);
      expect(processes().length).toBeGreaterThan(2);
      writeFileSync(join(home, 'stop'), '');
      expect(await ended).toBe(0);
      expect(said()).toContain('is told to shut down');
      expect(server.calls.finished).toMatchObject([{ exitCode: 0 }]);
      expect(processes()).toEqual([]);
    });
  });

  test('at its deadline, whatever runs', () =>
    play(
      { path, run: stubborn, answers: { claim: () => due } },
      async ({ start, work, server, processes }) => {
        Object.assign(due, work({ deadline: Math.floor(Date.now() / 1000) }));
        expect(await start().ended).toBe(0);
        expect(server.calls.finished).toMatchObject([{ exitCode: 143 }]);
        expect(server.calls.finished[0]?.log).toContain('is past its deadline');
        expect(processes()).toEqual([]);
      },
    ));
  const due = {};

  test.each(['lost', 500, 'garbage'] as const)('alone, when heartbeats are answered by %s', (answer) =>
    play(
      { path, run: 'exec sleep 600', answers: { progress: () => answer } },
      async ({ start, said, processes }) => {
        expect(await start({ CALLSHEET_PACE: '600' }).ended).toBe(0);
        expect(said()).toContain('has lost Callsheet');
        expect(processes()).toEqual([]);
      },
    ),
  );

  test('not alone while a job runs', () =>
    play({ path, run: worker, answers: { progress: () => 'lost' } }, async ({ start, server, processes }) => {
      const { pid } = start({ CALLSHEET_PACE: '600' });
      const [from] = [Date.now()];
      await until(() => server.calls.progress.length > 30 && Date.now() - from > 3000);
      expect(processes()).toContain(pid);
      process.kill(pid, 'SIGTERM');
    }));

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s, with all that it has started', (signal) =>
    play({ path, run: stubborn }, async ({ start, server, processes, read }) => {
      const { pid, ended } = start();
      await until(() => server.calls.progress.some(({ busy }) => busy));
      process.kill(pid, signal);
      // bash may swallow a SIGINT that arrives between two commands, as if the last one had dealt with it.
      const isDeaf = () => signal === 'SIGINT' && processes().includes(pid);
      const again = setInterval(() => isDeaf() && process.kill(pid, signal), 1000);
      expect(await ended.finally(() => clearInterval(again))).toBe(143);
      expect(processes()).toEqual([]);
      for (const file of ['key', 'ticket', 'events', 'ask', 'answer']) expect(read(file)).toBe('');
    }),
  );

  test('by a signal while it waits for an answer to its claim', () =>
    play({ path, answers: { claim: () => 500 } }, async ({ start, server, processes }) => {
      const { pid, ended } = start({ CALLSHEET_PACE: '1' });
      await until(() => server.calls.claim.length > 0);
      process.kill(pid, 'SIGTERM');
      expect(await ended).toBe(143);
      expect(processes()).toEqual([]);
    }));
});
