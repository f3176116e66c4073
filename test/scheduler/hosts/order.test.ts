// Golden tables of the keeper: who goes first where several jobs want the same host.
import { describe, expect, it } from 'vitest';
import { ago, asked, minute } from '../scene.ts';
import {
  doneMac,
  freeMac,
  host,
  hour,
  keeps,
  type MacRow,
  macPlanOf,
  readyMac,
  runsOn,
  toldOfHosts,
  waits,
} from './host-scene.ts';

const check = (_: string, scene: MacRow[1], says: string[]): void =>
  expect(toldOfHosts(macPlanOf(scene))).toEqual(says);

/** A job of another repository waits for longer than one of this. */
const waiting = (minutes: number) => [
  waits('j1', 'volume', { queuedAt: ago(minutes * minute) }),
  waits('j2', 'color'),
];
/** The launch of number 100, of which nothing is known yet. */
const launchOn = (on: string, job: string, project: string) =>
  asked(100, 1, { host: on, deal: [{ scope: project, job, project }] });
const full = keeps({ maximum: 1 });
const reset = { reset: { askedAt: ago(5 * minute) }, bound: 'film/color' };

describe('a host that may be reset', () => {
  it.each<MacRow>([
    [
      'serves a younger job of its repository first: it would be cleaned for hours',
      { jobs: waiting(50), hosts: [host(10)], builders: [doneMac('m1', 10, 'color', reset)], keeping: full },
      ['no room for j1', 'look at the reset of m1', 'j2 waits 10 min for gpu-10'],
    ],
    [
      'but not when the other one has waited too long',
      { jobs: waiting(61), hosts: [host(10)], builders: [doneMac('m1', 10, 'color', reset)], keeping: full },
      ['stop m1: a job waits that needs a clean machine', 'no room for j1', 'no room for j2'],
    ],
    [
      'serves the job of its repository that has waited too long itself',
      {
        jobs: [waits('j1', 'volume'), waits('j2', 'color', { queuedAt: ago(2 * hour) })],
        hosts: [host(10)],
        builders: [doneMac('m1', 10, 'color', reset)],
        keeping: full,
      },
      ['no room for j1', 'look at the reset of m1', 'j2 waits 10 min for gpu-10'],
    ],
    [
      'takes one such job, then it is the turn of the others',
      {
        jobs: [...waiting(50), waits('j3', 'color')],
        hosts: [host(10)],
        builders: [doneMac('m1', 10, 'color', reset)],
        keeping: keeps({ maximum: 2 }),
      },
      [
        'allocate gpu-100 for j1, paid for 1470 min',
        'look at the reset of m1',
        'j2 waits 10 min for gpu-10',
        'j3 waits 55 min for gpu-10',
      ],
    ],
    [
      'leaves a clean one to whose turn it is',
      {
        jobs: waiting(50),
        hosts: [host(10), host(11)],
        builders: [doneMac('m1', 10, 'color', reset)],
        keeping: keeps({ maximum: 2 }),
      },
      [
        'launch gpu-100: 1 on rung 0 for volume/j1',
        'on gpu-11, paid for 110 min',
        'look at the reset of m1',
        'j2 waits 10 min for gpu-10',
      ],
    ],
  ])('%s', check);
});

describe('the number of a pass', () => {
  it.each<MacRow>([
    [
      'is that of a launch, where there is one: the host has its turn with the next pass',
      {
        jobs: [waits('j1', 'color'), waits('j2', 'volume')],
        hosts: [host(10)],
        keeping: keeps({ waitMs: 0 }),
      },
      ['launch gpu-100: 1 on rung 0 for color/j1', 'on gpu-10, paid for 110 min', 'again'],
    ],
    [
      'is then that of the host, for all who have read so: one of them can write it',
      {
        jobs: [waits('j1', 'color'), waits('j2', 'volume')],
        hosts: [host(10)],
        launches: [launchOn('gpu-10', 'j1', 'color')],
        keeping: keeps({ waitMs: 0 }),
      },
      ['allocate gpu-101 for j2, paid for 1470 min'],
    ],
    [
      'comes after those of hosts, of launches, and of the pool',
      { jobs: [waits('j1', 'color')], hosts: [host(300, { state: 'permanent-failure' })] },
      ['allocate gpu-301 for j1, paid for 1470 min'],
    ],
    [
      'is not led astray by a host with an id of its own',
      {
        jobs: [waits('j1', 'color')],
        hosts: [{ ...host(9), id: 'gpu-found', state: 'permanent-failure' }],
      },
      ['allocate gpu-100 for j1, paid for 1470 min'],
    ],
  ])('%s', check);
});

describe('a host for one job', () => {
  const one = keeps({ paidDay: 'one-job', waitMs: 0 });
  const served = [
    { runner: 'r1', job: 'j0', repository: 'film/color', startedAt: ago(hour), endedAt: ago(minute) },
  ];
  it.each<MacRow>([
    [
      'takes its first',
      { jobs: [waits('j1', 'color')], hosts: [host(10)], keeping: one },
      ['launch gpu-100: 1 on rung 0 for color/j1', 'on gpu-10, paid for 110 min'],
    ],
    [
      'takes no second, clean as it may be',
      { jobs: [waits('j1', 'color')], hosts: [host(10, { served })], keeping: one },
      ['allocate gpu-100 for j1, paid for 1470 min'],
    ],
    [
      'takes no second while its first runs',
      {
        jobs: [runsOn('j0', 'color', 'm1', 20), waits('j1', 'color')],
        hosts: [host(10)],
        builders: [readyMac('m1', 10, 'color', { startedAt: ago(20 * minute) })],
        keeping: { ...one, maximum: 1 },
      },
      ['no room for j1'],
    ],
  ])('%s', check);
});

describe('a pool that has no Macs any more', () => {
  it('calls builders by its ladder, and ends what it has', () => {
    const scene = {
      jobs: [waits('j1', 'color')],
      hosts: [host(10)],
      builders: [freeMac('m1', 10, 'film/color', { scope: 'color', job: 'j1' })],
      keeping: undefined,
    };
    expect(toldOfHosts(macPlanOf(scene))).toEqual([
      'launch gpu-100: 1 on rung 0 for color/j1',
      'stop m1: its pool keeps no such host any more',
    ]);
  });
});
