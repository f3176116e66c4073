// Golden tables of the planner: builders that wait in their cloud's queue before they boot.
import { describe, expect, it } from 'vitest';
import { observeProvisioned } from '../../shared/scheduler/observe.ts';
import type { Builder } from '../../shared/scheduler/records.ts';
import { ago, boots, minute, now, planOf, type Row, ready, told, waits } from './scene.ts';

const jobs = [waits('j1', 'color')];
/** Started 20 minutes ago, with leave to wait until `queueUntil`. */
const queues = (queueUntil: number, more: Partial<Builder> = {}): Builder =>
  boots('b1', { launchedAt: ago(20 * minute), scope: 'color', job: 'j1', queueUntil, ...more });
const vain = "it waited in the cloud's queue for as long as its rung allows";
const full = [`close rung 0 for 3 min: capacity: ${vain}`];

describe("a builder in the cloud's queue", () => {
  it.each<Row>([
    ['covers its job while it may wait', { jobs, builders: [queues(now)] }, []],
    [
      'covers it a little longer: word of its start may be late',
      { jobs, builders: [queues(ago(2 * minute))] },
      [],
    ],
    [
      'is stopped then, and its rung is full',
      { jobs, builders: [queues(ago(2 * minute + 1))] },
      [...full, `stop b1: ${vain}`, 'no rung for j1'],
    ],
    [
      'leaves the job to the next rung',
      { jobs, builders: [queues(ago(2 * minute + 1))], rungs: 2 },
      [...full, 'launch gpu-2: 1 on rung 1 for color/j1', `stop b1: ${vain}`],
    ],
    [
      'has its whole time to boot when it leaves the queue',
      { jobs, builders: [queues(ago(minute), { provisionedAt: ago(10 * minute) })] },
      [],
    ],
    [
      'is stopped after that, like every builder that never claims',
      { builders: [queues(now, { provisionedAt: ago(10 * minute + 1) })] },
      ['stop b1: it never claimed work'],
    ],
    [
      'is no longer in it once it has asked for work',
      { jobs, builders: [queues(ago(15 * minute), { askedAt: ago(minute), heardAt: ago(minute) })] },
      [],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('a rung is full', () => {
  const gone = (more: Partial<Builder> = {}): Builder =>
    queues(ago(minute), { phase: 'gone', endedAt: ago(minute), ...more });
  it.each<Row>([
    ['when the cloud itself has dropped a builder from its queue', { builders: [gone()] }, full],
    [
      'also when its clock is half a minute ahead',
      { builders: [gone({ endedAt: ago(minute + 30_000) })] },
      full,
    ],
    [
      'not when the builder was ended before its time',
      { builders: [gone({ endedAt: ago(3 * minute) })] },
      [],
    ],
    ['not when it had left the queue', { builders: [gone({ provisionedAt: ago(5 * minute) })] }, []],
    [
      'once: the same builder does not close it again',
      {
        builders: [gone()],
        pool: { closedRungs: { 0: { until: now, times: 0, why: 'capacity' } } },
      },
      [],
    ],
    [
      'and five such builders are no failed boots',
      {
        builders: [1, 2, 3, 4, 5].map((id) => gone({ id: `b${id}` })),
      },
      full,
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('the age of a builder counts from the end of its queue', () => {
  const old = { launchedAt: ago(200 * minute), askedAt: ago(70 * minute), claimedAt: ago(69 * minute) };
  const busy = {
    ...old,
    readyAt: ago(69 * minute),
    startedAt: ago(69 * minute),
    queueUntil: ago(10 * minute),
  };
  it.each<Row>([
    ['known', { builders: [ready('b1', 'color', { ...busy, provisionedAt: ago(80 * minute) })] }, []],
    [
      'and over',
      { builders: [ready('b1', 'color', { ...busy, provisionedAt: ago(80 * minute + 1) })] },
      ["stop b1: the pool's time limit"],
    ],
    [
      'or not known: then from the last moment that it could be',
      { builders: [ready('b1', 'color', busy)] },
      [],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('word that a builder has left its queue', () => {
  it.each([
    ['is written down', queues(now), now],
    ['is no news a second time', queues(now, { provisionedAt: 1 }), undefined],
    ['means nothing where nothing queues', boots('b1'), undefined],
    ['comes too late for one that is gone', queues(now, { phase: 'gone' }), undefined],
  ])('%s', (_, builder, at) => expect(observeProvisioned(builder, now)?.provisionedAt).toBe(at));
});
