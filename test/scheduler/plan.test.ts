// Golden tables of the planner: need, scopes, deals and launches, one sentence of the rules in each row.
import { describe, expect, it } from 'vitest';
import type { Launch } from '../../shared/scheduler/records.ts';
import {
  ago,
  asked,
  boots,
  minute,
  now,
  planOf,
  type Row,
  ready,
  runs,
  second,
  told,
  waits,
} from './scene.ts';

describe('need is counted per scope', () => {
  it.each<Row>([
    ['nothing waits, nothing happens', {}, []],
    [
      'waiting jobs get a builder each, in one launch',
      { jobs: [waits('j1', 'color'), waits('j2', 'color')] },
      ['launch gpu-2: 2 on rung 0 for color/j1 color/j2'],
    ],
    [
      'an idle builder covers one job of its scope',
      { jobs: [waits('j1', 'color'), waits('j2', 'color')], builders: [ready('b1', 'color')] },
      ['launch gpu-2: 1 on rung 0 for color/j2'],
    ],
    [
      'an idle builder covers nothing in another scope, and is too many in its own',
      { jobs: [waits('j1', 'color')], builders: [ready('b1', 'volume')] },
      ['launch gpu-2: 1 on rung 0 for color/j1', 'retire b1: its scope has more builders than jobs'],
    ],
    [
      'a builder that is being registered covers a job already',
      {
        jobs: [waits('j1', 'color')],
        builders: [ready('b1', 'color', { phase: 'claimed', readyAt: undefined })],
      },
      [],
    ],
    [
      'a booting builder is free for any scope, and keeps its own while that lacks one',
      {
        jobs: [waits('j1', 'color'), waits('j2', 'volume')],
        builders: [boots('b1', { scope: 'volume', job: 'j2' })],
      },
      ['launch gpu-2: 1 on rung 0 for color/j1'],
    ],
    [
      'machines of an unanswered launch are on their way',
      { jobs: [waits('j1', 'color'), waits('j2', 'color')], launches: [asked(2, 2)] },
      [],
    ],
    [
      'of an unanswered launch only those without a record are still on their way',
      {
        jobs: [waits('j1', 'color'), waits('j2', 'color'), waits('j3', 'color')],
        launches: [asked(2, 2)],
        builders: [boots('b1', { launch: 'gpu-2', scope: 'color', job: 'j1' })],
      },
      ['launch gpu-3: 1 on rung 0 for color/j2'],
    ],
    [
      'a running job needs nothing, and its builder covers nobody else',
      { jobs: [runs('j1', 'color', 'r-b1'), waits('j2', 'color')], builders: [ready('b1', 'color')] },
      ['launch gpu-2: 1 on rung 0 for color/j2'],
    ],
    [
      'a builder that a foreign job has taken covers nobody',
      {
        jobs: [waits('j1', 'color')],
        builders: [ready('b1', 'color', { foreign: { job: '9', repository: 'film/x' } })],
      },
      ['launch gpu-2: 1 on rung 0 for color/j1'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

describe('the planner deals the scopes', () => {
  it.each<Row>([
    [
      'a booting builder whose scope needs it no more is dealt the next',
      { jobs: [waits('j1', 'color')], builders: [boots('b1', { scope: 'volume', job: 'j9' })] },
      ['deal b1 color/j1'],
    ],
    [
      'a booting builder keeps its scope and gets the job of it that still waits',
      { jobs: [waits('j2', 'color')], builders: [boots('b1', { scope: 'color', job: 'j1' })] },
      ['deal b1 color/j2'],
    ],
    [
      'a booting builder keeps its scope though another has waited longer',
      {
        jobs: [waits('j1', 'volume', { queuedAt: ago(9 * minute) }), waits('j2', 'color')],
        builders: [boots('b1', { scope: 'color', job: 'j9' })],
      },
      ['deal b1 color/j2', 'launch gpu-2: 1 on rung 0 for volume/j1'],
    ],
    [
      'booting builders keep their own jobs while these wait: a new deal is a write',
      {
        jobs: [waits('j1', 'color'), waits('j2', 'color')],
        builders: [boots('b1', { scope: 'color', job: 'j2' }), boots('b2', { scope: 'color', job: 'j1' })],
      },
      [],
    ],
    [
      'a booting builder that nobody needs is left to boot, without a scope',
      { builders: [boots('b1', { scope: 'color', job: 'j1' })] },
      ['deal b1 nothing'],
    ],
    [
      'who asked first is served first',
      {
        jobs: [waits('j1', 'color')],
        builders: [boots('b1'), boots('b2', { askedAt: ago(second), heardAt: ago(second) })],
      },
      ['deal b2 color/j1'],
    ],
    [
      'one that has been dealt right is not dealt again',
      { jobs: [waits('j1', 'color')], builders: [boots('b1', { scope: 'color', job: 'j1' })] },
      [],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

const paidBy = (project: string, ...jobs: string[]): Partial<Launch> => ({
  usdPerHour: 1,
  deal: jobs.map((job) => ({ scope: project, job, project })),
});

describe('machines on their way that a project pays for', () => {
  const [c1, c2, v1] = [waits('c1', 'color'), waits('c2', 'color'), waits('v1', 'volume')];

  it.each<Row>([
    [
      'cover jobs of that project only',
      { jobs: [c1, v1], launches: [asked(2, 1, paidBy('color', 'c1'))] },
      ['launch gpu-3: 1 on rung 0 for volume/v1'],
    ],
    [
      'cover nobody when no job of it is left',
      { jobs: [v1], launches: [asked(2, 3, paidBy('color', 'x1', 'x2', 'x3'))] },
      ['launch gpu-3: 1 on rung 0 for volume/v1'],
    ],
    [
      'cover another job of it when theirs is gone',
      { jobs: [c2, v1], launches: [asked(2, 1, paidBy('color', 'c1'))] },
      ['launch gpu-3: 1 on rung 0 for volume/v1'],
    ],
    [
      'are those without a record',
      {
        jobs: [c1, c2, v1],
        launches: [asked(2, 2, paidBy('color', 'c1', 'c2'))],
        builders: [boots('b1', { launch: 'gpu-2', scope: 'color', job: 'c1', project: 'color' })],
      },
      ['launch gpu-3: 1 on rung 0 for volume/v1'],
    ],
    [
      'leave those that cost nothing to anybody',
      {
        jobs: [c1, v1],
        launches: [asked(2, 1, paidBy('color', 'c1')), asked(3, 1)],
      },
      [],
    ],
    [
      'take room though they serve nobody here',
      { jobs: [v1], maximum: 3, launches: [asked(2, 3, paidBy('color', 'x1', 'x2', 'x3'))] },
      ['no room for v1'],
    ],
  ])('%s', (_, scene, says) => expect(told(planOf(scene))).toEqual(says));
});

const jobs = (n: number): Row[1]['jobs'] =>
  Array.from({ length: n }, (_, index) => waits(`j${1000 + index}`, 'color'));

describe('a launch', () => {
  it('takes the number after the highest that the read has seen', () => {
    const { launch } = planOf({
      jobs: jobs(1),
      launches: [asked(7, 1, { phase: 'answered' })],
      pool: { lastLaunch: 4 },
    });
    expect(launch?.id).toBe('gpu-8');
    expect(planOf({ jobs: jobs(1), pool: { lastLaunch: 12 } }).launch?.id).toBe('gpu-13');
  });

  it.each([
    ['asks for no more than the pool may have', { jobs: jobs(5), maximum: 3 }, 3],
    ['counts what stops until it is gone', { jobs: jobs(5), maximum: 3, builders: [stopping('b1')] }, 2],
    ['counts no builder that is gone', { jobs: jobs(5), maximum: 3, builders: [gone('b1')] }, 3],
    ['counts what is on its way', { jobs: jobs(5), maximum: 3, launches: [asked(2, 2)] }, 1],
    ['asks for no more than GitHub will register in two minutes', { jobs: jobs(400), maximum: 1000 }, 300],
    [
      'leaves room for the registrations of those that boot',
      { jobs: jobs(400), maximum: 1000, builders: [boots('b1')], launches: [asked(2, 49)] },
      250,
    ],
    ['asks for nothing once the pool is full', { jobs: jobs(2), maximum: 1, launches: [asked(2, 1)] }, 0],
    ['asks for nothing in a pool that left the configuration', { jobs: jobs(2), maximum: 0, rungs: 0 }, 0],
  ])('%s', (_, scene, n) => expect(planOf(scene).launch?.n ?? 0).toBe(n));

  it('says who must wait for room', () => {
    const says = told(planOf({ jobs: [waits('j1', 'color'), waits('j2', 'color')], maximum: 1 }));
    expect(says).toEqual(['launch gpu-2: 1 on rung 0 for color/j1', 'no room for j2']);
  });
});

const stopping = (id: string) => boots(id, { phase: 'stopping', stoppingAt: ago(second) });
const gone = (id: string) => boots(id, { phase: 'gone', endedAt: ago(second) });

describe('a launch without an answer', () => {
  it.each<[string, number, string[]]>([
    ['is left alone while an overlapping pass may still ask', 2 * second, []],
    ['is asked again, as it was', 3 * second, ['ask gpu-2 again']],
    ['is asked until a minute before its token ends', 29 * minute, ['ask gpu-2 again']],
    ['is not asked when its token may have ended', 29 * minute + 1, []],
    ['is closed three minutes after its token', 33 * minute + 1, ['close gpu-2']],
  ])('%s', (_, age, says) => {
    expect(told(planOf({ launches: [asked(2, 1, { askedAt: now - age })] }))).toEqual(says);
  });

  it('is let be once it was answered or closed', () => {
    const old = { askedAt: ago(60 * minute) };
    const launches = [asked(2, 1, { ...old, phase: 'answered' }), asked(3, 1, { ...old, phase: 'closed' })];
    expect(told(planOf({ launches }))).toEqual([]);
  });
});
