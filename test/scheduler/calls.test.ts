// Golden tables of the planner: rungs with patience, jobs that keep off spot, and the money of a day.
import { describe, expect, it } from 'vitest';
import { emptyLedger, worstCase } from '../../shared/scheduler/money.ts';
import type { Rung } from '../../shared/scheduler/rungs.ts';
import { ago, asked, limits, minute, now, planOf, type Row, second, told, waits } from './scene.ts';

const jobs = [waits('j1', 'color')];
const rests = { until: now + minute, whys: ['capacity: none'] };
const spot: Partial<Rung> = { spot: true };
/** A rung that rests, and is hoped for as long as this. */
const hoped = (minutes: number, since?: number): Partial<Rung> => ({
  rests,
  since,
  patienceMs: minutes * minute,
});

describe('patience', () => {
  it.each<Row>([
    [
      'of a rung that rests leads to no other before it is over',
      { jobs, rungs: [hoped(10, ago(9 * minute)), {}] },
      ['no rung for j1'],
    ],
    [
      'leads to the next rung when it is over',
      { jobs, rungs: [hoped(10, ago(10 * minute)), {}] },
      ['launch gpu-2: 1 on rung 1 for color/j1'],
    ],
    ['begins when the rung is wanted first', { jobs, rungs: [hoped(10), {}] }, ['no rung for j1']],
    [
      'is for a rung that rests: one that has come back is asked first',
      { jobs, rungs: [{ ...hoped(10, ago(11 * minute)), rests: undefined }, {}] },
      ['launch gpu-2: 1 on rung 0 for color/j1'],
    ],
    [
      'is needed with every earlier rung',
      { jobs, rungs: [hoped(0, ago(minute)), hoped(5, ago(minute)), {}] },
      ['no rung for j1'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));

  it('says when the next rung is asked, where there is one', () => {
    const since = ago(4 * minute);
    expect(planOf({ jobs, rungs: [hoped(10, since), {}] }).nextRungAt).toBe(since + 10 * minute);
    expect(planOf({ jobs, rungs: [hoped(10, since)] }).nextRungAt).toBeUndefined();
  });

  it('counts for rungs that are wanted, and for no others', () => {
    expect(planOf({ jobs, rungs: [hoped(0), hoped(5), { rests }] }).inVain).toEqual([0, 1]);
    expect(planOf({ rungs: [hoped(5)] }).inVain).toEqual([]);
    expect(planOf({ jobs, rungs: [hoped(5)], launches: [asked(2, 1)] }).inVain).toEqual([]);
  });

  it('goes on where a refusal follows soon after the last rest, and begins anew where not', () => {
    const builder = { ...waits('j1', 'color') };
    const since = (until: number) => {
      const closedRungs = { 0: { until, times: 1, why: 'none', since: ago(60 * minute) } };
      const rungs = [{ since: undefined }];
      return planOf({ jobs: [builder], pool: { closedRungs }, rungs, builders: queuedInVain }).closeRungs;
    };
    expect(since(ago(10 * minute)).map((one) => one.since)).toEqual([ago(60 * minute)]);
    expect(since(ago(10 * minute) - 1).map((one) => one.since)).toEqual([now]);
  });
});

/** A machine that has waited in its cloud's queue for as long as it may. */
const queuedInVain = [
  {
    kind: 'builder' as const,
    pool: 'gpu',
    version: 1,
    id: 'b1',
    phase: 'gone' as const,
    provider: 'cloud',
    rung: 0,
    launch: 'gpu-1',
    launchedAt: ago(4 * minute),
    queueUntil: ago(second),
    endedAt: now,
    turn: 1,
    count: 0,
    usdPerHour: 1,
  },
];

describe('a job that keeps off spot', () => {
  const two = [waits('j1', 'color'), waits('j2', 'color')];
  const avoidsSpot = ({ id }: { id: string }) => id === 'j1';

  it('goes to another rung; those that take spot follow in a pass of their own', () => {
    const decided = planOf({ jobs: two, rungs: [spot, {}], policy: { avoidsSpot } });
    expect(told(decided)).toEqual(['launch gpu-2: 1 on rung 1 for color/j1']);
    expect(decided.again).toBe(true);
    expect(decided.starting.map(({ id }) => id)).toEqual(['j1', 'j2']);
  });

  it('waits for no spot rung, whatever its patience', () => {
    const rungs = [{ ...hoped(60), ...spot }, {}];
    expect(told(planOf({ jobs, rungs, policy: { avoidsSpot } }))).toEqual([
      'launch gpu-2: 1 on rung 1 for color/j1',
    ]);
  });

  it('takes spot where there is nothing else', () => {
    const says = told(planOf({ jobs: two, rungs: [spot], policy: { avoidsSpot } }));
    expect(says).toEqual(['launch gpu-2: 2 on rung 0 for color/j1 color/j2']);
  });

  it('leaves no room for the others in a pool that it fills', () => {
    const decided = planOf({ jobs: two, rungs: [spot, {}], policy: { avoidsSpot }, maximum: 1 });
    expect(told(decided)).toEqual(['launch gpu-2: 1 on rung 1 for color/j1', 'no room for j2']);
    expect(decided.again).toBe(false);
  });
});

describe('the money of a day', () => {
  const each = worstCase(1, limits);
  const rungs = [{ usdPerHour: 1 }];
  const money = (color: number, installation: number, spent = 0) => ({
    ledger: { ...emptyLedger('+', '2026-11-21'), settled: { color: spent } },
    caps: { installation, project: (name: string) => (name === 'color' ? color : 100 * each) },
  });
  const three = [waits('j1', 'color'), waits('j2', 'color'), waits('j3', 'volume')];

  it.each<Row>([
    [
      'of a project holds what does not fit, and lets others go on',
      { jobs: three, rungs, money: money(each, 100 * each) },
      ['launch gpu-2: 2 on rung 0 for color/j1 volume/j3', 'hold j2: daily-limit project'],
    ],
    [
      'of the installation goes to who is next in turn',
      { jobs: three, rungs, money: money(100 * each, 2 * each) },
      ['launch gpu-2: 2 on rung 0 for color/j1 volume/j3', 'hold j2: daily-limit installation'],
    ],
    [
      'counts what was spent',
      { jobs, rungs, money: money(2 * each, 100 * each, each + 1) },
      ['hold j1: daily-limit project'],
    ],
    [
      'may be spent to the last millionth',
      { jobs, rungs, money: money(2 * each, 100 * each, each) },
      ['launch gpu-2: 1 on rung 0 for color/j1'],
    ],
    [
      'is no matter where machines cost nothing',
      { jobs, rungs: [{ usdPerHour: 0 }], money: money(0, 0) },
      ['launch gpu-2: 1 on rung 0 for color/j1'],
    ],
    [
      'is not asked about by jobs whose machine is on its way',
      {
        jobs: three,
        rungs,
        launches: [asked(2, 1, { deal: [{ scope: 'color', job: 'j1', project: 'color' }] })],
        money: money(0, 100 * each),
      },
      ['launch gpu-3: 1 on rung 0 for volume/j3', 'hold j2: daily-limit project'],
    ],
    [
      'is not asked about by jobs that only lack room',
      { jobs: three, rungs, maximum: 1, money: money(each, 100 * each) },
      ['launch gpu-2: 1 on rung 0 for color/j1', 'no room for j3', 'no room for j2'],
    ],
    [
      'leaves the place of who is held to the next in turn',
      { jobs: three, rungs, maximum: 1, money: money(0, 100 * each) },
      ['launch gpu-2: 1 on rung 0 for volume/j3', 'hold j1: daily-limit project', 'no room for j2'],
    ],
    [
      'is no reason in a pool that is full',
      { jobs, rungs, maximum: 0, money: money(0, 100 * each) },
      ['no room for j1'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});
