// The agent runs the runner program: what it is given, what it is not, heartbeats, and how its end is told.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { shells, together } from './shells.ts';
import { allPids, argumentsOf, environmentOf, jitConfig, play, until } from './stage.ts';

const worker = '"$PWD/bin/Runner.Worker" spawnclient 1 2';

describe.each(shells)('the agent runs the runner program ($name)', together, ({ path, test }) => {
  test('gives it its configuration, its hook and what the work brings, and none of its own settings', () =>
    play({ path, run: 'env > ../env; pwd > ../at' }, async ({ start, home, read, builder }) => {
      expect(await start({ HOME: '/root' }).ended).toBe(0);
      const lines = read('env').split('\n');
      expect(lines).toContain(`ACTIONS_RUNNER_INPUT_JITCONFIG=${jitConfig}`);
      expect(lines).toContain('ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1');
      expect(lines).toContain(`ACTIONS_RUNNER_HOOK_JOB_STARTED=${home}/hook.sh`);
      expect(lines).toContain('CALLSHEET_NOTE=a {b}, c:d = $(e) `f` *');
      expect(lines.filter((line) => line.startsWith('CALLSHEET_')).sort()).toEqual([
        `CALLSHEET_BUILDER=${builder}`,
        'CALLSHEET_NOTE=a {b}, c:d = $(e) `f` *',
        'CALLSHEET_POOL=test',
      ]);
      expect(lines.includes('RUNNER_ALLOW_RUNASROOT=1')).toBe(process.getuid?.() === 0);
      expect(read('at').trim()).toBe(`${home}/runner`);
    }));

  test('shows its ticket and key in no environment and in no arguments, whatever it was started with', () => {
    const found = new Set<string>();
    const secrets: string[] = [];
    const look = (pid: string) => {
      const [env, args] = [environmentOf(pid), argumentsOf(pid)];
      if (secrets.some((secret) => env.includes(secret))) found.add(`the environment of ${args}`);
      if ([...secrets, jitConfig].some((secret) => args.includes(secret))) found.add(`the arguments ${args}`);
    };
    const progress = () => {
      allPids().forEach(look);
      return { next: 'continue' };
    };
    return play(
      { path, run: worker, answers: { progress } },
      async ({ start, server, ticket, read, processes }) => {
        secrets.push(ticket);
        const names = ['answer', 'body', 'key', 'part', 'rest', 'value'];
        const { pid } = start(Object.fromEntries(names.map((name) => [name, 'theirs'])));
        const { key } = await until(() => server.calls.claim[0]);
        secrets.push(key);
        await until(() => server.calls.progress.length > 1);
        expect([...found]).toEqual([]);
        expect(processes().length).toBeGreaterThan(2);
        expect(read('ticket')).toBe('');
        process.kill(pid, 'SIGTERM');
      },
    );
  });

  test('beats every 30 seconds, and says whether a job runs', () => {
    const see = (file: string) => `until [ -e ../${file} ]; do sleep 0.02; done`;
    const run = `${see('go')}; ${worker} & ${see('stop')}; kill $!`;
    return play({ path, run }, async ({ start, server, home }) => {
      const { ended } = start();
      await until(() => server.calls.progress.at(-1)?.busy === false);
      writeFileSync(join(home, 'go'), '');
      await until(() => server.calls.progress.at(-1)?.busy === true);
      writeFileSync(join(home, 'stop'), '');
      expect(await ended).toBe(0);
    });
  });

  test('does not take the worker of another builder for its own', () => {
    const other = '../../other/runner/bin';
    const run = `mkdir -p ${other}; cp bin/Runner.Worker ${other}; "$PWD/${other}/Runner.Worker" & sleep 600`;
    return play({ path, run }, async ({ start, server, processes }) => {
      const { pid } = start();
      await until(() =>
        processes().some((each) => argumentsOf(each).includes('other/runner/bin/Runner.Worker')),
      );
      const before = server.calls.progress.length;
      await until(() => server.calls.progress.length > before + 1);
      expect(server.calls.progress.at(-1)?.busy).toBe(false);
      process.kill(pid, 'SIGTERM');
    });
  });

  test('tells the exit status of the runner, with the end of its log as JSON whatever it holds', () => {
    const hostile = Buffer.from('"}],"x":1 \\ \\n \n\t| \u001b[31m \0 é $(id) `id` \'%s\n');
    const octal = [...hostile].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
    const run = `head -c 5000 /dev/zero | tr '\\0' x; printf '\\n%b' '${octal}'; exit 7`;
    return play({ path, run }, async ({ start, server }) => {
      expect(await start().ended).toBe(0);
      const [{ exitCode, log = '' } = { exitCode: 0 }] = server.calls.finished;
      expect(exitCode).toBe(7);
      expect(log.length).toBeLessThanOrEqual(4096);
      expect(log).toMatch(/^x{3000,}\n/);
      expect(log.replace(/^x*\n/, '')).toBe(
        '"}],"x":1 \\ \\n \n | [31m   $(id) `id` \'%s\ncallsheet: the runner has exited with 7\n',
      );
    });
  });

  test('tells what a runner has said that ends without a job, with status 0', () => {
    const run = 'echo "Could not find a valid ICU package"';
    return play({ path, run }, async ({ start, server }) => {
      expect(await start().ended).toBe(0);
      const [{ exitCode, log = '' } = { exitCode: 1 }] = server.calls.finished;
      expect([exitCode, log]).toEqual([0, expect.stringMatching(/ICU package\n.*exited with 0\n$/)]);
    });
  });

  test('tells nothing of a good job, however short', () => {
    const job = 'export GITHUB_REPOSITORY=a/b GITHUB_RUN_ID=1 GITHUB_RUN_ATTEMPT=1 GITHUB_JOB=build';
    const short = `${job}; sh -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED"; exit`;
    return play({ path, run: worker, worker: short }, async ({ start, server }) => {
      expect(await start().ended).toBe(0);
      expect(server.calls.finished.map(({ exitCode, log }) => [exitCode, log])).toEqual([[0, undefined]]);
    });
  });

  test('tells that the runner was killed, and ends what it has left', () => {
    const run = 'sleep 600 & echo $! > ../child; kill -9 $$';
    return play({ path, run }, async ({ start, server, read, processes }) => {
      expect(await start().ended).toBe(0);
      expect(server.calls.finished).toMatchObject([{ exitCode: 137 }]);
      expect(Number(read('child'))).toBeGreaterThan(1);
      expect(processes()).toEqual([]);
    });
  });

  test('ends also when nobody hears that the runner has exited', () =>
    play({ path, answers: { finished: () => 'lost' } }, async ({ start, server, processes }) => {
      expect(await start().ended).toBe(0);
      expect(server.calls.finished.length).toBeGreaterThan(1);
      expect(processes()).toEqual([]);
    }));
});
