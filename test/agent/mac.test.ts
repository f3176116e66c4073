// The agent on a Mac: it stays after its job, says so until its machine is wiped, and shows the epoch then.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { machineTags } from '../../shared/contract/machine.ts';
import { macPath, macUser } from './mac-machine.ts';
import { metadata } from './metadata.ts';
import type { Answers } from './server.ts';
import { programAt, shells, together } from './shells.ts';
import { jitConfig, play, type Stage, until } from './stage.ts';

const document = { 'dynamic/instance-identity/rsa2048': 'a+document\nof/AWS==' };
const epochTag = `meta-data/tags/instance/${machineTags.epoch}`;
const [first, second] = ['1'.repeat(64), 'abcdef0123456789'.repeat(4)];

interface Mac {
  path: string;
  run?: string;
  answers?: Partial<Answers>;
  programs?: Record<string, string | undefined>;
  env?: Record<string, string>;
  metadata?: Record<string, string>;
}

interface Booted extends Stage {
  /** What its metadata service shows, and was asked for. May be changed. */
  shown: Record<string, string>;
  asked: string[];
  /** Starts the agent, as after a boot. */
  boot(): { pid: number; ended: Promise<number> };
  told(): string[];
}

/** These agents may go on for ever: a test that waits for their end in vain has to end them itself. */
const tooLong = () =>
  sleep(25_000, undefined, { ref: false }).then(() => Promise.reject(new Error('the agent does not end')));

/** Plays with a Mac. Fails when its agent has shut it down. */
const onMac = ({ path, run, answers, programs, env, metadata: shown = { ...document } }: Mac) =>
  async function test(look: (mac: Booted) => Promise<void>) {
    await play({ path, ...(run && { run }), ...(answers && { answers }) }, async (stage) => {
      const root = join(stage.home, '..');
      const service = await metadata(shown);
      const PATH = macPath(root, path, { curl: service.curl, ...programs });
      const settings = { CALLSHEET_PLATFORM: 'mac', CALLSHEET_TICKET: '', CALLSHEET_USER: macUser.username };
      const told = () => {
        const file = join(root, 'told');
        return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      };
      const boot = () => {
        const { pid, ended } = stage.start({ ...settings, PATH, ...env });
        return { pid, ended: Promise.race([ended, tooLong()]) };
      };
      try {
        await look(Object.assign(stage, { shown, asked: service.asked, boot, told }));
        expect(told().filter((line) => /^(shutdown|halt|reboot)/.test(line))).toEqual([]);
      } finally {
        await service.close();
      }
    });
  };

const wait = { next: 'wait', seconds: 20 };

describe.each(shells)('the agent on a Mac ($name)', together, ({ path, test }) => {
  test('serves a job, waits until it is wiped, and serves another one', () => {
    let made: Booted | undefined;
    const answers = {
      claim: () => made?.work() ?? 500,
      finished: () => (made?.shown[epochTag] ? { next: 'shutdown' } : wait),
    };
    const run = 'sleep 600 & env > ../env; sleep 0.2';
    return onMac({ path, run, answers })(async (mac) => {
      made = mac;
      const before = mac.boot();
      await until(() => mac.server.calls.finished[2]);
      for (const file of ['events', 'ask', 'answer']) expect(existsSync(join(mac.home, file))).toBe(false);
      expect(mac.read('key').trim()).toBe(mac.server.calls.claim[0]?.key);
      expect(mac.processes().includes(before.pid)).toBe(true);
      process.kill(before.pid, 'SIGTERM'); // Its machine starts anew, from a new disk.
      expect(await before.ended).toBe(143);
      expect(mac.processes()).toEqual([]);
      rmSync(mac.home, { recursive: true });
      mkdirSync(mac.home);
      mac.shown[epochTag] = second;
      expect(await mac.boot().ended).toBe(0);

      const [claim, again] = mac.server.calls.claim;
      expect(claim).toMatchObject({
        proof: 'a+documentof/AWS==',
        facts: { os: 'macos 15.6.1', arch: 'arm64', gpus: [], features: ['metal'] },
      });
      expect(claim?.facts.bootSeconds).toBeGreaterThanOrEqual(400);
      expect([claim?.epoch, again?.epoch]).toEqual([undefined, second]);
      expect(again?.key).not.toBe(claim?.key);
      expect(mac.server.calls.finished.at(-1)?.key).toBe(again?.key);
      expect(mac.said()).toContain('leaves the end of this Mac to Callsheet');
    });
  });

  test('says only once what the log of a failed runner holds', () => {
    const finished = (_: unknown, count: number) => (count < 2 ? wait : { next: 'shutdown' });
    return onMac({ path, run: 'echo broken; exit 3', answers: { finished } })(async (mac) => {
      expect(await mac.boot().ended).toBe(0);
      const [report, ...later] = mac.server.calls.finished;
      expect(report).toMatchObject({ exitCode: 3, log: expect.stringContaining('broken') });
      expect(later.map(({ exitCode, log }) => [exitCode, log])).toEqual([
        [3, undefined],
        [3, undefined],
      ]);
    });
  });

  test('gives the runner its user, its configuration, and Homebrew, by no argument', () => {
    let made: Stage | undefined;
    const claim = () => made?.work({ env: { CALLSHEET_WINDOW_SERVER: 'false' } }) ?? 500;
    return onMac({ path, run: 'env > ../env', answers: { claim } })(async (mac) => {
      made = mac;
      expect(await mac.boot().ended).toBe(0);
      const env = mac.read('env').split('\n');
      expect(env).toContain(`ACTIONS_RUNNER_INPUT_JITCONFIG=${jitConfig}`);
      expect(env).toContain('LANG=en_US.UTF-8');
      expect(env).toContain(`USER=${macUser.username}`);
      expect(env.find((line) => line.startsWith('PATH='))).toMatch(/^PATH=\/opt\/homebrew\/bin:/);
      expect(env).toContain('CALLSHEET_WINDOW_SERVER=false');
      expect(env.filter((line) => /^CALLSHEET_(USER|HOME|URL|LOGIN)/.test(line))).toEqual([]);
      expect(mac.told().join()).toContain(`sudo -n -E -u ${macUser.username} -- env `);
      expect(mac.told().join()).not.toMatch(/launchctl/);
      expect(mac.told().join()).not.toContain(jitConfig);
    });
  });

  test('reads the epoch for every claim anew, and leaves out what is none', () => {
    const shown: Record<string, string> = { ...document };
    const tags = [
      undefined,
      first,
      'short',
      `${first}1`,
      first.toUpperCase().replace('1', 'A'),
      '"}',
      second,
    ];
    const claim = (_: unknown, count: number) => {
      const tag = tags[count + 1];
      if (tag) shown[epochTag] = tag;
      return count < tags.length - 1 ? { next: 'wait', seconds: 1 } : { next: 'shutdown', why: 'enough' };
    };
    return onMac({ path, metadata: shown, answers: { claim } })(async (mac) => {
      expect(await mac.boot().ended).toBe(0);
      const seen = mac.server.calls.claim.map(({ epoch }) => epoch);
      expect(seen).toEqual([undefined, first, undefined, undefined, undefined, undefined, second]);
      expect(mac.asked.filter((path) => path in document)).toHaveLength(1);
      expect(new Set(mac.server.calls.claim.map(({ key }) => key)).size).toBe(1);
    });
  });

  test('never gives up: a Mac without its agent is a host that is paid for nothing', () => {
    let made: Stage | undefined;
    let began: number | undefined;
    const answers: Partial<Answers> = {
      claim: () => {
        began ??= Date.now();
        return Date.now() - began < 2500 ? 'lost' : (made?.work() ?? 500);
      },
      // Elsewhere an agent says it four times.
      finished: (_, count) => (count < 6 ? 'lost' : { next: 'shutdown' }),
    };
    // So fast that ten minutes are less than a second.
    return onMac({ path, answers, env: { CALLSHEET_PACE: '1000' } })(async (mac) => {
      made = mac;
      expect(await mac.boot().ended).toBe(0);
      expect(mac.server.calls.finished).toHaveLength(7);
    });
  });

  test('knows whether a job runs, ends it at its deadline, and stays', () => {
    const run = '"$PWD/bin/Runner.Worker" spawnclient 1 2';
    let made: Stage | undefined;
    const answers = {
      claim: () => made?.work({ deadline: Math.floor(Date.now() / 1000) + 4 }) ?? 500,
      finished: (_: unknown, count: number) => (count < 2 ? wait : { next: 'shutdown' }),
    };
    return onMac({ path, run, answers })(async (mac) => {
      made = mac;
      const { ended } = mac.boot();
      await until(() => mac.server.calls.progress.some(({ busy }) => busy));
      expect(await ended).toBe(0);
      expect(mac.server.calls.finished.map(({ exitCode }) => exitCode)).toEqual([143, 143, 143]);
      expect(mac.server.calls.finished[0]?.log).toContain('is past its deadline');
      expect(mac.processes()).toEqual([]);
    });
  });

  test('starts the runner among the windows of its user, once that one is logged in', () => {
    const stat = `echo >> "$0.asked"
[ "$(${programAt('wc')} -l < "$0.asked")" -ge 3 ] && echo ${macUser.username} || echo root`;
    const env = { CALLSHEET_LOGIN: '1' };
    return onMac({ path, programs: { stat }, env })(async (mac) => {
      expect(await mac.boot().ended).toBe(0);
      const started = `launchctl asuser ${macUser.uid} sudo -n -E -u ${macUser.username} -- env `;
      expect(mac.told().filter((line) => line.includes('./run.sh'))[0]).toMatch(started);
    });
  });

  test.each<[string, Omit<Mac, 'path'>, RegExp]>([
    ['nobody is logged in', { env: { CALLSHEET_LOGIN: '1' } }, /nobody has logged '.+' in.*mac-image/],
    ['sudo refuses', { programs: { sudo: 'exit 1' } }, /sudo cannot start a program as/],
    ['its user is missing', { env: { CALLSHEET_USER: 'no-such-user' } }, /no user 'no-such-user'/],
    ['a tool is missing', { programs: { sw_vers: undefined } }, /the program 'sw_vers' is missing/],
    [
      'its disk is full',
      { programs: { df: "printf 'F K U A\\n/ 9 9 1024 9 /\\n'" } },
      /1024 kB of disk are free/,
    ],
  ])('tells why before it claims, and leaves its end to others, when %s', (_, mac, why) =>
    onMac({ path, ...mac })(async (stage) => {
      expect(await stage.boot().ended).toBe(1);
      const [report] = stage.server.calls.progress;
      expect(report?.failure).toMatchObject({ proof: 'a+documentof/AWS==', log: expect.stringMatching(why) });
      expect(report?.failure?.epoch).toBeUndefined();
      expect(stage.server.calls.claim).toEqual([]);
    }),
  );

  test('tells so with its epoch, after its disk was wiped', () => {
    const epoch = '0123456789abcdef'.repeat(4);
    const shown = { ...document, [epochTag]: epoch };
    return onMac({ path, metadata: shown, programs: { sudo: 'exit 1' } })(async (mac) => {
      expect(await mac.boot().ended).toBe(1);
      const [report] = mac.server.calls.progress;
      expect(report?.failure).toMatchObject({ proof: 'a+documentof/AWS==', epoch });
    });
  });

  test('says nothing odd when the system tells nothing', () => {
    const programs = { sysctl: 'exit 1', sw_vers: 'exit 1', system_profiler: 'exit 1' };
    return onMac({ path, programs })(async (mac) => {
      expect(await mac.boot().ended).toBe(0);
      const { bootSeconds, features, os } = mac.server.calls.claim[0]?.facts ?? {};
      expect([bootSeconds, features, os]).toEqual([0, undefined, 'macos ']);
    });
  });
});
