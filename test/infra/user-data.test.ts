// User data: the script that machines get, run on a machine of stubs. Its end is set before anything else,
// what fails is said and powers the machine off, and an agent that is killed leaves the timer.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Boot, userData } from '../../infra/aws/user-data.ts';
import { agentFiles, packedAgent } from '../../shared/agent/pack.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import { metadata } from '../agent/metadata.ts';
import { programAt, shells, together } from '../agent/shells.ts';
import { until } from '../agent/stage.ts';
import { stubs } from '../agent/stubs.ts';

const pool: Boot = {
  installation: 'aswf',
  pool: 'gpu-t4',
  ageMinutes: 435,
  user: 'ubuntu',
  containers: true,
};

const tag = (key: string): string => `meta-data/tags/instance/${key}`;
const tags = {
  'meta-data/instance-id': 'i-0123456789abcdef0',
  [tag(machineTags.launch)]: 'gpu-t4-17',
  [tag(machineTags.url)]: 'https://callsheet.test',
  [tag(machineTags.gpu)]: '1 14745 cuda optix',
};

interface Machine {
  settings?: Partial<Boot>;
  /** What its metadata service answers, over and above the tags. */
  tags?: Record<string, string | undefined>;
  refusesTokens?: boolean;
  /** Where its agent comes from: what `curl` for https://callsheet.test does. */
  agent?: string;
  programs?: Record<string, string>;
  /** Folders that are disks of their own. */
  disks?: string[];
}

interface Booted {
  root: string;
  status: number;
  said: string;
  /** The programs of systemd that were called, in order, with their arguments. */
  calls: string[];
  /** Settings of the agent's service. */
  env: Record<string, string>;
  /** Seconds that it has waited before it asked again. */
  pauses: number[];
}

/** Values of tags that nobody of ours has written. */
const odd = [
  [machineTags.launch, ''],
  [machineTags.launch, "a'; touch ran #"],
  [machineTags.launch, 'two\nlines'],
  [machineTags.url, ''],
  [machineTags.url, 'https://'],
  [machineTags.url, 'http://callsheet.test'],
  [machineTags.url, 'https://x/`touch ran`'],
  [machineTags.gpu, '1 2 $(touch ran)'],
  [machineTags.gpu, ''],
  [machineTags.gpu, 'é"'],
] as const;

/** systemd: writes down what it is told, and starts units that outlive whoever has asked for them. */
const systemdRun = (root: string): string => `
echo "systemd-run $*" >> '${root}/calls'
while [ "\${1#--}" != "$1" ]; do
  case $1 in --unit=*) unit=\${1#--unit=} ;; --setenv=*) echo "\${1#--setenv=}" >> '${root}/env' ;; esac
  shift
done
( until [ -e "${root}/$unit.go" ]; do sleep 0.2; [ -d '${root}' ] || exit; done; exec "$@" ) \\
  > /dev/null 2>&1 < /dev/null &
echo $! > '${root}/'"$unit.pid"`;

/** Boots a machine, and looks at it before it is gone. */
async function boot(path: string, machine: Machine, look: (booted: Booted) => Promise<void> | void) {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-boot-'));
  const known = Object.entries({ ...tags, ...machine.tags }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  );
  const service = await metadata(Object.fromEntries(known), machine.refusesTokens);
  try {
    await look(await run(root, path, machine, service.curl));
  } finally {
    await service.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function run(root: string, path: string, machine: Machine, curl: string): Promise<Booted> {
  writeFileSync(join(root, 'agent.tar.gz'), packedAgent(agentFiles.ec2));
  for (const folder of ['lib', 'opt', 'mnt']) mkdirSync(join(root, folder), { mode: 0o700 });
  const PATH = stubs(root, path, { ...programsOf(root, machine, curl), ...machine.programs });
  const text = userData({ ...pool, ...machine.settings })
    .replace('root=/var/lib', `root=${root}/lib`)
    .replace('/opt/dlami/nvme /mnt', `${root}/opt ${root}/mnt`);
  expect(text).not.toMatch(/\/var\/lib|\/opt\/dlami| \/mnt/);
  const script = join(root, 'user-data');
  writeFileSync(script, text);
  const child = spawn('sh', [script], { env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  const status = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 255)));
  const linesOf = (name: string) =>
    existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8').trim().split('\n') : [];
  const env = Object.fromEntries(
    linesOf('env').map((line) => [line.split('=', 1)[0], line.replace(/^\w+=/, '')]),
  );
  const pauses = linesOf('pauses').map(Number);
  return { root, status, said: Buffer.concat(said).toString(), calls: linesOf('calls'), env, pauses };
}

const programsOf = (root: string, { agent, disks = [] }: Machine, curl: string) => ({
  curl: `past= asked= file=
for value; do
  [ "$past" != --output ] || file=$value
  case $value in https://callsheet.test*) asked=$value ;; esac
  past=$value
done
case $asked in
  '') ;;
  https://callsheet.test/builders/agent) ${agent ?? `cat '${root}/agent.tar.gz' > "$file"`}; exit ;;
  *) exit 6 ;;
esac
${curl}`,
  'systemd-run': systemdRun(root),
  systemctl: `
[ "$1" != is-active ] || exit 3
echo "systemctl $*" >> '${root}/calls'`,
  shutdown: `echo "shutdown $*" >> '${root}/calls'`,
  tee: `[ "$*" = /dev/console ] && cat`,
  df: `for disk; do :; done
case ' ${disks.map((disk) => join(root, disk)).join(' ')} ' in
  *" $disk "*) printf 'Mounted on\\n%s\\n' "$disk" ;;
  *) printf 'Mounted on\\n/\\n' ;;
esac`,
  sleep: `case $1 in 0.*) exec ${programAt('sleep')} "$@" ;; esac
echo "$1" >> '${root}/pauses'`,
});

describe.each(shells)('user data ($name)', together, ({ path, test }) => {
  test('sets the end of the machine, then runs the agent with what the tags say', () =>
    boot(path, {}, ({ root, status, said, calls, env }) => {
      expect(status).toBe(0);
      expect(calls).toHaveLength(2);
      expect(calls[0]).toBe(
        'systemd-run --unit=callsheet-end --on-active=435 min /bin/sh -c ' +
          'systemctl poweroff --force || systemctl poweroff --force --force',
      );
      expect(calls[1]).toContain(
        '--unit=callsheet-agent --property=ExecStopPost=/usr/bin/systemctl poweroff',
      );
      expect(calls[1]?.endsWith(`/bin/sh ${root}/lib/callsheet/agent.sh`)).toBe(true);
      expect(env).toEqual({
        LANG: 'C.UTF-8',
        CALLSHEET_PLATFORM: 'ec2',
        CALLSHEET_HOME: `${root}/lib/callsheet/home`,
        CALLSHEET_URL: 'https://callsheet.test',
        CALLSHEET_BUILDER: 'i-0123456789abcdef0',
        CALLSHEET_LAUNCH: 'gpu-t4-17',
        CALLSHEET_PROMISE: '1 14745 cuda optix',
        CALLSHEET_USER: 'ubuntu',
        CALLSHEET_DOCKER: '1',
        CALLSHEET_RUNNER_CACHE: '/opt/callsheet/runners',
      });
      for (const name of agentFiles.ec2) expect(existsSync(join(root, 'lib/callsheet', name))).toBe(true);
      expect(said).toBe('callsheet: the agent of i-0123456789abcdef0 works for the launch gpu-t4-17\n');
    }));

  test.each<[string, Machine, RegExp]>([
    ['the metadata service gives no token', { refusesTokens: true }, /gives no token/],
    ['it has no id', { tags: { 'meta-data/instance-id': undefined } }, /does not say which instance it is/],
    [
      'it has no tag of a launch',
      { tags: { [tag(machineTags.launch)]: undefined } },
      /no tag callsheet:launch/,
    ],
    ...odd.map(([key, value]): [string, Machine, RegExp] => [
      `its tag ${key} is ${JSON.stringify(value)}`,
      { tags: { [tag(key)]: value } },
      new RegExp(`the tag ${key} is odd\n`),
    ]),
    ['nobody has an agent', { agent: 'exit 22' }, /no agent at https:\/\/callsheet.test\/builders\/agent\n/],
    ['the agent is no archive', { agent: 'echo nonsense > "$file"' }, /the agent cannot be unpacked\n/],
    ['a program fails', { programs: { mkdir: 'exit 1' } }, /powers off: a program failed\n/],
  ])('says so on the console, and powers off, with its end set before, when %s', (_, machine, why) =>
    boot(path, machine, ({ root, status, said, calls }) => {
      expect(said).toMatch(why);
      expect(said).toContain('a machine of the pool gpu-t4 of aswf cannot start, and powers off: ');
      expect([status, calls.length]).toEqual([1, 2]);
      expect(calls[0]).toContain('--unit=callsheet-end');
      expect(calls[1]).toBe('systemctl poweroff');
      expect(existsSync('ran') || existsSync(join(root, 'ran'))).toBe(false);
    }),
  );

  test('does nothing on a machine whose end cannot be set but power it off', () =>
    boot(path, { programs: { 'systemd-run': 'exit 1' } }, ({ status, said, calls }) => {
      expect([status, calls]).toEqual([1, ['systemctl poweroff']]);
      expect(said).toContain('powers off: it has no timer\n');
    }));

  test('powers off in another way when systemd does not do it', () =>
    boot(path, { refusesTokens: true, programs: { systemctl: 'exit 1' } }, ({ calls }) => {
      expect(calls.at(-1)).toBe('shutdown -P now');
    }));

  test.each([
    [0, [2, 4, 8, 16, 30, 30]],
    [1, [3, 5, 9, 17, 31, 31]],
  ])('asks for the agent for ten minutes, after pauses that grow, and differ by chance', (chance, first) =>
    boot(path, { agent: 'exit 22', programs: { od: `echo '  ${chance}'` } }, ({ pauses }) => {
      expect(pauses.slice(0, first.length)).toEqual(first);
      const sum = pauses.reduce((total, pause) => total + pause, 0);
      expect(sum).toBeGreaterThanOrEqual(600);
      expect(sum).toBeLessThan(660);
    }),
  );

  test('waits for an agent that comes late', () => {
    const late = 'echo >> "$0.tries"; [ $(wc -l < "$0.tries") -ge 12 ]';
    const agent = `${late} && cat "\${0%/*}/../agent.tar.gz" > "$file"`;
    return boot(path, { agent }, ({ status }) => expect(status).toBe(0));
  });

  test('does nothing the second time', () =>
    boot(path, { programs: { systemctl: 'exit 0' } }, ({ status, said, calls }) => {
      expect([status, said, calls]).toEqual([0, '', []]);
    }));

  test.each([
    [['opt', 'mnt'], 'opt'],
    [['mnt'], 'mnt'],
    [[], 'lib'],
  ])('has its home on the disk of the instance, if there is one (%s)', (disks, at) =>
    boot(path, { disks }, ({ root, env }) => {
      expect(env.CALLSHEET_HOME).toBe(`${root}/${at}/callsheet/home`);
      // The user of the runner can pass.
      const mode = execFileSync('stat', ['-c', '%a', join(root, at), join(root, at, 'callsheet')], {
        encoding: 'utf8',
      });
      expect(mode).toBe('711\n755\n');
    }),
  );

  test('leaves the timer to a machine whose agent is killed', () =>
    boot(path, {}, async ({ root }) => {
      const pidOf = (unit: string) => Number(readFileSync(join(root, `${unit}.pid`), 'utf8'));
      process.kill(pidOf('callsheet-agent'), 'SIGKILL');
      await until(() => !existsSync(`/proc/${pidOf('callsheet-agent')}/cwd`));
      writeFileSync(join(root, 'callsheet-end.go'), ''); // Its time has come.
      const calls = () => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
      await until(() => calls().length > 2);
      expect(calls().at(-1)).toBe('systemctl poweroff --force');
    }));
});

describe('user data', () => {
  it('is small, and tells nothing that differs between machines, nor a secret', () => {
    const text = userData({ ...pool, pool: 'a'.repeat(20), user: 'u'.repeat(32) });
    expect(Buffer.byteLength(text)).toBeLessThan(8000);
    expect(text).toBe(userData({ ...pool, pool: 'a'.repeat(20), user: 'u'.repeat(32) }));
    expect(text).not.toMatch(/secret|ticket|password|AKIA|[A-Za-z0-9+/]{40}/);
  });

  it('quotes what is in its settings', () => {
    const odd = `it's $(touch ran) "x"`;
    const settings = userData({ ...pool, user: odd }).split('set -eu')[0];
    const said = execFileSync('sh', ['-c', `${settings}\nprintf '%s %s' "$user" "$docker"`], {
      encoding: 'utf8',
    });
    expect(said).toBe(`${odd} 1`);
  });

  const missing = programAt('shellcheck') === undefined;
  it.skipIf(missing)('has nothing that shellcheck complains about', () => {
    const input = userData(pool);
    expect(execFileSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' })).toBe('');
    expect(input).not.toMatch(/shellcheck disable/);
  });
});
