// Golden tables of the keeper: hosts that are of no use now, and how long jobs count on them.
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../shared/scheduler/host-records.ts';
import { counts } from '../../../shared/scheduler/limits.ts';
import { ago, asked, boots, ended, limits, minute, now, planOf, type stateOf, told } from '../scene.ts';
import {
  doneMac,
  freeMac,
  host,
  hour,
  keeps,
  type MacRow,
  mac,
  macPlanOf,
  pastDay,
  readyMac,
  runsOn,
  toldOfHosts,
  waits,
} from './host-scene.ts';

const check = (_: string, scene: MacRow[1], says: string[]): void =>
  expect(toldOfHosts(macPlanOf(scene))).toEqual(says);

const waiting = [waits('j1', 'color')];
const one = keeps({ maximum: 1 });
const allocated = 'allocate gpu-100 for j1, paid for 1470 min';
const launchedOn = (id: string) => ['launch gpu-100: 1 on rung 0 for color/j1', `on ${id}, paid for 110 min`];

describe('a host that the pool does not ask for any more', () => {
  const old = { offering: 'us-east-1/on-demand/mac2.metal/us-east-1f' };
  const useless = 'stop m1: its pool keeps no such host any more';
  it.each<MacRow>([
    ['gets no machine: another one is asked for', { jobs: waiting, hosts: [host(10, old)] }, [allocated]],
    [
      'counts as long as it is held',
      { jobs: waiting, hosts: [host(10, old)], keeping: one },
      ['no room for j1'],
    ],
    [
      'leaves the jobs to one that fits',
      { jobs: waiting, hosts: [pastDay(10, -hour, old), host(11)] },
      launchedOn('gpu-11'),
    ],
    [
      'lets its job end',
      {
        jobs: [runsOn('j0', 'color', 'm1', 20)],
        hosts: [host(10, old)],
        builders: [readyMac('m1', 10, 'color', { startedAt: ago(20 * minute) })],
      },
      [],
    ],
    [
      'has its machine ended then, not reset',
      {
        jobs: [ended('j0', 'color', 'r-m1', minute)],
        hosts: [host(10, old)],
        builders: [doneMac('m1', 10, 'color')],
      },
      [useless],
    ],
    [
      'has an idle one ended',
      { hosts: [host(10, old)], builders: [freeMac('m1', 10, 'film/color')] },
      [useless],
    ],
    [
      'but one that a job can have is not wasted',
      { jobs: waiting, hosts: [host(10, old)], builders: [freeMac('m1', 10, 'film/color')] },
      ['deal m1 color/j1'],
    ],
    [
      'is released in time, though a job waits',
      { jobs: waiting, hosts: [pastDay(10, 0, old)], keeping: one },
      ['no room for j1', 'release gpu-10'],
    ],
    [
      'even where hosts are kept',
      { hosts: [pastDay(10, 0, old)], keeping: keeps({ afterwards: 'keep' }) },
      ['release gpu-10'],
    ],
  ])('%s', check);
});

describe('a host that cleans itself for longer than is usual', () => {
  const overdue = (minutes: number, queued: number): MacRow[1] => ({
    jobs: [waits('j1', 'color', { queuedAt: ago(queued * minute) })],
    hosts: [host(10, { state: 'pending', stateSince: ago(limits.usualScrubMs + minutes * minute) })],
    builders: [mac('m1', 10, { phase: 'gone', endedAt: ago(3 * hour) })],
  });
  it.each<MacRow>([
    ['is expected the moment it is due', overdue(0, 40), ['j1 waits 12 min for gpu-10']],
    ['is expected later the longer it lasts', overdue(5, 40), ['j1 waits 17 min for gpu-10']],
    ['until another one is worth its price', overdue(9, 40), [allocated]],
    ['for a new job, too, in the end', overdue(49, 0), [allocated]],
  ])('%s', check);
});

describe('a host that refuses machines', () => {
  const rests = (times: number, minutes: number): Partial<Host> => ({
    rests: times,
    restsUntil: now + minutes * minute,
  });
  const long = rests(counts.refusalsInVain, 30);
  const kept = keeps({ afterwards: 'keep', maximum: 1 });
  it.each<MacRow>([
    ['is waited for', { jobs: waiting, hosts: [host(10, rests(4, 30))] }, ['j1 waits 42 min for gpu-10']],
    ['but not after an hour of refusals', { jobs: waiting, hosts: [host(10, long)] }, [allocated]],
    ['is held nevertheless', { jobs: waiting, hosts: [host(10, long)], keeping: one }, ['no room for j1']],
    [
      'is tried again',
      { jobs: waiting, hosts: [host(10, rests(9, -1))], keeping: one },
      launchedOn('gpu-10'),
    ],
    [
      'but first one that has refused less',
      { jobs: waiting, hosts: [host(10, rests(1, -1)), pastDay(11, -hour)] },
      launchedOn('gpu-11'),
    ],
    [
      'is waited for beyond its day, for less than a new one costs',
      { jobs: waiting, hosts: [pastDay(10, 0, rests(4, 30))], keeping: one },
      ['j1 waits 42 min for gpu-10'],
    ],
    [
      'but not after an hour of refusals: it is released',
      { jobs: waiting, hosts: [pastDay(10, 0, long)], keeping: one },
      ['no room for j1', 'release gpu-10'],
    ],
    [
      'nor when it may not suit at all',
      { jobs: waiting, hosts: [pastDay(10, 0, rests(0, 60))], keeping: one },
      ['no room for j1', 'release gpu-10'],
    ],
    [
      'stays where hosts are kept',
      { jobs: waiting, hosts: [pastDay(10, 0, long)], keeping: kept },
      ['no room for j1'],
    ],
  ])('%s', check);
});

describe('a disk that a foreign job has had', () => {
  it('is no longer reset for anybody, once that is known', () => {
    const reset = { reset: { askedAt: ago(minute) }, bound: 'film/color' };
    const foreign = { foreign: { job: 'x', repository: 'a/b' } };
    const builders = [doneMac('m1', 10, 'color', { ...reset, ...foreign })];
    check('', { hosts: [host(10)], builders }, ['stop m1: its disk is for no other job']);
  });
});

describe('a host for a single job', () => {
  const keeping = keeps({ paidDay: 'one-job' });
  const gone = readyMac('m1', 10, 'color', { phase: 'gone', startedAt: ago(hour), endedAt: ago(minute) });
  const served = (scene: Parameters<typeof stateOf>[0]) => macPlanOf({ ...scene, keeping }).hosts.served;

  it('is used, as its machine says, though no job names the machine; also when that is forgotten', () => {
    const [used] = served({ hosts: [host(10)], builders: [gone] });
    expect(used).toMatchObject({ id: 'gpu-10', used: true, served: [] });
    check('', { jobs: waiting, hosts: used ? [used] : [], keeping }, [allocated]);
  });

  it('is so after a job that we know nothing of', () => {
    const foreign = { job: 'x', repository: 'a/b' };
    const builders = [{ ...gone, startedAt: undefined, foreign }];
    expect(served({ hosts: [host(10)], builders })).toMatchObject([{ used: true }]);
  });

  it('is so once: that is no news again', () => {
    expect(served({ hosts: [host(10, { used: true })], builders: [gone] })).toEqual([]);
  });

  it('is not when its machine never began a job', () => {
    expect(served({ hosts: [host(10)], builders: [{ ...gone, startedAt: undefined }] })).toEqual([]);
  });
});

describe('a machine that asks for work', () => {
  it('takes the job of one that still boots on another host', () => {
    const asks = mac('m1', 10, { askedAt: ago(minute), heardAt: now });
    const boots = mac('m2', 11, { scope: 'color', job: 'j1' });
    check('', { jobs: waiting, hosts: [host(10), host(11)], builders: [asks, boots] }, [
      'deal m1 color/j1',
      'deal m2 nothing',
    ]);
  });

  it('leaves it to that one where projects pay for machines, and boots are short', () => {
    const paidBy = (number: number, project: string) => {
      const deal = [{ scope: project, job: `j${number}`, project }];
      return asked(number, 1, { phase: 'answered', usdPerHour: 1, started: [`b${number}`], deal });
    };
    const builders = [
      boots('b1', { launch: 'gpu-1', project: 'color', askedAt: ago(minute), heardAt: now }),
      boots('b2', { launch: 'gpu-2', project: 'volume', scope: 'volume', job: 'j2' }),
    ];
    const launches = [paidBy(1, 'color'), paidBy(2, 'volume')];
    expect(told(planOf({ jobs: [waits('j2', 'volume')], launches, builders }))).toEqual([]);
  });
});
