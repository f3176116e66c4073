// Golden tables of the planner: who still counts as supply, and who is retired or stopped when.
import { describe, expect, it } from 'vitest';
import {
  ago,
  boots,
  ended,
  fork,
  minute,
  planOf,
  type Row,
  ready,
  runs,
  second,
  told,
  waits,
} from './scene.ts';

const waiting = [waits('j1', 'color')];
const another = ['launch gpu-2: 1 on rung 0 for color/j1'];
const old = { launchedAt: ago(20 * minute), askedAt: ago(15 * minute), claimedAt: ago(10 * minute) };

describe('a builder without a job', () => {
  it.each<Row>([
    [
      'covers a job for five minutes after it registered',
      { jobs: waiting, builders: [ready('b1', 'color', { ...old, readyAt: ago(5 * minute - 1) })] },
      [],
    ],
    [
      'is retired then, and the job gets another',
      { jobs: waiting, builders: [ready('b1', 'color', { ...old, readyAt: ago(5 * minute) })] },
      [...another, 'retire b1: no job came'],
    ],
    [
      'covers a job for two minutes after its last word',
      {
        jobs: waiting,
        builders: [ready('b1', 'color', { ...old, readyAt: ago(3 * minute), heardAt: ago(2 * minute - 1) })],
      },
      [],
    ],
    [
      'is retired then, though it is young',
      {
        jobs: waiting,
        builders: [ready('b1', 'color', { ...old, readyAt: ago(3 * minute), heardAt: ago(2 * minute) })],
      },
      [...another, 'retire b1: no job came'],
    ],
    [
      'covers a job for three minutes after it said that it works',
      { jobs: waiting, builders: [ready('b1', 'color', { ...old, startedAt: ago(3 * minute - 1) })] },
      [],
    ],
    [
      'covers nobody then, but works on',
      { jobs: waiting, builders: [ready('b1', 'color', { ...old, startedAt: ago(3 * minute) })] },
      another,
    ],
    [
      'leaves when its scope has too many, the oldest first',
      {
        jobs: waiting,
        builders: [
          ready('b1', 'color', { readyAt: ago(minute) }),
          ready('b2', 'color', { readyAt: ago(2 * minute) }),
        ],
      },
      ['retire b2: its scope has more builders than jobs'],
    ],
    [
      'leaves when somebody already works unnamed in its scope',
      { jobs: waiting, builders: [ready('b1', 'color'), ready('b2', 'color', { startedAt: ago(second) })] },
      ['retire b1: its scope has more builders than jobs'],
    ],
    [
      'goes on retiring, and covers nobody',
      { jobs: waiting, builders: [ready('b1', 'color', { phase: 'retiring', why: 'no job came' })] },
      [...another, 'retire b1: no job came'],
    ],
    [
      'stays while it retires, once a job has named it',
      {
        jobs: [runs('j2', 'color', 'r-b1')],
        builders: [ready('b1', 'color', { phase: 'retiring', why: 'no job came' })],
      },
      [],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('a booting builder', () => {
  it.each<Row>([
    [
      'has ten minutes to claim',
      { jobs: waiting, builders: [boots('b1', { launchedAt: ago(10 * minute), scope: 'color', job: 'j1' })] },
      [],
    ],
    [
      'is stopped then, and its job gets another',
      { jobs: waiting, builders: [boots('b1', { launchedAt: ago(10 * minute + 1) })] },
      [...another, 'stop b1: it never claimed work'],
    ],
    [
      'may wait longer once it has claimed, if it is heard of',
      {
        builders: [
          boots('b1', { launchedAt: ago(30 * minute), askedAt: ago(10 * minute), heardAt: ago(3 * minute) }),
        ],
      },
      [],
    ],
    [
      'is stopped after three minutes of silence',
      {
        builders: [
          boots('b1', {
            launchedAt: ago(30 * minute),
            askedAt: ago(9 * minute),
            heardAt: ago(3 * minute + 1),
          }),
        ],
      },
      ['stop b1: it fell silent before it got work'],
    ],
    [
      'is stopped when GitHub has given it nothing for ten minutes',
      {
        builders: [
          boots('b1', { launchedAt: ago(30 * minute), askedAt: ago(10 * minute + 1), heardAt: ago(0) }),
        ],
      },
      ['stop b1: it waited too long for work'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('a busy builder', () => {
  const longAgo = { launchedAt: ago(80 * minute), readyAt: ago(70 * minute), heardAt: ago(60 * minute) };
  it.each<Row>([
    [
      'is never stopped below its age limit, however silent',
      { jobs: [runs('j1', 'color', 'r-b1')], builders: [ready('b1', 'color', longAgo)] },
      [],
    ],
    [
      'is stopped at its age limit: boot + ready + job + grace',
      {
        jobs: [runs('j1', 'color', 'r-b1')],
        builders: [ready('b1', 'color', { ...longAgo, launchedAt: ago(80 * minute + 1) })],
      },
      ["stop b1: the pool's time limit"],
    ],
    [
      'has ninety seconds to end after its job',
      { jobs: [ended('j1', 'color', 'r-b1', ago(50 * second))], builders: [ready('b1', 'color')] },
      [],
    ],
    [
      'is stopped then',
      { jobs: [ended('j1', 'color', 'r-b1', ago(50 * second + 1))], builders: [ready('b1', 'color')] },
      ['stop b1: its job has ended'],
    ],
    [
      'is stopped ninety seconds after a foreign job, too',
      {
        builders: [
          ready('b1', 'color', {
            foreign: { job: '9', repository: 'film/x', endedAt: ago(50 * second + 1) },
          }),
        ],
      },
      ['stop b1: its job has ended'],
    ],
    [
      'with an untrusted job has an hour',
      {
        jobs: [runs('j1', 'color', 'r-b1', { startedAt: ago(60 * minute) })],
        runs: [fork('run-j1')],
        builders: [ready('b1', 'color', longAgo)],
      },
      [],
    ],
    [
      'with an untrusted job is measured from its own word when the start of the job was lost',
      {
        jobs: [runs('j1', 'color', 'r-b1', { startedAt: undefined })],
        runs: [fork('run-j1')],
        builders: [ready('b1', 'color', { ...longAgo, startedAt: ago(60 * minute + 1) })],
      },
      ['stop b1: the time limit of untrusted jobs'],
    ],
    [
      'with such a job has its hour from then, not from when it was ready',
      {
        jobs: [runs('j1', 'color', 'r-b1', { startedAt: undefined })],
        runs: [fork('run-j1')],
        builders: [ready('b1', 'color', { ...longAgo, startedAt: ago(60 * minute) })],
      },
      [],
    ],
    [
      'with an untrusted job is stopped after that hour',
      {
        jobs: [runs('j1', 'color', 'r-b1', { startedAt: ago(60 * minute + 1) })],
        runs: [fork('run-j1')],
        builders: [ready('b1', 'color', longAgo)],
      },
      ['stop b1: the time limit of untrusted jobs'],
    ],
    [
      "counts by its present registration: an earlier one's end is not its own",
      {
        jobs: [ended('j1', 'color', 'r-b1-before', ago(5 * minute)), ...waiting],
        builders: [ready('b1', 'color')],
      },
      [],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('a builder that ends', () => {
  const [stoppingAt, finishedAt] = [ago(20 * second), ago(20 * second)];
  const byItself = { phase: 'stopping', stoppingAt, finishedAt, why: 'finished' } as const;
  it.each<Row>([
    [
      'is not stopped twice within a minute',
      { builders: [ready('b1', 'color', { phase: 'stopping', stoppingAt: ago(minute) })] },
      [],
    ],
    [
      'is stopped again until the cloud says that it is gone',
      {
        builders: [
          ready('b1', 'color', { phase: 'stopping', stoppingAt: ago(minute + 1), why: 'no job came' }),
        ],
      },
      ['stop b1: no job came'],
    ],
    [
      'by its own word has as long for that as any after its job',
      {
        jobs: [ended('j1', 'color', 'r-b1', ago(50 * second))],
        builders: [ready('b1', 'color', byItself)],
      },
      [],
    ],
    [
      'by its own word is stopped when that is over',
      {
        jobs: [ended('j1', 'color', 'r-b1', ago(50 * second + 1))],
        builders: [ready('b1', 'color', byItself)],
      },
      ['stop b1: finished'],
    ],
    [
      'and is gone without a job may have left its registration',
      { builders: [ready('b1', 'color', { phase: 'gone', endedAt: ago(second) })] },
      ['unregister b1'],
    ],
    [
      'and is gone after its job has none: GitHub removed it',
      {
        jobs: [ended('j1', 'color', 'r-b1', ago(minute))],
        builders: [ready('b1', 'color', { phase: 'gone', endedAt: ago(second) })],
      },
      [],
    ],
    [
      'and whose registration is known to be gone is done with',
      {
        builders: [
          ready('b1', 'color', { phase: 'gone', endedAt: ago(minute), unregisteredAt: ago(second) }),
        ],
      },
      [],
    ],
    [
      'before it registered has nothing to clean',
      { builders: [boots('b1', { phase: 'gone', endedAt: ago(1) })] },
      [],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});
