// The agent on CodeBuild as root: its runner is another user, who gets what is the runner's and nothing else.
import { spawnSync } from 'node:child_process';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Answer } from './server.ts';
import { programAt, shells, together } from './shells.ts';
import { play, type Stage, until } from './stage.ts';
import { stubs } from './stubs.ts';

const needed = process.getuid?.() === 0 && ['setpriv', 'runuser'].every(programAt);
const reason = needed ? '' : ', SKIPPED: THIS IS NOT ROOT WITH setpriv AND runuser';

/** What the runner is, and what it may do with the files of the agent. */
const look = `
seen() { echo "$*" >> seen.part; }
seen "$(id -u)" "$(id -G)" "$HOME" "$USER" "$LOGNAME" "\${RUNNER_ALLOW_RUNASROOT-}"
[ -w "$HOME" ] && seen writes home
for file in .. ../key ../ticket ../log ../events ../dockerd.log ../ask ../answer ../hook.sh; do
  [ -r "$file" ] && seen "reads $file"
  [ -w "$file" ] && seen "writes $file"
done
mv seen.part seen`;

const ours = ['../ask', '../answer', '../hook.sh'].flatMap((file) => [`reads ${file}`, `writes ${file}`]);

/** GitHub's worker in short: the hook, then a step. */
const worker = `
export GITHUB_REPOSITORY=aswf/OpenEXR GITHUB_RUN_ID=1 GITHUB_RUN_ATTEMPT=1 GITHUB_JOB=build
sh -e "$ACTIONS_RUNNER_HOOK_JOB_STARTED" > "\${0%/bin/*}/said" 2>&1 && id -un > "\${0%/bin/*}/step"
exit`;

/** An image with a user \`codebuild-user\`, which is another name of nobody. */
const id = `[ "$2" != codebuild-user ] || set -- "$1" nobody\nexec ${programAt('id')} "$@"`;
const [setpriv, runuser] = ['exit 1', 'exit 1'];
const asked = { CALLSHEET_USER: 'nobody' };

/** Starts the agent as a build does, on a machine with these programs. */
function build(stage: Stage, path: string, programs: Record<string, string>, env: Record<string, string>) {
  const PATH = stubs(join(stage.home, '..'), path, programs);
  writeFileSync(join(stage.home, 'dockerd.log'), '', { mode: 0o600 });
  return stage.start({ CALLSHEET_PLATFORM: 'codebuild', HOME: '/root', PATH, ...env });
}

describe.skipIf(!needed).each(shells)(
  `the user of the runner ($name${reason})`,
  together,
  ({ path, test }) => {
    test.each([
      ['the one that is asked for', {}, asked, 'nobody'],
      ['that one also where setpriv is of no use', { setpriv }, asked, 'nobody'],
      ['codebuild-user where the image has it', { id }, {}, 'codebuild-user'],
    ])('is %s, and gets what it needs and no more', (_, programs, env, name) =>
      play({ path, run: look }, async (stage) => {
        expect(await build(stage, path, programs, env).ended).toBe(0);
        const user = `65534 65534 ${stage.home}/user ${name} ${name} `;
        expect(stage.read('runner/seen').trim().split('\n')).toEqual([user, 'writes home', ...ours]);
        expect(stage.server.calls.finished).toMatchObject([{ exitCode: 0 }]);
      }),
    );

    test.each([
      ['it is asked for, in its own home', {}, { CALLSHEET_USER: 'root' }, '0 0 /root root root 1'],
      ['nobody can be another', { id, setpriv, runuser }, {}, '0 0 /root   1'],
    ])('is root when %s', (_, programs, env, user) =>
      play({ path, run: look }, async (stage) => {
        expect(await build(stage, path, programs, env).ended).toBe(0);
        expect(stage.read('runner/seen').split('\n')[0]).toBe(user);
      }),
    );

    test('keeps everybody else out', () =>
      play({ path, run: `${look}\nuntil [ -e ../stop ]; do sleep 0.02; done` }, async (stage) => {
        const { ended } = build(stage, path, {}, asked);
        await until(() => stage.read('runner/seen'));
        for (const file of ['.', 'hook.sh', 'key', 'runner/run.sh', 'user']) {
          const other = ['--reuid=1', '--regid=1', '--clear-groups', 'test', '-r', join(stage.home, file)];
          expect(spawnSync('setpriv', other).status, file).toBe(1);
        }
        writeFileSync(join(stage.home, 'stop'), '');
        expect(await ended).toBe(0);
      }));

    const asks = (answer: Answer) => ({
      path,
      run: '"$PWD/bin/Runner.Worker"',
      worker,
      answers: { job: () => answer },
    });

    test('asks by its hook whether a job may run, and runs it', () =>
      play(asks({ allow: true, notes: 'all is well' }), async (stage) => {
        expect(await build(stage, path, {}, asked).ended).toBe(0);
        expect(stage.server.calls.job).toMatchObject([{ repository: 'aswf/OpenEXR', runId: '1' }]);
        expect(stage.read('runner/said')).toBe('all is well\n');
        expect(stage.read('runner/step')).toBe('nobody\n');
      }));

    test('runs no step of a job that may not run', () =>
      play(asks({ allow: false, why: 'No.' }), async (stage) => {
        expect(await build(stage, path, {}, asked).ended).toBe(0);
        expect(stage.read('runner/said')).toContain('No.');
        expect(stage.read('runner/step')).toBe('');
        expect(stage.server.calls.finished).toMatchObject([{ exitCode: 137 }]);
      }));

    test('may use Docker where jobs use containers', () =>
      play({ path }, async (stage) => {
        const socket = join(stage.home, '../docker.sock');
        writeFileSync(socket, '');
        chmodSync(socket, 0o600);
        const docker = `[ "$(id -un)" = nobody ] && echo >> '${socket}'`;
        const env = { ...asked, CALLSHEET_DOCKER: '1', DOCKER_HOST: `unix://${socket}` };
        expect(await build(stage, path, { docker }, env).ended).toBe(0);
        const { uid, gid, mode } = statSync(socket);
        expect([uid, gid, mode & 0o777]).toEqual([0, 65534, 0o660]);
      }));

    test.each([
      [
        'cannot be started',
        { setpriv, runuser },
        0o711,
        /neither setpriv nor runuser can start a program as 'nobody'/,
      ],
      ['cannot reach its folder', {}, 0o700, /'nobody' cannot reach \/.*\/home\n/],
    ])('is told about when it is asked for and %s', (_, programs, mode, why) =>
      play({ path }, async (stage) => {
        const PATH = stubs(join(stage.home, '..'), path, programs);
        chmodSync(join(stage.home, '..'), mode);
        const { ended } = stage.start({ CALLSHEET_PLATFORM: 'codebuild', PATH, ...asked });
        expect(await ended).toBe(1);
        expect(stage.server.calls.progress[0]?.failure?.log).toMatch(why);
        expect(stage.server.calls.claim).toEqual([]);
      }),
    );
  },
);
