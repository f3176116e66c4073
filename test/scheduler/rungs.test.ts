// Golden tables of the planner: the ladder, and rungs that are left alone for a while.
import { describe, expect, it } from 'vitest';
import type { Builder } from '../../shared/scheduler/records.ts';
import { ago, boots, minute, now, planOf, type Row, told, waits } from './scene.ts';

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
