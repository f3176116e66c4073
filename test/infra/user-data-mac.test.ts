// User data of Macs: it leaves a service to launchd, which goes on until it can fetch the agent, and runs it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type MacBoot, macUserData } from '../../infra/aws/user-data.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import { macPath } from '../agent/mac-machine.ts';
import { metadata } from '../agent/metadata.ts';
import { programAt, shells, together } from '../agent/shells.ts';
import { argumentsIn, ended, movedTo } from './mac-boot.ts';

const pool: MacBoot = { installation: 'aswf', pool: 'mac', user: 'ec2-user', windowServer: false };

const tag = (key: string): string => `meta-data/tags/instance/${key}`;
const tags = {
  'meta-data/instance-id': 'i-0123456789abcdef0',
  [tag(machineTags.launch)]: 'mac-17',
  [tag(machineTags.url)]: 'https://callsheet.test',
};

interface Mac {
  settings?: Partial<MacBoot>;
  shown?: Record<string, string | undefined>;
  /** So many calls of `curl` find no network. */
  offline?: number;
  /** What `curl` for https://callsheet.test does. */
  agent?: string;
  programs?: Record<string, string | undefined>;
}

interface Booted {
  /** What EC2 macOS Init has heard, and the service's log. */
  said: string;
  log: string;
  told: string[];
  /** What the agent was started with; empty when it was not. */
  env: Record<string, string>;
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Runs user data as EC2 macOS Init does, then the service that it has left, if any. */
async function boot(path: string, mac: Mac, look: (booted: Booted) => void): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-mac-'));
  const shown = Object.entries({ ...tags, ...mac.shown }).filter(([, value]) => value !== undefined);
  const service = await metadata(Object.fromEntries(shown.map(([key, value]) => [key, value ?? ''])));
  const file = (name: string) => textOf(join(root, name));
  try {
    for (const folder of ['var', 'services', 'agent']) mkdirSync(join(root, folder));
    writeFileSync(join(root, 'agent/agent.sh'), `env > '${root}/env'\n`);
    execFileSync('tar', ['-czf', join(root, 'agent.tar.gz'), '-C', join(root, 'agent'), 'agent.sh']);
    const PATH = macPath(root, path, { ...programsOf(root, mac, service.curl), ...mac.programs });
    writeFileSync(join(root, 'userdata'), movedTo(root, macUserData({ ...pool, ...mac.settings })));
    await ended([join(root, 'userdata')], { PATH }, join(root, 'said'));
    const started = file('told').includes('launchctl bootstrap system');
    if (started)
      await ended(argumentsIn(file('services/callsheet.agent.plist')), { PATH }, join(root, 'log'));
    const env = file('env').trim().split('\n');
    look({
      said: file('said'),
      log: file('log'),
      told: file('told').trim().split('\n'),
      env: Object.fromEntries(env.map((line) => [line.split('=', 1)[0], line.replace(/^\w+=/, '')])),
    });
  } finally {
    await service.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  }
}

const programsOf = (root: string, { agent, offline = 0 }: Mac, curl: string): Record<string, string> => {
  const tells = (name: string): string => `echo "${name} $*" >> '${root}/told'`;
  return {
    curl: `${late('network', offline)}
past= file=
for value; do
  [ "$past" != --output ] || file=$value
  past=$value
done
case $past in https://callsheet.test/*) ${agent ?? `exec cat '${root}/agent.tar.gz' > "$file"`}; exit ;; esac
${curl}`,
    launchctl: `${tells('launchctl')}\n[ "$1" != print ] || exit 113`,
    plutil: tells('plutil'),
    pmset: tells('pmset'),
    'ec2-macos-utils': tells('ec2-macos-utils'),
    // A service that would go on for ever ends here.
    sleep: `${tells('sleep')}\nkill "$PPID"`,
  };
};

/** A line of a program: it fails the first times that it gets there. */
const late = (what: string, times: number): string =>
  `echo >> "$0.${what}"; [ "$(${programAt('wc')} -l < "$0.${what}")" -gt ${times} ] || exit 7`;

describe.each(shells)('user data of Macs ($name)', together, ({ path, test }) => {
  test('leaves a service that runs the agent with what the tags say', () =>
    boot(path, {}, ({ log, told, env }) => {
      expect(env).toMatchObject({
        CALLSHEET_PLATFORM: 'mac',
        CALLSHEET_HOME: expect.stringMatching(/\/var\/callsheet\/home$/),
        CALLSHEET_URL: 'https://callsheet.test',
        CALLSHEET_BUILDER: 'i-0123456789abcdef0',
        CALLSHEET_LAUNCH: 'mac-17',
        CALLSHEET_USER: 'ec2-user',
        CALLSHEET_LOGIN: '0',
        CALLSHEET_RUNNER_CACHE: '/opt/callsheet/runners',
      });
      expect(told.map((line) => line.replace(/ \/.*\//, ' '))).toEqual([
        'launchctl print system/callsheet.agent',
        'plutil -lint callsheet.agent.plist',
        'launchctl bootstrap system callsheet.agent.plist',
        'pmset -a sleep 0 displaysleep 0 disksleep 0',
        'ec2-macos-utils grow --id root',
      ]);
      expect(log).toContain('starts a builder of the pool mac of aswf\n');
      expect(log).toContain('the agent of i-0123456789abcdef0 works for the launch mac-17\n');
    }));

  test('tells the agent that jobs open windows', () =>
    boot(path, { settings: { windowServer: true } }, ({ env }) => expect(env.CALLSHEET_LOGIN).toBe('1')));

  test('runs the agent also where nothing else works', () => {
    const programs = { pmset: undefined, 'ec2-macos-utils': undefined };
    return boot(path, { programs }, ({ log, env }) => {
      expect(log).toContain('the Mac may fall asleep\n');
      expect(log).toContain('the disk may be small\n');
      expect(env.CALLSHEET_BUILDER).toBe('i-0123456789abcdef0');
    });
  });

  test('waits for a network and for an agent that come late', () => {
    const agent = `${late('agent', 3)}\ncat "\${0%/*}/../agent.tar.gz" > "$file"`;
    return boot(path, { offline: 6, agent, programs: { sleep: ':' } }, ({ log, env }) => {
      expect(env.CALLSHEET_LAUNCH).toBe('mac-17');
      expect(log.match(/fetches/g)).toHaveLength(4);
    });
  });

  test.each<[string, Mac, string]>([
    ['no id', { shown: { 'meta-data/instance-id': undefined } }, 'the metadata service names no instance'],
    ['no launch', { shown: { [tag(machineTags.launch)]: undefined } }, 'no fit tag callsheet:launch'],
    ['an odd launch', { shown: { [tag(machineTags.launch)]: 'a"; b' } }, 'no fit tag callsheet:launch'],
    ['no address', { shown: { [tag(machineTags.url)]: undefined } }, 'no fit tag callsheet:url'],
    ['an odd address', { shown: { [tag(machineTags.url)]: 'http://x' } }, 'no fit tag callsheet:url'],
    ['no agent', { agent: 'exit 22' }, 'fetches https://callsheet.test/builders/agent'],
    ['a broken agent', { agent: 'echo x > "$file"' }, 'fetches https://callsheet.test/builders/agent'],
  ])('says so, and tries again, where there is %s', (_, mac, why) =>
    boot(path, mac, ({ log, told, env }) => {
      expect(log).toContain(`callsheet: ${why}\n`);
      expect(told.at(-1)).toBe('sleep 20');
      expect(env.CALLSHEET_PLATFORM).toBeUndefined();
    }),
  );

  test('does nothing where the service is there already', () =>
    boot(path, { programs: { launchctl: 'exit 0' } }, ({ said, told }) =>
      expect([said, told]).toEqual(['', ['']]),
    ));

  test.each(['plutil', 'launchctl'])('says so when %s fails', (name) =>
    boot(path, { programs: { [name]: 'exit 1' } }, ({ said, env }) => {
      expect(said).toContain('callsheet: launchd does not start the agent\n');
      expect(env.CALLSHEET_PLATFORM).toBeUndefined();
    }),
  );
});

describe('user data of Macs', () => {
  it('is small, tells nothing that differs between machines, nor a secret', () => {
    const text = macUserData({ ...pool, pool: 'a'.repeat(20), user: 'u'.repeat(32) });
    expect(Buffer.byteLength(text)).toBeLessThan(8000);
    expect(text).toMatch(/^#!\/bin\/sh\n/);
    expect(text).not.toMatch(/secret|ticket|password|AKIA|[A-Za-z0-9+]{40}/);
  });

  it('has no option that lets a variable without a value, or a failing program, stop it', () => {
    expect(macUserData(pool)).not.toMatch(/^\s*set -/m);
  });

  const missing = programAt('shellcheck') === undefined;
  it.skipIf(missing)('has nothing that shellcheck complains about', () => {
    const input = macUserData(pool);
    expect(execFileSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' })).toBe('');
    expect(input).not.toMatch(/shellcheck disable/);
  });
});
