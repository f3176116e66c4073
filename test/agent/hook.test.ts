// The job-started hook: it runs before a job's first step; without a clear yes none begins.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Answer } from './server.ts';
import { shells, together } from './shells.ts';
import { agentScript, argumentsOf, kill, play, type Stage, until } from './stage.ts';

const run = '"$PWD/bin/Runner.Worker"';

/**
 * A worker that runs the hook as GitHub's does: directly below itself. Whatever becomes of it, a step that
 * always runs comes next. `WRAP` puts a process in between; `MEANWHILE` is done while the hook `$hook` runs.
 */
const worker = `
export GITHUB_REPOSITORY=aswf/OpenEXR GITHUB_RUN_ID=1234567890123 GITHUB_RUN_ATTEMPT=2
export GITHUB_JOB="\${JOB-build_all}"
cd /
echo $$ > "$OUT/worker"
\${WRAP-} sh -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" > "$OUT/said" 2>&1 &
hook=$!
eval "\${MEANWHILE-}"
wait "$hook"
echo "exit $?" > "$OUT/step.part"
mv "$OUT/step.part" "$OUT/step"
\${STEP-sleep 0.1}`;

/** Waits until the worker is dead. */
const killed = ({ read }: Stage) =>
  until(() => read('worker').endsWith('\n') && argumentsOf(read('worker').trim()) === '');

describe.each(shells)('the hook of a job ($name)', together, ({ path, test }) => {
  const scene = (answer: () => Answer) => ({ path, run, worker, answers: { job: answer } });

  /** The job may run: its first step begins after the hook. */
  const passes = (answer: () => Answer, check: (said: string, stage: Stage) => void) =>
    play(scene(answer), async (stage) => {
      // The heartbeat is slow here: the one that comes is the hook's. Below 100 time limits are real ones.
      const { ended } = stage.start({ CALLSHEET_PACE: '99', OUT: stage.home });
      expect(await until(() => stage.read('step'))).toBe('exit 0\n');
      check(stage.read('said'), stage);
      await until(() => stage.server.calls.progress[0]);
      expect(stage.server.calls.progress[0]?.busy).toBe(true);
      expect(await ended).toBe(0);
      expect(stage.processes()).toEqual([]);
    });

  /** The job may not run: the hook's words are said, then the worker is dead, without any step. */
  const stops = (answer: () => Answer, check: (said: string, stage: Stage) => void, env = {}) =>
    play(scene(answer), async (stage) => {
      const { ended } = stage.start({ OUT: stage.home, ...env });
      await until(() => stage.read('said'));
      await killed(stage);
      expect(await ended).toBe(0);
      expect(stage.read('step')).toBe('');
      check(stage.read('said'), stage);
      expect(stage.server.calls.finished).toMatchObject([{ exitCode: 137 }]);
      expect(stage.processes()).toEqual([]);
    });

  test('names the job, and prints what Callsheet has to say when it is allowed', () =>
    passes(
      () => ({ allow: true, notes: 'builder 1 of pool gpu; all is well' }),
      (said, { server, builder }) => {
        expect(said).toBe('builder 1 of pool gpu; all is well\n');
        expect(server.calls.job).toEqual([
          {
            builder,
            launch: 'test-1',
            key: server.calls.claim[0]?.key,
            repository: 'aswf/OpenEXR',
            runId: '1234567890123',
            runAttempt: 2,
            job: 'build_all',
          },
        ]);
      },
    ));

  test('is silent when there is nothing to say', () =>
    passes(
      () => ({ allow: true, notes: '' }),
      (said) => expect(said).toBe(''),
    ));

  test('asks again when an answer is lost', () => {
    let count = 0;
    return passes(
      () => (count++ === 0 ? 'lost' : { allow: true, notes: 'at last' }),
      (said) => expect(said).toBe('at last\n'),
    );
  });

  test.each([429, 500, 503])('asks on while Callsheet is busy or away, many times: %s', (status) => {
    let count = 0;
    return passes(
      () => (count++ < 8 ? status : { allow: true, notes: 'at last' }),
      (said) => expect(said).toBe('at last\n'),
    );
  });

  test('says the reason and kills the worker when the job is refused', () =>
    stops(
      () => ({ allow: false, why: 'Forks are never served here.' }),
      (said) => expect(said).toBe('::error title=Callsheet::Forks are never served here.\n'),
    ));

  test.each([
    ['none comes', 'never'],
    ['it is an error', 500],
    ['it is odd', '{"allow":"true"}'],
    ['the key is refused', 403],
  ] as const)('kills the worker when the answer is not clear: %s', (_, answer) =>
    stops(
      () => answer,
      (said) => expect(said).toMatch(/^::error title=Callsheet::Callsheet gave no answer .*\n$/),
    ),
  );

  test('kills the worker for a job whose name is not plain, without asking', () =>
    stops(
      () => ({ allow: true, notes: '' }),
      (said, { server }) => {
        expect(said).toMatch(/^::error title=Callsheet::.*\n$/);
        expect(server.calls.job).toEqual([]);
      },
      { JOB: 'x","runId":"1' },
    ));

  test('kills the worker when it is interrupted before there is an answer', () =>
    play(
      scene(() => 'never'),
      async (stage) => {
        const { start, server, home, read } = stage;
        const MEANWHILE = 'until [ -e "$OUT/asked" ]; do sleep 0.02; done; kill -INT $hook; kill -TERM $hook';
        const { ended } = start({ OUT: home, MEANWHILE });
        await until(() => server.calls.job[0]);
        writeFileSync(join(home, 'asked'), '');
        await killed(stage);
        expect(await ended).toBe(0);
        expect(read('step')).toBe('');
        expect(read('said')).toBe('');
      },
    ));

  test('kills the worker in time when the agent is gone', () =>
    play(
      scene(() => 'never'),
      async (stage) => {
        const { start, server, read, home, processes } = stage;
        start({ OUT: home });
        await until(() => server.calls.job[0]);
        const agents = processes().filter((pid) => argumentsOf(pid).includes(agentScript));
        agents.forEach(kill);
        await killed(stage);
        expect(read('said')).toMatch(/^::error title=Callsheet::.* no answer .*\n$/);
        expect(read('step')).toBe('');
      },
    ));

  test('is followed by the end of all, should the worker outlive a refusal', () =>
    play(
      scene(() => ({ allow: false, why: 'No.' })),
      async ({ start, server, home, read, processes }) => {
        const { ended } = start({ OUT: home, WRAP: 'timeout 60', STEP: 'exec sleep 600' });
        expect(await ended).toBe(0);
        expect(read('said')).toContain('No.');
        expect(server.calls.finished).toMatchObject([{ exitCode: 1 }]);
        expect(server.calls.finished[0]?.log).toContain('a job was refused here');
        expect(processes()).toEqual([]);
      },
    ));
});
