// What people see of hosts: money and hours that add up, and why each is still there.
import { describe, expect, it } from 'vitest';
import { hostRulesOf, hostViews } from '../../shared/operations/hosts-view.ts';
import { builderViews, type Known } from '../../shared/operations/view.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Builder, Job } from '../../shared/scheduler/records.ts';
import { builder, host, job, state } from '../local/records.ts';
import { withMac } from '../policy/sample.ts';

const hour = 3_600_000;
const minute = 60_000;
/** 2026-11-21 12:00 UTC. */
const noon = Date.UTC(2026, 10, 21, 12);
const id = 'i-0abc';
const runner = (turn = 1, of = id): string => `callsheet-aswf-${of}-${turn}-1`;

interface Scene {
  hosts?: Host[];
  builders?: Builder[];
  jobs?: Job[];
  history?: Known['history'];
  rules?: Known['hostRules'];
}

const known = ({ hosts = [], builders = [], jobs = [], history = [], rules }: Scene): Known => ({
  installation: 'aswf',
  states: [{ ...state(jobs, builders, 'mac'), hosts }],
  history,
  ...(rules && { hostRules: rules }),
});

const held = (parts: Partial<Host> = {}): Host => host({ askedAt: noon, allocatedAt: noon, ...parts });
const mac = (parts: Partial<Builder> = {}): Builder =>
  builder({ pool: 'mac', id, provider: 'mac', host: 'mac-1', launchedAt: noon, usdPerHour: 0, ...parts });

/** The one host at `hours` after it was allocated. */
const seen = (hours: number, parts: Partial<Host>, scene: Omit<Scene, 'hosts'> = {}) =>
  hostViews(known({ ...scene, hosts: [held(parts)] }), noon + hours * hour)[0];

const served = (n: number, ms: number) => ({
  runner: runner(n),
  job: String(n),
  repository: 'AcademySoftwareFoundation/OpenColorIO',
  startedAt: noon + n * hour,
  endedAt: noon + n * hour + ms,
});

describe('what a host cost', () => {
  it('is its price by the hours that it did not clean itself', () => {
    const two = [served(1, 30 * minute), served(2, 30 * minute)];
    expect(seen(10, { unbilledMs: 2 * hour, served: two })).toMatchObject({
      usd: 5.2,
      usdCommitted: 14.3,
      usdPerHour: 0.65,
      hoursPaid: 8,
      hoursCleaning: 2,
      hoursUsed: 1,
      jobs: 2,
      usdPerJob: 7.15,
    });
  });

  it('does not grow while it cleans itself', () => {
    const cleaning = { state: 'pending', stateSince: noon + 4 * hour, seenAt: noon + 5 * hour } as const;
    expect(seen(5, cleaning)).toMatchObject({ usd: 2.6, hoursPaid: 4, hoursCleaning: 1, jobs: 0 });
    expect(seen(5, cleaning)?.usdCommitted).toBe(14.95);
    expect(seen(5, cleaning)?.usdPerJob).toBeNull();
  });

  it('is all of its paid day from the start, and by the hour later', () => {
    const one = { served: [served(0, 30 * minute)] };
    expect(seen(1, one)).toMatchObject({ usd: 0.65, usdCommitted: 15.6, usdPerJob: 15.6 });
    expect(seen(24, one)).toMatchObject({ usd: 15.6, usdCommitted: 15.6, usdPerJob: 15.6 });
    expect(seen(30, one)).toMatchObject({ usd: 19.5, usdCommitted: 19.5, usdPerJob: 19.5 });
    const lost = { ...one, phase: 'gone', endedAt: noon + 2 * hour } as const;
    expect(seen(3, lost)).toMatchObject({ usd: 1.3, usdCommitted: 1.3, usdPerJob: 1.3 });
    const asked = { phase: 'asked', allocatedAt: undefined } as const;
    expect(seen(1, asked)).toMatchObject({ usd: 0, usdCommitted: 0, usdPerJob: null });
  });

  it('stands still when it has ended', () => {
    const ended = held({ phase: 'gone', endedAt: noon + 25 * hour, unbilledMs: hour, why: 'released' });
    for (const scene of [{ hosts: [ended] }, { history: [ended] }]) {
      expect(hostViews(known(scene), noon + 900 * hour)).toMatchObject([
        {
          phase: 'released',
          usd: 15.6,
          usdCommitted: 15.6,
          hoursPaid: 24,
          releasedAt: '2026-11-22T13:00:00.000Z',
          releaseAt: null,
        },
      ]);
    }
  });

  it('counts jobs that fell off its list, and the one that runs, once', () => {
    const running = job({
      id: '9',
      pool: 'mac',
      phase: 'running',
      runner: runner(2),
      startedAt: noon + 5 * hour,
    });
    const machine = mac({ turn: 2, runner: runner(2) });
    const old = { earlier: { jobs: 60, ms: 30 * hour }, served: [served(1, hour)] };
    expect(seen(6, old, { jobs: [running], builders: [machine] })).toMatchObject({ jobs: 62, hoursUsed: 32 });
    const done = { ...running, phase: 'done', endedAt: noon + 5.5 * hour } as const;
    const gone = { ...machine, phase: 'gone' } as const;
    expect(seen(8, old, { jobs: [done], builders: [gone] })).toMatchObject({ jobs: 62, hoursUsed: 31.5 });
    const recorded = { ...old, served: [served(1, hour), { ...served(2, hour), runner: runner(2) }] };
    expect(seen(8, recorded, { jobs: [done], builders: [gone] })).toMatchObject({ jobs: 62, hoursUsed: 32 });
  });

  it('is not counted again for the machine on it', () => {
    const [row] = builderViews(
      known({ hosts: [held()], builders: [mac({ usdPerHour: 0.65 })] }),
      noon + hour,
    );
    expect(row).toMatchObject({ usd: 0, offering: 'us-east-1/on-demand/mac2.metal/us-east-1a' });
  });
});

describe('why a host is still there', () => {
  const paid = 'paid until 2026-11-22 12:00 UTC; serves jobs until then';
  const over = 'its paid day is over: released when it is empty and no job wants it';

  it.each<[string, number, Partial<Host>, string, string | null]>([
    ['it is empty in its paid day', 5, {}, `idle: ${paid}`, '2026-11-22T12:01:00.000Z'],
    [
      'on the day when it ends',
      14,
      {},
      'idle: paid until 12:00 UTC; serves jobs until then',
      '2026-11-22T12:01:00.000Z',
    ],
    ['it is empty after its paid day', 25, {}, `idle: ${over}`, '2026-11-22T13:00:00.000Z'],
    [
      'it cleans itself',
      2,
      { state: 'pending', stateSince: noon + hour },
      `cleaning: cleans itself unpaid since 13:00 UTC; ${paid}`,
      '2026-11-22T12:01:00.000Z',
    ],
    [
      'it cleans itself after its paid day',
      25,
      { state: 'pending', stateSince: noon + 24.5 * hour },
      `cleaning: cleans itself unpaid since 12:30 UTC; ${over}`,
      null,
    ],
    [
      'EC2 would not release it',
      25,
      { notBefore: noon + 25.5 * hour, why: 'EC2 says no' },
      'idle: EC2 does not release it before 13:30 UTC; EC2 says no',
      '2026-11-22T13:30:00.000Z',
    ],
    [
      'EC2 refuses machines',
      2,
      { restsUntil: noon + 2.1 * hour },
      `unusable: EC2 refuses machines on it until 14:06 UTC; ${paid}`,
      '2026-11-22T12:01:00.000Z',
    ],
    [
      'a machine is on it that nobody knows',
      2,
      { instances: ['i-9'] },
      `unusable: EC2 shows a machine on it that is not on record; ${paid}`,
      '2026-11-22T12:01:00.000Z',
    ],
    [
      'it has failed for good',
      2,
      { state: 'permanent-failure' },
      'unusable: permanent failure: nothing starts on it; paid until 2026-11-22 12:00 UTC; released then',
      '2026-11-22T12:01:00.000Z',
    ],
    [
      'EC2 has not answered',
      1,
      { phase: 'asked', allocatedAt: undefined },
      'asked: EC2 has not answered yet',
      null,
    ],
    ['it is being released', 25, { phase: 'releasing' }, 'releasing: EC2 is asked to release it', null],
    ['it has ended', 30, { phase: 'gone', why: 'it vanished', endedAt: noon }, 'released: it vanished', null],
  ])('%s', (_, hours, parts, expected, releaseAt) => {
    const view = seen(hours, parts);
    expect(`${view?.phase}: ${view?.why}`).toBe(expected);
    expect(view?.releaseAt).toBe(releaseAt);
  });

  it.each(['configuring', 'under-assessment', 'unknown', undefined] as const)('%s: not usable', (now) => {
    expect(seen(1, { state: now })).toMatchObject({ phase: 'unusable', why: expect.stringContaining('EC2') });
  });

  it('the configuration keeps it', () => {
    const rules = { mac: { paidDay: 'shared', afterwards: 'keep' } } as const;
    const kept = { why: "kept when its paid day is over (afterwards: 'keep')", releaseAt: null };
    expect(seen(2, {}, { rules })).toMatchObject(kept);
    expect(seen(99, {}, { rules })).toMatchObject(kept);
    expect(seen(99, { pool: 'gone' }, { rules })?.why).toBe(over);
  });

  it('its pool has left the configuration, or has no Macs any more', () => {
    const left = 'its pool keeps no Macs any more; paid until 2026-11-22 12:00 UTC, released then';
    const releaseAt = '2026-11-22T12:01:00.000Z';
    expect(seen(2, {}, { rules: {} })).toMatchObject({ phase: 'idle', why: left, releaseAt });
    const rules = { studio: { paidDay: 'shared', afterwards: 'keep' } } as const;
    expect(seen(2, {}, { rules })).toMatchObject({ phase: 'idle', why: left, releaseAt });
    expect(seen(99, {}, { rules })?.why).toBe(over);
  });

  it('it was for one job', () => {
    const rules = { mac: { paidDay: 'one-job', afterwards: 'release' } } as const;
    expect(seen(2, {}, { rules })?.why).toBe(paid);
    expect(seen(2, { served: [served(1, hour)] }, { rules })?.why).toBe(
      "paid until 2026-11-22 12:00 UTC; takes no other job (paidDay: 'one-job')",
    );
  });

  it.each<[string, Partial<Builder>, string]>([
    ['boots', { phase: 'booting' }, 'booting: its Mac boots'],
    ['has asked for work', { phase: 'booting', askedAt: noon }, 'idle: its Mac waits for a job'],
    ['is ready', { phase: 'ready' }, 'idle: its Mac waits for a job'],
    ['is busy', { phase: 'ready', startedAt: noon }, 'busy: a job runs'],
    [
      'is reset',
      { phase: 'resetting' },
      'resetting: its job is done, and its Mac is made ready for the next one',
    ],
    ['ends', { phase: 'stopping' }, 'cleaning: its Mac ends, then it cleans itself unpaid'],
  ])('its machine %s', (_, parts, expected) => {
    const view = seen(2, { instances: [id] }, { builders: [mac(parts)] });
    expect(`${view?.phase}: ${view?.why}`).toBe(`${expected}; ${paid}`);
    expect(view?.builder).toBe(id);
    expect(seen(25, {}, { builders: [mac(parts)] })?.releaseAt).toBeNull();
  });
});

describe('rows', () => {
  it('are one for each host, newest first, without those that EC2 never gave', () => {
    const refused = host({
      id: 'mac-3',
      phase: 'gone',
      hostId: undefined,
      allocatedAt: undefined,
      endedAt: 9,
    });
    const hosts = [held({ id: 'mac-9', hostId: 'h-9' }), held({ id: 'mac-10', hostId: 'h-10' }), refused];
    const history = [
      held({ id: 'mac-9', hostId: 'h-9', phase: 'gone', endedAt: noon }),
      held({ id: 'mac-40', hostId: 'h-40', allocatedAt: noon - 1, phase: 'gone', endedAt: noon }),
    ];
    const rows = hostViews(known({ hosts, history }), noon).map(({ id: of, phase }) => `${of} ${phase}`);
    expect(rows).toEqual(['h-10 idle', 'h-9 idle', 'h-40 released']);
  });

  it('are named by us until EC2 has named them', () => {
    expect(seen(0, { phase: 'asked', hostId: undefined })?.id).toBe('mac-1');
  });
});

it('takes the rules of hosts from the configuration', () => {
  const ladder = [{ provider: 'mac', afterwards: 'keep' }];
  const config = parseConfig(withMac({ ladder }));
  expect(hostRulesOf(config)).toEqual({ mac: { afterwards: 'keep', paidDay: 'shared' } });
});
