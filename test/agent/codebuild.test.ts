// The agent on CodeBuild: what it says of its machine, when it finds it unfit, and what the job does not get.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { shells, together } from './shells.ts';
import { play, type Stage } from './stage.ts';
import { stubs } from './stubs.ts';

/** Starts the agent as a build does, on a machine with these programs. */
function build(stage: Stage, path: string, programs: Record<string, string>, env = {}) {
  const PATH = stubs(join(stage.home, '..'), path, programs);
  return stage.start({ CALLSHEET_PLATFORM: 'codebuild', PATH, ...env });
}

const prints = (text: string) => `cat <<'END'\n${text}\nEND`;
const a10g = { name: 'NVIDIA A10G', driver: '535.183.01', memoryMiB: 23028, computeCapability: '8.6' };

describe.each(shells)('the agent on CodeBuild ($name)', together, ({ path, test }) => {
  test.each([
    ['one', 'NVIDIA A10G, 535.183.01, 23028, 8.6', [a10g]],
    ['the first 16', 'NVIDIA A10G, 535.183.01, 23028, 8.6\n'.repeat(20), Array(16).fill(a10g)],
    [
      'plain words only',
      'A"1\\0\tG\u001b$é, , [N/A], 8.6',
      [{ ...a10g, name: 'A10G', driver: 'unknown', memoryMiB: 0 }],
    ],
    ['no octal numbers', 'NVIDIA A10G, 535.183.01, 007, 8.6', [{ ...a10g, memoryMiB: 0 }]],
    ['short words only', `${'x'.repeat(200)}, 535.183.01, 23028, 8.6`, [{ ...a10g, name: 'x'.repeat(100) }]],
    ['none', 'No devices were found', []],
  ])('says which GPUs it has, always as good JSON: %s', (_, text, gpus) =>
    play({ path }, async (stage) => {
      expect(await build(stage, path, { 'nvidia-smi': prints(text) }).ended).toBe(0);
      const [claim] = stage.server.calls.claim;
      expect(claim).toMatchObject({ proof: stage.ticket, facts: { os: 'linux', gpus } });
      expect(claim?.facts.arch).toMatch(/^(x64|arm64)$/);
      expect(stage.server.calls.finished).toHaveLength(1);
    }),
  );

  test('says that it has no GPUs when nvidia-smi fails', () =>
    play({ path }, async (stage) => {
      const smi = `${prints('NVIDIA A10G, 535.183.01, 23028, 8.6')}\nexit 9`;
      expect(await build(stage, path, { 'nvidia-smi': smi }).ended).toBe(0);
      expect(stage.server.calls.claim[0]?.facts.gpus).toEqual([]);
    }));

  test.each([
    ['when it began 100 seconds ago', () => String(Date.now() - 100_000), 100, 130],
    ['when it began before all time', () => '1000000000000', 86_400, 86_400],
    ['when it is yet to begin', () => String(Date.now() + 100_000), 0, 0],
    ['when that is no time', () => '0800000000008', 0, 0],
    ['when that is nonsense', () => '$(date +%s%3N', 0, 0],
    ['when nobody says', () => '', 0, 0],
  ])('says how long it took to boot: %s', (_, began, least, most) =>
    play({ path }, async (stage) => {
      expect(await build(stage, path, {}, { CODEBUILD_START_TIME: began() }).ended).toBe(0);
      const seconds = stage.server.calls.claim[0]?.facts.bootSeconds ?? -1;
      expect(seconds).toBeGreaterThanOrEqual(least);
      expect(seconds).toBeLessThanOrEqual(most);
    }),
  );

  const brokenDocker = 'echo "Cannot connect to the Docker daemon" >&2; exit 1';
  const brokenGpu = 'echo "Failed to initialize NVML"; exit 9';
  const fullDisk = prints(
    'Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 9 8 1000 99% /',
  );

  test.each([
    [
      'Docker is broken',
      { docker: brokenDocker },
      { CALLSHEET_DOCKER: '1' },
      /connect.*\n.*no overlay.*\nDocker/,
    ],
    [
      'the GPU is broken',
      { 'nvidia-smi': brokenGpu },
      { CALLSHEET_PROMISE: '1 0' },
      /NVML\nnvidia-smi shows no GPU/,
    ],
    ['no GPU is there', { 'nvidia-smi': ':' }, { CALLSHEET_PROMISE: '1 0' }, /nvidia-smi shows no GPU/],
    ['the disk is full', { df: fullDisk }, {}, /1000 kB of disk are free, 2 GiB are needed/],
    ['its user is missing', {}, { CALLSHEET_USER: 'nobody-here' }, /the image has no user 'nobody-here'/],
    ['its user is a program', {}, { CALLSHEET_USER: 'x; id' }, /CALLSHEET_USER is no name of a user/],
    ['its user is an option', {}, { CALLSHEET_USER: '-u' }, /CALLSHEET_USER is no name of a user/],
  ])('tells why it is not fit: %s', (_, programs, env, reason) =>
    play({ path }, async (stage) => {
      writeFileSync(join(stage.home, 'dockerd.log'), 'failed to start daemon: no overlay here\n');
      expect(await build(stage, path, programs, env).ended).toBe(1);
      const [report] = stage.server.calls.progress;
      expect(report?.failure).toMatchObject({ proof: stage.ticket, why: 'the machine is not healthy' });
      expect(report?.failure?.log).toMatch(reason);
      expect(stage.server.calls.claim).toEqual([]);
    }),
  );

  test('works with Docker and a GPU that answer', () =>
    play({ path }, async (stage) => {
      const programs = { docker: '[ "$1" = info ]', 'nvidia-smi': prints('GPU, 1, 2, 3.4') };
      const env = { CALLSHEET_DOCKER: '1', CALLSHEET_PROMISE: '1 0', DOCKER_HOST: 'tcp://127.0.0.1:1' };
      expect(await build(stage, path, programs, env).ended).toBe(0);
      expect(stage.server.calls.finished).toMatchObject([{ exitCode: 0 }]);
    }));

  test("gives the job nothing that leads to the role's credentials, and all else", () =>
    play({ path, run: 'env > ../env; umask > ../umask' }, async (stage) => {
      const kept = {
        CUDA_VERSION: '12',
        DOCKER_HOST: 'tcp://127.0.0.1:1',
        LANG: 'C.UTF-8',
        LD_LIBRARY_PATH: '/usr/local/nvidia',
        NVIDIA_VISIBLE_DEVICES: 'all',
        PATHS: 'a\nAWS_X PATH=\nAWS_Y$(exit)=',
      };
      const { ended } = build(
        stage,
        path,
        {},
        {
          ...kept,
          AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/hidden',
          AWS_LINES: 'hidden\nhidden',
          CODEBUILD_BUILD_ID: 'hidden',
          ECS_CONTAINER_METADATA_URI: 'hidden',
          CALLSHEET_REQUEST: 'hidden',
          CALLSHEET_DOCKER: '',
          CALLSHEET_PROMISE: '0',
          CALLSHEET_USER: '',
        },
      );
      expect(await ended).toBe(0);
      const env = stage.read('env');
      for (const [name, value] of Object.entries(kept)) expect(env).toContain(`${name}=${value}\n`);
      expect(env).toMatch(/^PATH=.+$/m);
      expect(env).not.toMatch(/hidden|^CODEBUILD_|^ECS_|^CALLSHEET_(DOCKER|PROMISE|USER|PLATFORM|HOME)/m);
      expect(stage.read('umask').trim()).toBe('0022');
    }));
});
