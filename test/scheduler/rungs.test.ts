// Golden tables of the planner: the ladder, and rungs that are left alone for a while.
import { describe, expect, it } from 'vitest';
import type { Builder, RungRest } from '../../shared/scheduler/records.ts';
import { restAfter } from '../../shared/scheduler/rungs.ts';
import { ago, boots, limits, minute, now, planOf, type Row, told, waits } from './scene.ts';

const jobs = [waits('j1', 'color')];
const failed = (id: number, more: Partial<Builder> = {}): Builder =>
  boots(`b${id}`, { phase: 'gone', launchedAt: ago((30 - id) * minute), endedAt: ago(minute), ...more });
const five = [1, 2, 3, 4, 5].map((id) => failed(id));
const closed = (until: number, times = 1) => ({ closedRungs: { 0: { until, times, why: 'no GPU' } } });
const why = 'the last 5 builders failed: they never claimed work';

describe('the ladder', () => {
  it.each<Row>([
    ['its first open rung is asked', { jobs, rungs: 2 }, ['launch gpu-2: 1 on rung 0 for color/j1']],
    [
      'a closed rung is passed over',
      { jobs, rungs: 2, pool: closed(now + 1) },
      ['launch gpu-2: 1 on rung 1 for color/j1'],
    ],
    ['a rung opens again by itself', { jobs, pool: closed(now) }, ['launch gpu-2: 1 on rung 0 for color/j1']],
    ['with all rungs closed jobs wait', { jobs, pool: closed(now + 1) }, ['no rung for j1']],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('five builders in a row that never claim', () => {
  it.each<Row>([
    [
      'close their rung for five minutes',
      { jobs, builders: five },
      [`close rung 0 for 5 min: ${why}`, 'no rung for j1'],
    ],
    [
      'leave the next rung open, which is asked at once',
      { jobs, builders: five, rungs: 2 },
      [`close rung 0 for 5 min: ${why}`, 'launch gpu-2: 1 on rung 1 for color/j1'],
    ],
    ['are five: four do nothing', { builders: five.slice(1) }, []],
    [
      'are in a row: one that claimed breaks it',
      { builders: [...five, failed(6, { askedAt: ago(5 * minute) })] },
      [],
    ],
    [
      'count when the last of them is only now too late, whoever boots since',
      {
        builders: [
          ...five.slice(0, 4),
          boots('b5', { launchedAt: ago(10 * minute + 1) }),
          boots('b6', { launchedAt: ago(minute) }),
        ],
      },
      [`close rung 0 for 5 min: ${why}`, 'stop b5: it never claimed work'],
    ],
    [
      'are not those that still have time to claim',
      { builders: [1, 2, 3, 4, 5].map((id) => boots(`b${id}`, { launchedAt: ago(10 * minute) })) },
      [],
    ],
    ['count from the time when the rung was opened', { builders: five, pool: closed(ago(27 * minute)) }, []],
    [
      'close it with the end of the log as reason',
      { builders: five.map((builder) => ({ ...builder, why: 'no driver', log: 'no nvidia-smi' })) },
      ['close rung 0 for 5 min: the last 5 builders failed: no driver; end of the log: no nvidia-smi'],
    ],
    ['say nothing new of a rung that is closed', { builders: five, pool: closed(now + minute) }, []],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));

  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 60],
    [9, 60],
  ])('close it after %d times for %d minutes', (times, minutes) => {
    const says = told(planOf({ builders: five, pool: closed(ago(60 * minute), times) }));
    expect(says).toEqual([`close rung 0 for ${minutes} min: ${why}`]);
  });

  it('begin at five minutes again when one has claimed since', () => {
    const served = failed(0, { askedAt: ago(29 * minute) });
    const says = told(planOf({ builders: [served, ...five], pool: closed(ago(60 * minute), 3) }));
    expect(says).toEqual([`close rung 0 for 5 min: ${why}`]);
  });
});

describe('a rung that could not give what was asked', () => {
  const rested = (more: Partial<RungRest> = {}): RungRest => ({
    until: ago(minute),
    times: 0,
    why: 'before',
    since: ago(60 * minute),
    ...more,
  });
  const refused = (lasting: boolean, askedAt = now) => ({ why: 'none', askedAt, lasting });
  const minutesOf = (before: RungRest | undefined, lasting: boolean, askedAt = now): number =>
    (restAfter(before, refused(lasting, askedAt), now, limits).until - now) / minute;

  it('rests three minutes for want of capacity, however often', () => {
    expect(minutesOf(undefined, false)).toBe(3);
    expect(minutesOf(rested({ refusals: 4 }), false)).toBe(3);
  });

  it.each([
    [undefined, 5],
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 60],
    [9, 60],
  ])(
    'rests longer each time in a row where time alone does not mend it: after %s for %d minutes',
    (refusals, minutes) => {
      expect(minutesOf(rested({ refusals }), true)).toBe(minutes);
    },
  );

  it('begins at five minutes again when it was not asked for a while, or has given all meanwhile', () => {
    expect(minutesOf(rested({ refusals: 3, until: ago(10 * minute) - 1 }), true)).toBe(5);
    expect(minutesOf(rested({ refusals: 3, since: undefined }), true)).toBe(5);
  });

  it('is in a row by when it was asked: an answer that never came is waited for', () => {
    const before = rested({ refusals: 1, until: ago(15 * minute) });
    const after = restAfter(before, refused(true, ago(6 * minute)), now, limits);
    expect(after).toMatchObject({ until: now + 10 * minute, since: before.since, refusals: 2 });
  });

  it('was in vain from when it was asked first', () => {
    const after = restAfter(undefined, refused(true, ago(6 * minute)), now, limits);
    expect(after.since).toBe(ago(6 * minute));
  });

  it('counts launches once that were under way at the same time, and never rests shorter', () => {
    const before = rested({ refusals: 2, until: now + 4 * minute });
    expect(restAfter(before, refused(true, ago(6 * minute)), now, limits).refusals).toBe(2);
    expect(restAfter(before, refused(false, ago(6 * minute)), now, limits)).toBe(before);
  });

  it('leaves the count of builders that failed as it is', () => {
    expect(restAfter(rested({ times: 3 }), refused(true), now, limits).times).toBe(3);
  });
});
