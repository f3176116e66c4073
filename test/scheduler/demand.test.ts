// Golden tables of the planner: which jobs may have a machine, in which order, and why others may not.
import { describe, expect, it } from 'vitest';
import { ago, fork, minute, planOf, type Row, ready, runs, type Scene, told, waits } from './scene.ts';

const at = (minutes: number) => ({ queuedAt: ago(minutes * minute) });
const limited = (all: number, untrusted = all): Scene['policy'] => ({
  concurrency: () => ({ all, untrusted }),
});

describe('limits of a project', () => {
  it.each<Row>([
    [
      'hold what is beyond them, the youngest',
      { jobs: [waits('young', 'color', at(1)), waits('old', 'color', at(2))], policy: limited(1) },
      ['launch gpu-2: 1 on rung 0 for color/old', 'hold young: concurrency'],
    ],
    [
      'count running jobs, stolen ones too',
      {
        jobs: [runs('j1', 'color', 'r-b1'), runs('j2', 'color', 'somebody-else'), waits('j3', 'color')],
        builders: [ready('b1', 'color')],
        policy: limited(2),
      },
      ['hold j3: concurrency'],
    ],
    [
      'hold one project, not another',
      { jobs: [runs('j1', 'color', 'r'), waits('j2', 'color'), waits('j3', 'volume')], policy: limited(1) },
      ['launch gpu-2: 1 on rung 0 for volume/j3', 'hold j2: concurrency'],
    ],
    [
      'are tighter for untrusted jobs, and leave the trusted ones alone',
      {
        jobs: [waits('j1', 'color', at(3)), waits('j2', 'color', at(2)), waits('j3', 'color', at(1))],
        runs: [fork('run-j1'), fork('run-j2')],
        policy: limited(10, 1),
      },
      ['launch gpu-2: 2 on rung 0 for color/j1 color/j3', 'hold j2: untrusted-concurrency'],
    ],
    [
      'count untrusted jobs among all',
      {
        jobs: [waits('j1', 'color', at(2)), waits('j2', 'color', at(1))],
        runs: [fork('run-j1')],
        policy: limited(1, 5),
      },
      ['launch gpu-2: 1 on rung 0 for color/j1', 'hold j2: concurrency'],
    ],
    [
      'make a builder too many whose job is held now',
      {
        jobs: [runs('j1', 'color', 'r'), waits('j2', 'color')],
        builders: [ready('b1', 'color')],
        policy: limited(1),
      },
      ['retire b1: its scope has more builders than jobs', 'hold j2: concurrency'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('policy', () => {
  it.each<Row>([
    [
      'that refuses a job gives its words',
      { jobs: [waits('j1', 'color')], policy: { terms: () => ({ admission: 'refused', why: 'a fork' }) } },
      ['refuse j1: trust-refused a fork'],
    ],
    [
      'that does not know yet lets it wait',
      { jobs: [waits('j1', 'color')], policy: { terms: () => ({ admission: 'unknown', why: 'no answer' }) } },
      ['hold j1: trust-unknown no answer'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('a scope that GitHub refuses', () => {
  const pool = { refusedScopes: { color: { since: ago(minute), why: 'not installed', times: 1 } } };
  it.each<Row>([
    [
      'is set aside: its jobs are held and need nothing',
      { pool, jobs: [waits('j1', 'color'), waits('j2', 'volume')] },
      ['launch gpu-2: 1 on rung 0 for volume/j2', 'hold j1: scope-refused not installed'],
    ],
    [
      'takes no seat of its project',
      {
        pool,
        jobs: [
          waits('j1', 'color', { ...at(9), project: 'film' }),
          waits('j2', 'volume', { project: 'film' }),
        ],
        policy: limited(1),
      },
      ['launch gpu-2: 1 on rung 0 for volume/j2', 'hold j1: scope-refused not installed'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('seats are dealt in turn', () => {
  it.each<Row>([
    [
      'the project with the fewest seats is next, its oldest job first',
      {
        maximum: 3,
        jobs: [
          waits('a1', 'color', at(9)),
          waits('a2', 'color', at(8)),
          waits('a3', 'color', at(7)),
          waits('b1', 'volume', at(2)),
          waits('b2', 'volume', at(1)),
        ],
      },
      ['launch gpu-2: 3 on rung 0 for color/a1 volume/b1 color/a2', 'no room for b2', 'no room for a3'],
    ],
    [
      'running jobs are seats',
      {
        maximum: 2,
        jobs: [runs('a1', 'color', 'r-m1'), waits('a2', 'color', at(9)), waits('b1', 'volume', at(1))],
        builders: [ready('m1', 'color')],
      },
      ['launch gpu-2: 1 on rung 0 for volume/b1', 'no room for a2'],
    ],
    [
      'covered jobs are seats',
      {
        maximum: 2,
        jobs: [waits('a1', 'color', at(9)), waits('a2', 'color', at(8)), waits('b1', 'volume', at(1))],
        builders: [ready('m1', 'color')],
      },
      ['launch gpu-2: 1 on rung 0 for volume/b1', 'no room for a2'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('builders that ended without any job', () => {
  const failed = (id: string, minutes: number) =>
    ready(id, 'color', {
      phase: 'gone',
      job: 'j1',
      readyAt: ago((minutes + 1) * minute),
      finishedAt: ago(minutes * minute),
      endedAt: ago(minutes * minute),
      unregisteredAt: ago(minutes * minute),
    });
  const jobs = [waits('j1', 'color')];
  const again = ['launch gpu-2: 1 on rung 0 for color/j1'];
  it.each<Row>([
    ['two are bad luck', { jobs, builders: [failed('b1', 20), failed('b2', 10)] }, again],
    [
      'three hold the job that they were for',
      { jobs, builders: [failed('b1', 20), failed('b2', 10), failed('b3', 1)] },
      ['hold j1: builders-failed'],
    ],
    [
      'three hold no other job',
      { jobs: [waits('j2', 'color')], builders: [failed('b1', 20), failed('b2', 10), failed('b3', 1)] },
      ['launch gpu-2: 1 on rung 0 for color/j2'],
    ],
    [
      'are forgotten after half an hour: the job is tried again',
      { jobs, builders: [failed('b1', 30.1), failed('b2', 10), failed('b3', 1)] },
      again,
    ],
    [
      'do not include one that another job has named',
      {
        jobs: [...jobs, runs('j2', 'color', 'r-b2')],
        builders: [failed('b1', 20), failed('b2', 10), failed('b3', 1)],
      },
      again,
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});
