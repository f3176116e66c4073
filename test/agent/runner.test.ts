// The agent runs the runner program: what it is given, what it is not, heartbeats, and how its end is told.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { underEachShell } from './shells.ts';
import { allPids, argumentsOf, environmentOf, jitConfig, play, ticket, until } from './stage.ts';

const worker = '"$PWD/bin/Runner.Worker" spawnclient 1 2';

underEachShell('the agent runs the runner program', (path) => {
  it('gives it its configuration, its hook and what the work brings, and none of its own settings', () =>
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

  it('shows its ticket and key in no environment and in no arguments, whatever it was started with', () => {
    const found = new Set<string>();
    const secrets = [ticket];
    const look = (pid: string) => {
      const [env, args] = [environmentOf(pid), argumentsOf(pid)];
      if (secrets.some((secret) => env.includes(secret))) found.add(`the environment of ${args}`);
      if ([...secrets, jitConfig].some((secret) => args.includes(secret))) found.add(`the arguments ${args}`);
    };
    const progress = () => {
      allPids().forEach(look);
      return { next: 'continue' };
    };
    return play({ path, run: worker, answers: { progress } }, async ({ start, server, read, processes }) => {
      const names = ['answer', 'body', 'key', 'part', 'rest', 'value'];
      const { pid } = start(Object.fromEntries(names.map((name) => [name, 'theirs'])));
      const { key } = await until(() => server.calls.claim[0]);
      secrets.push(key);
      await until(() => server.calls.progress.length > 1);
      expect([...found]).toEqual([]);
      expect(processes().length).toBeGreaterThan(2);
      expect(read('ticket')).toBe('');
      process.kill(pid, 'SIGTERM');
    });
  });

  it('beats every 30 seconds, and says whether a job runs', () => {
    const run = `until [ -e ../go ]; do sleep 0.02; done; ${worker} & until [ -e ../stop ]; do sleep 0.02; done; kill $!`;
    return play({ path, run }, async ({ start, server, home }) => {
      const { ended } = start();
      await until(() => server.calls.progress.at(-1)?.busy === false);
      writeFileSync(join(home, 'go'), '');
      await until(() => server.calls.progress.at(-1)?.busy === true);
      writeFileSync(join(home, 'stop'), '');
      expect(await ended).toBe(0);
    });
  });

  it('does not take the worker of another builder for its own', () => {
    const other = '"$PWD/../../other/runner/bin/Runner.Worker" & ';
    const run = `mkdir -p ../../other/runner/bin; cp bin/Runner.Worker ../../other/runner/bin; ${other} sleep 600`;
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

  it('tells the exit status of the runner, with the end of its log as JSON whatever it holds', () => {
    const hostile = `"}],\\"x\\":1 \\\\ \\n \\t \\033[31m \\0 \\303\\251 $(id) \`id\` '`;
    const run = `printf '%s\\n' "$(head -c 5000 /dev/zero | tr '\\0' x)"; printf '${hostile.replace(/'/g, "'\\''")}'; exit 7`;
    return play({ path, run }, async ({ start, server }) => {
      expect(await start().ended).toBe(0);
      const [{ exitCode, log = '' } = { exitCode: 0 }] = server.calls.finished;
      expect(exitCode).toBe(7);
      expect(log.length).toBeLessThanOrEqual(4096);
      expect(log).toMatch(/xxx\n"}\],\\"x\\":1 \\ \n {3}\[31m {3}\$\(id\) `id` '\n/);
      expect(log).toContain('the runner has exited with 7');
    });
  });

  it('tells that the runner was killed, and ends what it has left', () => {
    const run = 'sleep 600 & echo $! > ../child; kill -9 $$';
    return play({ path, run }, async ({ start, server, read, processes }) => {
      expect(await start().ended).toBe(0);
      expect(server.calls.finished).toMatchObject([{ exitCode: 137 }]);
      expect(Number(read('child'))).toBeGreaterThan(1);
      expect(processes()).toEqual([]);
    });
  });

  it('ends also when nobody hears that the runner has exited', () =>
    play({ path, answers: { finished: () => 'lost' } }, async ({ start, server, processes }) => {
      expect(await start().ended).toBe(0);
      expect(server.calls.finished.length).toBeGreaterThan(1);
      expect(processes()).toEqual([]);
    }));
});
