// The agent on EC2: how it proves who it is, what it says of its machine, and that the machine ends with it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { allLibraries, type GpuMachine, gpuPrograms, healthy } from './gpu-machine.ts';
import { metadata } from './metadata.ts';
import { shells, together } from './shells.ts';
import { play, type Stage } from './stage.ts';
import { stubs } from './stubs.ts';

/** AWS breaks the lines of a document: it is sent on one. */
const lines = ['MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgBZQMEAgEFADCABgkqhkiG9w0B', 'BwGggCSABIIB3nsK+/=='];
const document = { 'dynamic/instance-identity/rsa2048': lines.join('\n') };

interface Machine extends GpuMachine {
  metadata?: Record<string, string>;
  refusesTokens?: boolean;
  programs?: Record<string, string>;
  env?: Record<string, string>;
}

const promise = { CALLSHEET_PROMISE: '1 14745 cuda optix' };
const containers = { CALLSHEET_DOCKER: '1', ...promise };

/** Starts the agent as a machine of EC2 does, and waits for its end. Answers its status and its calls. */
async function boot(stage: Stage, path: string, machine: Machine) {
  const root = join(stage.home, '..');
  const service = await metadata(machine.metadata ?? document, machine.refusesTokens);
  const tells = (name: string) => `echo "${name} $*" >> '${root}/told'`;
  const told = { systemctl: tells('systemctl'), shutdown: tells('shutdown'), usermod: tells('usermod') };
  const programs = { ...gpuPrograms(root, machine), ...told, curl: service.curl, ...machine.programs };
  try {
    const PATH = stubs(root, path, programs);
    const env = { CALLSHEET_PLATFORM: 'ec2', CALLSHEET_TICKET: '', PATH, ...machine.env };
    const status = await stage.start(env).ended;
    return {
      status,
      asked: service.asked,
      told: readFileSync(join(root, 'told'), 'utf8').trim().split('\n'),
    };
  } finally {
    await service.close();
  }
}

describe.each(shells)('the agent on EC2 ($name)', together, ({ path, test }) => {
  test('proves who it is, says what works, serves its job, and powers off', () => {
    const rung = { CALLSHEET_GPU: 'none', CALLSHEET_RUNG: 'on-demand' };
    let made: Stage | undefined;
    const answers = { claim: () => made?.work({ env: rung }) ?? 500 };
    return play({ path, run: 'env > ../env', answers }, async (stage) => {
      made = stage;
      const { status, told, asked } = await boot(stage, path, { ...healthy, env: containers });
      expect(status).toBe(0);
      expect(asked).toEqual(['dynamic/instance-identity/rsa2048']);
      const t4 = { name: 'Tesla T4', driver: '570.133.20', memoryMiB: 15_360, computeCapability: '7.5' };
      const features = ['cuda', 'optix', 'egl', 'vulkan'];
      expect(stage.server.calls.claim).toMatchObject([
        { proof: lines.join(''), facts: { os: 'linux', gpus: [t4], features } },
      ]);
      expect(stage.server.calls.finished).toMatchObject([{ exitCode: 0 }]);
      expect(told).toEqual(['systemctl start docker', 'usermod -aG docker root', 'systemctl poweroff']);
      for (const [name, value] of Object.entries(rung))
        expect(stage.read('env')).toContain(`${name}=${value}\n`);
      expect(stage.read('env')).not.toMatch(/^CALLSHEET_(DOCKER|PROMISE|USER|HOME|URL)/m);
    });
  });

  test('needs no Docker where jobs use none', () =>
    play({ path }, async (stage) => {
      const programs = { docker: 'echo docker >> "$0.called"' };
      const env = { CALLSHEET_PROMISE: '0' };
      const { told } = await boot(stage, path, { ...healthy, env, programs });
      expect(stage.server.calls.claim).toHaveLength(1);
      expect(stage.server.calls.claim[0]?.facts.features).toBeUndefined();
      expect([stage.read('../stubs/docker.called'), told]).toEqual(['', ['systemctl poweroff']]);
    }));

  test.each([
    ['no ICU', "printf '\\tlibc.so.6 => /lib64/libc.so.6\\n'", '1'],
    ['ICU', "printf '\\tlibicuuc.so.67 => /lib64/libicuuc.so.67\\n'", undefined],
    ['nothing that tells', 'exit 127', undefined],
  ])('lets the runner, a program of .NET, do without ICU only where there is %s', (_, ldconfig, invariant) =>
    play({ path, run: 'env > ../env' }, async (stage) => {
      await boot(stage, path, { env: { CALLSHEET_PROMISE: '0' }, programs: { ldconfig } });
      const [, set] = /^DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=(.*)$/m.exec(stage.read('env')) ?? [];
      expect([stage.read('env') !== '', set]).toEqual([true, invariant]);
    }),
  );

  test.each<[string, Machine, RegExp]>([
    ['has no driver', { ...healthy, gpus: undefined }, /nvidia-smi shows no GPU/],
    ['lacks a library', { ...healthy, libraries: allLibraries.slice(0, 1) }, /does not work: optix/],
    ['has no promise', { ...healthy, env: { ...containers, CALLSHEET_PROMISE: '' } }, /no promise of GPUs/],
    ['has no such user', { ...healthy, env: { ...containers, CALLSHEET_USER: 'me' } }, /no user 'me'/],
    ['has no Docker', { ...healthy, programs: { docker: 'exit 1' } }, /Docker does not answer to the user/],
  ])('tells why before it claims, and powers off, when its machine %s', (_, machine, why) =>
    play({ path }, async (stage) => {
      const { status, told } = await boot(stage, path, { env: containers, ...machine });
      const [report] = stage.server.calls.progress;
      expect(report?.failure).toMatchObject({ proof: lines.join(''), why: 'the machine is not healthy' });
      expect(report?.failure?.log).toMatch(why);
      expect([status, told.at(-1)]).toEqual([1, 'systemctl poweroff']);
      expect(stage.server.calls.claim).toEqual([]);
    }),
  );

  test.each<[string, Machine]>([
    ['no token', { refusesTokens: true }],
    ['no document', { metadata: {} }],
    ['nonsense', { metadata: { 'dynamic/instance-identity/rsa2048': '""\n' } }],
  ])('ends without a call when the metadata service gives %s', (_, machine) =>
    play({ path }, async (stage) => {
      const { status, told } = await boot(stage, path, { ...healthy, env: containers, ...machine });
      expect([status, told]).toEqual([1, ['systemctl poweroff']]);
      expect(stage.read('log')).toContain('the metadata service shows no signed document\n');
      expect(stage.server.calls).toMatchObject({ claim: [], progress: [] });
    }),
  );

  test('powers off in another way when systemd does not do it', () =>
    play({ path, answers: { claim: () => ({ next: 'shutdown', why: 'not needed' }) } }, async (stage) => {
      const machine = { ...healthy, env: promise, programs: { systemctl: 'exit 1' } };
      expect((await boot(stage, path, machine)).told).toEqual(['shutdown -P now']);
    }));
});
