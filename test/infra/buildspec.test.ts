// The buildspec: its very commands, run as CodeBuild runs them, serve a job or tell why they cannot.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { buildspec } from '../../infra/aws/buildspec.ts';
import { programAt, shells, together } from '../agent/shells.ts';
import { play, type Stage } from '../agent/stage.ts';
import { stubs } from '../agent/stubs.ts';

const folder = mkdtempSync(join(tmpdir(), 'callsheet-buildspec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pools = {
  plain: { containers: false, gpu: false },
  docker: { containers: true, gpu: false },
  gpu: { containers: false, gpu: true },
};

/** How a command runs: all in one shell, as documented, or each in its own with what was exported before. */
const ways = {
  'one shell': '. "$command"',
  'a shell each': `sh -c '. "$1"; . "$2"; end=$?; export -p > "$1"; exit $end' sh "$TMPDIR/env" "$command"`,
};

/** Scripts that run the commands of each pool's build, until one fails, in each way: `<pool> in <way>`. */
const scripts = Object.fromEntries(
  Object.entries(pools).flatMap(([name, pool]) =>
    Object.entries(ways).map(([way, run]) => {
      const script = join(folder, `${name}-in-${way.replaceAll(' ', '-')}.sh`);
      writeFileSync(script, `: > "$TMPDIR/env"\nfor command in "$0".*; do ${run} || exit; done\n`);
      buildspec(pool).phases.build.commands.forEach((command, index) => {
        writeFileSync(`${script}.${index}`, command);
      });
      return [`${name} in ${way}`, script];
    }),
  ),
);

/** Where it can be tried, the runner is another user, as in most images: the folders must let it through. */
const user: Record<string, string> =
  process.getuid?.() === 0 && programAt('setpriv') ? { CALLSHEET_USER: 'nobody' } : {};

/** Runs the build on an image with these programs. */
function build(stage: Stage, path: string, programs: Record<string, string>) {
  const root = join(stage.home, '..');
  const PATH = stubs(root, path, programs);
  const settings = { TMPDIR: root, DOCKER_HOST: 'tcp://127.0.0.1:1', CALLSHEET_PLATFORM: 'codebuild', PATH };
  return stage.start({ ...settings, ...user }).ended;
}

/** A daemon that answers as long as it runs. */
const docker = '[ -e "$TMPDIR/dockerd" ] || { echo no daemon >&2; exit 1; }';
const dockerd =
  'echo "$*" > "$TMPDIR/dockerd.part"; mv "$TMPDIR/dockerd.part" "$TMPDIR/dockerd"; exec sleep 600';
/** It never answers, and nobody waits longer than a second for it. */
const stuck = {
  docker: 'exit 1',
  dockerd: 'echo waiting for ever; exec sleep 600',
  timeout: `shift; exec ${programAt('timeout')} 1 "$@"`,
};

describe.each(shells)('the commands of the buildspec ($name)', together, ({ path, test }) => {
  test.each(Object.keys(ways))('serve a job with Docker, and succeed, in %s', (way) =>
    play({ path, script: scripts[`docker in ${way}`], run: 'pwd > at' }, async (stage) => {
      expect(await build(stage, path, { docker, dockerd })).toBe(0);
      expect(stage.server.calls.claim).toMatchObject([{ proof: stage.ticket }]);
      expect(stage.server.calls.finished).toMatchObject([{ exitCode: 0 }]);
      expect(stage.read('../callsheet/home/runner/at')).toMatch(/\/callsheet\/home\/runner\n$/);
      expect(stage.read('../dockerd')).toBe('--host=unix:///var/run/docker.sock --storage-driver=overlay2\n');
    }),
  );

  test('start no second Docker', () =>
    play({ path, script: scripts['docker in one shell'] }, async (stage) => {
      writeFileSync(join(stage.home, '../dockerd'), 'by the image');
      expect(await build(stage, path, { docker, dockerd })).toBe(0);
      expect(stage.read('../dockerd')).toBe('by the image');
    }));

  test('leave Docker alone where no job uses it', () =>
    play({ path, script: scripts['plain in one shell'] }, async (stage) => {
      expect(await build(stage, path, { docker, dockerd })).toBe(0);
      expect(stage.server.calls.finished).toMatchObject([{ exitCode: 0 }]);
      expect(stage.read('../dockerd')).toBe('');
    }));

  test.each([
    ['dockerd ends', 'docker', { docker, dockerd: 'echo no overlay here >&2; exit 1' }, /no overlay here/],
    ['dockerd is missing', 'docker', { docker, dockerd: 'exec dockerd-of-nobody' }, /dockerd-of-nobody/],
    ['dockerd never answers', 'docker', stuck, /waiting for ever\nDocker does not answer/],
    [
      'there is no GPU',
      'gpu',
      { 'nvidia-smi': 'echo no device; exit 6' },
      /no device\nnvidia-smi shows no GPU/,
    ],
  ] as const)('tell why when %s, and fail', (_, name, programs, reason) =>
    play({ path, script: scripts[`${name} in one shell`] }, async (stage) => {
      expect(await build(stage, path, programs)).toBe(1);
      const [report] = stage.server.calls.progress;
      expect(report?.failure).toMatchObject({ proof: stage.ticket, why: 'the machine is not healthy' });
      expect(report?.failure?.log).toMatch(reason);
      expect(stage.server.calls.claim).toEqual([]);
    }),
  );
});

describe('the buildspec', () => {
  it.each(Object.entries(pools))('is small, and the same text every time (%s)', (_, pool) => {
    const text = JSON.stringify(buildspec(pool));
    expect(text.length).toBeLessThan(30_000);
    expect(JSON.stringify(buildspec({ ...pool }))).toBe(text);
  });

  it('carries the agent without a trace of when, where and by whom it was packed', () => {
    const [, packed = ''] = /echo (\S+) \|/.exec(buildspec(pools.plain).phases.build.commands[1] ?? '') ?? [];
    const bytes = Buffer.from(packed, 'base64');
    expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    // Mode, user, group; then the time, behind the size.
    const header = gunzipSync(bytes).toString('latin1', 100, 148).split('\0');
    expect([...header.slice(0, 3), header[4]]).toEqual(['0000644', '0000000', '0000000', '00000000000']);
  });
});
