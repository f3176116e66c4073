// The job-started hook: it runs before a job's first step, and only a clear yes lets it end well.
import { describe, expect } from 'vitest';
import type { Answer } from './server.ts';
import { shells, together } from './shells.ts';
import { agentScript, argumentsOf, play, type Stage, until } from './stage.ts';

/** A runner whose worker runs the hook as GitHub's does, and keeps its output and its exit status. */
const run = '"$PWD/bin/Runner.Worker"';
const worker = `
export GITHUB_REPOSITORY=aswf/OpenEXR GITHUB_RUN_ID=1234567890123 GITHUB_RUN_ATTEMPT=2
export GITHUB_JOB="\${JOB-build_all}"
cd /
sh -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" > "$OUT/said.part" 2>&1
echo "exit $?" >> "$OUT/said.part"
mv "$OUT/said.part" "$OUT/said"
sleep 0.1`;

describe.each(shells)('the hook of a job ($name)', together, ({ path, test }) => {
  async function ask(answer: () => Answer, check: (said: string, stage: Stage) => void, env = {}) {
    await play({ path, run, worker, answers: { job: answer } }, async (stage) => {
      // The heartbeat is slow here: the one that comes is the hook's.
      const { ended } = stage.start({ CALLSHEET_PACE: '100', OUT: stage.home, ...env });
      const said = await until(() => stage.read('said'));
      check(said, stage);
      await until(() => stage.server.calls.progress[0]);
      expect(stage.server.calls.progress[0]?.busy).toBe(true);
      expect(await ended).toBe(0);
      expect(stage.processes()).toEqual([]);
    });
  }

  test('names the job, and prints what Callsheet has to say when it is allowed', () =>
    ask(
      () => ({ allow: true, notes: 'builder 1 of pool gpu; all is well' }),
      (said, { server, builder }) => {
        expect(said).toBe('builder 1 of pool gpu; all is well\nexit 0\n');
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
    ask(
      () => ({ allow: true, notes: '' }),
      (said) => expect(said).toBe('exit 0\n'),
    ));

  test('fails with the reason when the job is refused', () =>
    ask(
      () => ({ allow: false, why: 'Forks are never served here.' }),
      (said) => expect(said).toBe('::error title=Callsheet::Forks are never served here.\nexit 1\n'),
    ));

  test('asks again when an answer is lost', () => {
    let count = 0;
    return ask(
      () => (count++ === 0 ? 'lost' : { allow: true, notes: 'at last' }),
      (said) => expect(said).toBe('at last\nexit 0\n'),
    );
  });

  test.each([
    ['none comes', 'never'],
    ['it is an error', 500],
    ['it is odd', '{"allow":"true"}'],
    ['the key is refused', 403],
  ] as const)('fails when the answer is not clear: %s', (_, answer) =>
    ask(
      () => answer,
      (said) => expect(said).toMatch(/^::error title=Callsheet::Callsheet gave no answer .*\nexit 1\n$/),
    ),
  );

  test('fails for a job whose name is not plain, without asking', () =>
    ask(
      () => ({ allow: true, notes: '' }),
      (said, { server }) => {
        expect(said).toMatch(/exit 1\n$/);
        expect(server.calls.job).toEqual([]);
      },
      { JOB: 'x","runId":"1' },
    ));

  test('fails in time when the agent is gone', () =>
    play(
      { path, run, worker, answers: { job: () => 'never' } },
      async ({ start, server, read, home, processes }) => {
        start({ OUT: home });
        await until(() => server.calls.job[0]);
        const agents = processes().filter((pid) => argumentsOf(pid).includes(agentScript));
        for (const pid of agents) process.kill(pid, 'SIGKILL');
        const said = await until(() => read('said'));
        expect(said).toMatch(/^::error title=Callsheet::.* no answer .*\nexit 1\n$/);
      },
    ));
});
