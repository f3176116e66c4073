// A machine of EC2 from its first boot to its end: user data fetches the packed agent, which serves a job.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { macUserData, userData } from '../../infra/aws/user-data.ts';
import { agentFiles, packedAgent } from '../../shared/agent/pack.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import { gpuPrograms, healthy } from '../agent/gpu-machine.ts';
import { macPath, macUser } from '../agent/mac-machine.ts';
import { metadata } from '../agent/metadata.ts';
import { programAt, shells } from '../agent/shells.ts';
import { play, until } from '../agent/stage.ts';
import { stubs } from '../agent/stubs.ts';
import { movedTo } from './mac-boot.ts';

const pool = { installation: 'aswf', pool: 'gpu-t4', ageMinutes: 435, user: '', containers: true };

/** systemd in short: a service gets its settings and nothing else, and `ExecStopPost` follows its end. */
const systemdRun = (told: string): string => `
echo "$1" >> '${told}'
[ "$1" = --unit=callsheet-agent ] || exit 0
for value; do
  shift
  case $value in --setenv=*) set -- "$@" "\${value#--setenv=}" ;; --*) ;; *) set -- "$@" "$value" ;; esac
done
( env -i "PATH=$PATH" "$@"; echo ended >> '${told}' ) > /dev/null 2>&1 < /dev/null &`;

/** HTTPS is not to be had here: Callsheet is behind its address all the same. */
const curl = (server: string, archive: string, others: string): string => `
past=
for value; do
  [ "$past" != --output ] || file=$value
  past=$value
done
case $value in https://callsheet.test/builders/agent) cat '${archive}' > "$file"; exit ;; esac
for value; do
  shift
  case $value in
    =https) value==http ;;
    https://callsheet.test/*) value=${server}\${value#https://callsheet.test} ;;
  esac
  set -- "$@" "$value"
done
${others}`;

const tag = (key: string) => `meta-data/tags/instance/${key}`;

describe.each(shells.slice(0, 1))('a machine of EC2 ($name)', ({ path, test }) => {
  test('boots, fetches the agent, serves a job, and powers off', async () => {
    const root = mkdtempSync(join(tmpdir(), 'callsheet-first-boot-'));
    const script = join(root, 'user-data');
    writeFileSync(script, userData(pool).replace('root=/var/lib', `root=${root}`));
    writeFileSync(join(root, 'agent.tar.gz'), packedAgent(agentFiles.ec2));
    try {
      await play({ path, script, run: 'pwd' }, async (stage) => {
        const service = await metadata({
          'meta-data/instance-id': stage.builder,
          [tag(machineTags.launch)]: 'gpu-t4-17',
          [tag(machineTags.url)]: 'https://callsheet.test',
          [tag(machineTags.gpu)]: '1 14745 cuda optix egl vulkan',
          'dynamic/instance-identity/rsa2048': 'a+document\nof/AWS==',
        });
        const told = join(root, 'told');
        const PATH = stubs(root, path, {
          ...gpuPrograms(root, healthy),
          curl: curl(stage.server.url, join(root, 'agent.tar.gz'), service.curl),
          'systemd-run': systemdRun(told),
          systemctl: `[ "$1" != is-active ] || exit 3\necho "$*" >> '${told}'`,
          tee: 'cat',
          usermod: ':',
        });
        expect(await stage.start({ PATH }).ended).toBe(0);
        const steps = () => readFileSync(told, 'utf8').trim().split('\n');
        await until(() => steps().includes('ended'));
        expect(steps()).toEqual([
          '--unit=callsheet-end',
          '--unit=callsheet-agent',
          'start docker',
          'poweroff',
          'ended',
        ]);
        const features = ['cuda', 'optix', 'egl', 'vulkan'];
        expect(stage.server.calls.claim).toMatchObject([
          { builder: stage.builder, launch: 'gpu-t4-17', proof: 'a+documentof/AWS==', facts: { features } },
        ]);
        expect(stage.server.calls.finished).toMatchObject([{ exitCode: 0 }]);
        await service.close();
      });
    } finally {
      rmSync(root, { recursive: true, force: true, maxRetries: 10 });
    }
  }, 30_000);
});

/** launchd in short: a service gets a group of its own, and nothing of the environment. */
const launchctl = (root: string): string => `
[ "$1" != print ] || exit 113
echo "$1 $2" >> '${root}/steps'
( ${programAt('setsid')} env -i "PATH=$PATH" sh '${root}/var/callsheet/service.sh' serve
  echo ended >> '${root}/steps' ) > '${root}/log' 2>&1 < /dev/null &`;

describe.each(shells)('a Mac ($name)', ({ path, test }) => {
  test('boots, fetches the agent, serves a job, and stays until it is told to end', async () => {
    const root = mkdtempSync(join(tmpdir(), 'callsheet-first-boot-'));
    for (const folder of ['var', 'services']) mkdirSync(join(root, folder));
    const settings = { installation: 'aswf', pool: 'mac', user: macUser.username, windowServer: false };
    const script = join(root, 'user-data');
    writeFileSync(script, movedTo(root, macUserData(settings)));
    writeFileSync(join(root, 'agent.tar.gz'), packedAgent(agentFiles.ec2));
    let isOver = false;
    const finished = () => (isOver ? { next: 'shutdown' } : { next: 'wait', seconds: 1 });
    try {
      await play({ path, script, run: 'pwd', answers: { finished } }, async (stage) => {
        const service = await metadata({
          'meta-data/instance-id': stage.builder,
          [tag(machineTags.launch)]: 'mac-17',
          [tag(machineTags.url)]: 'https://callsheet.test',
          'dynamic/instance-identity/rsa2048': 'a+document\nof/AWS==',
        });
        const PATH = macPath(root, path, {
          curl: curl(stage.server.url, join(root, 'agent.tar.gz'), service.curl),
          launchctl: launchctl(root),
          'ec2-macos-utils': ':',
          plutil: ':',
          pmset: ':',
        });
        expect(await stage.start({ PATH }).ended).toBe(0);
        await until(() => stage.server.calls.finished.length > 1);
        isOver = true;
        const steps = () => readFileSync(join(root, 'steps'), 'utf8').trim().split('\n');
        await until(() => steps().includes('ended'));
        expect(steps()).toEqual(['bootstrap system', 'ended']);
        expect(stage.server.calls.claim).toMatchObject([
          { builder: stage.builder, launch: 'mac-17', facts: { os: 'macos 15.6.1', features: ['metal'] } },
        ]);
        expect(stage.server.calls.finished[0]).toMatchObject({ exitCode: 0 });
        expect(readFileSync(join(root, 'log'), 'utf8')).toContain('leaves the end of this Mac to Callsheet');
        await service.close();
      });
    } finally {
      rmSync(root, { recursive: true, force: true, maxRetries: 10 });
    }
  }, 30_000);
});
