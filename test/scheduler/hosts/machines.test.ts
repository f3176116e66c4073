// Golden tables of the keeper: machines between two jobs, that are reset, left as they are, or ended.
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../shared/scheduler/records.ts';
import { ago, ended, limits, minute, now, second } from '../scene.ts';
import {
  doneMac,
  freeMac,
  host,
  hour,
  keeps,
  leaves,
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

/** The job that the machine m1 has done, and its host. */
const done = (more: Partial<Job> = {}): Job => ({ ...ended('j0', 'color', 'r-m1', ago(second)), ...more });
const after = { jobs: [done()], hosts: [host(10)], builders: [doneMac('m1', 10, 'color')] };
const reset = 'reset m1 for film/color';
const noOther = 'stop m1: its disk is for no other job';
const otherWaits = 'stop m1: a job waits that needs a clean machine';
const dayIsOver = "stop m1: its host's paid day is over";

describe('after its job a machine', () => {
  it.each<MacRow>([
    ['is reset at once, though nobody waits', after, [reset]],
    [
      'is reset for the next job of its repository',
      { ...after, jobs: [done(), waits('j1', 'color')] },
      [reset, 'j1 waits 15 min for gpu-10'],
    ],
    [
      'is ended if its host is the first that can serve another repository',
      { ...after, jobs: [done(), waits('j1', 'volume')], keeping: keeps({ maximum: 1 }) },
      [otherWaits, 'no room for j1'],
    ],
    [
      'is reset, and another host asked for, where that is worth its price',
      { ...after, jobs: [done(), waits('j1', 'volume')] },
      ['allocate gpu-100 for j1, paid for 1470 min', reset],
    ],
    ['is ended after an untrusted job', { ...after, forks: ['j0'] }, [noOther]],
    [
      'is ended though an untrusted job of its repository waits',
      { ...after, jobs: [done(), waits('j1', 'color')], forks: ['j1'], keeping: keeps({ maximum: 1 }) },
      [otherWaits, 'no room for j1'],
    ],
    [
      'is ended if a job of a stranger ran there',
      { ...after, builders: [doneMac('m1', 10, 'color', { foreign: { job: 'x', repository: 'a/b' } })] },
      [noOther],
    ],
    [
      'is ended if it was bound to another repository',
      { ...after, builders: [doneMac('m1', 10, 'color', { bound: 'film/volume', turn: 2 })] },
      [noOther],
    ],
    [
      'is ended if two repositories have jobs that name its runner',
      { ...after, jobs: [done(), { ...ended('j9', 'volume', 'r-m1', ago(minute)) }] },
      [noOther],
    ],
    [
      'is ended if its hook spoke of another run',
      { ...after, builders: [doneMac('m1', 10, 'color', { run: 'run-j7' })] },
      [noOther],
    ],
    [
      'is ended where the configuration says so',
      { ...after, keeping: keeps({ mayReset: () => false }) },
      [noOther],
    ],
    ['is ended where a host serves one job', { ...after, keeping: keeps({ paidDay: 'one-job' }) }, [noOther]],
    ['is ended where nobody is waited for', { ...after, keeping: keeps({ stayMs: 0 }) }, [dayIsOver]],
    ['waits a little for word of whose job it was', { ...after, jobs: [] }, []],
    ['and of what may be trusted', { ...after, unknown: ['j0'] }, []],
    [
      'but not longer than the wrap clock',
      {
        ...after,
        jobs: [],
        builders: [doneMac('m1', 10, 'color', { finishedAt: ago(limits.wrapMs + 1) })],
      },
      [noOther],
    ],
    [
      'is ended if its reset would outlast the paid day for nobody',
      { ...after, hosts: [host(10, { allocatedAt: ago(24 * hour - 15 * minute) })] },
      [dayIsOver],
    ],
    [
      'is reset after the paid day if somebody waits for it',
      { ...after, jobs: [done(), waits('j1', 'color')], hosts: [pastDay(10, hour)] },
      [reset, 'j1 waits 15 min for gpu-10'],
    ],
    [
      'is ended if there is no money for its reset',
      { ...after, hosts: [host(10, { reservedUntil: now })], money: leaves(0.5) },
      ['stop m1: no money is left for its reset'],
    ],
    [
      'is ended if its host has failed',
      { ...after, hosts: [host(10, { state: 'permanent-failure' })] },
      ['stop m1: its host has failed'],
    ],
    [
      'is ended where the pool has no Macs any more',
      { ...after, keeping: undefined },
      ['stop m1: its pool keeps no such host any more'],
    ],
    [
      'is ended at the wrap clock, if its agent is silent',
      {
        ...after,
        jobs: [done({ endedAt: ago(51 * second) })],
        builders: [readyMac('m1', 10, 'color', { startedAt: ago(hour) })],
      },
      ['stop m1: its job has ended'],
    ],
  ])('%s', check);
});

describe('a reset', () => {
  const since = (ms: number) => [
    doneMac('m1', 10, 'color', { reset: { askedAt: ago(ms) }, bound: 'film/color' }),
  ];
  it.each<MacRow>([
    [
      'is looked at in each pass',
      { hosts: [host(10)], builders: since(minute) },
      ['look at the reset of m1'],
    ],
    [
      'is given up after half an hour',
      { hosts: [host(10)], builders: since(30 * minute + 1) },
      ['stop m1: its reset took too long'],
    ],
    [
      'is given up for another repository, if this host is the first that can serve it',
      {
        jobs: [waits('j1', 'volume')],
        hosts: [host(10)],
        builders: since(minute),
        keeping: keeps({ maximum: 1 }),
      },
      ['stop m1: a job waits that needs a clean machine', 'no room for j1'],
    ],
    [
      'is given up when the day ends and nobody waits',
      { hosts: [pastDay(10, 0)], builders: since(minute) },
      [dayIsOver],
    ],
    [
      'goes on then for a job of its repository',
      { jobs: [waits('j1', 'color')], hosts: [pastDay(10, 0)], builders: since(minute) },
      ['look at the reset of m1', 'j1 waits 14 min for gpu-10'],
    ],
  ])('%s', check);
});

describe('a machine that waits for jobs', () => {
  const idle = { hosts: [host(10)], builders: [freeMac('m1', 10, 'film/color')] };
  const late = [freeMac('m1', 10, 'film/color', { turnAt: ago(hour) })];
  it.each<MacRow>([
    ['stays', idle, []],
    ['stays for as long as the configuration says', { ...idle, builders: late }, ['stop m1: no job came']],
    [
      'is dealt a job in the very last moment',
      { ...idle, builders: late, jobs: [waits('j1', 'color')] },
      ['deal m1 color/j1'],
    ],
    ['stays while it boots in vain', { ...idle, builders: [mac('m1', 10)] }, []],
    [
      'is no help for an untrusted job of its repository',
      { ...idle, jobs: [waits('j1', 'color')], forks: ['j1'] },
      ['allocate gpu-100 for j1, paid for 1470 min'],
    ],
    [
      'is ended at once for another repository, if its host is the first that can serve it',
      { ...idle, jobs: [waits('j1', 'volume')], keeping: keeps({ maximum: 1 }) },
      ['stop m1: a job waits that needs a clean machine', 'no room for j1'],
    ],
    [
      'stays, if another host is free sooner',
      {
        jobs: [runsOn('j0', 'volume', 'm2', 20), waits('j1', 'volume')],
        hosts: [host(10), host(11)],
        builders: [...idle.builders, readyMac('m2', 11, 'volume', { startedAt: ago(20 * minute) })],
      },
      ['j1 waits 25 min for gpu-11'],
    ],
    ['is ended when the day is over', { ...idle, hosts: [pastDay(10, 0)] }, [dayIsOver]],
    [
      'stays then where hosts are kept',
      { ...idle, hosts: [pastDay(10, 0)], keeping: keeps({ afterwards: 'keep' }) },
      [],
    ],
    [
      'is ended where the pool has no Macs any more',
      { ...idle, keeping: undefined },
      ['stop m1: its pool keeps no such host any more'],
    ],
    [
      'may be as old as its host',
      {
        ...idle,
        builders: [
          freeMac('m1', 10, 'film/color', { launchedAt: ago(20 * hour), askedAt: ago(50 * minute) }),
        ],
      },
      [],
    ],
    [
      'is ended when it falls silent',
      {
        ...idle,
        builders: [
          freeMac('m1', 10, 'film/color', { heardAt: ago(3 * minute + 1), askedAt: ago(10 * minute) }),
        ],
      },
      ['stop m1: it fell silent before it got work'],
    ],
    [
      'is ended when it does not come back from its reset',
      {
        ...idle,
        builders: [freeMac('m1', 10, 'film/color', { askedAt: undefined, turnAt: ago(10 * minute + 1) })],
      },
      ['stop m1: it never claimed work'],
    ],
    [
      'is ended when it works beyond the limits of a job',
      {
        hosts: [host(10)],
        jobs: [runsOn('j0', 'color', 'm1', 69)],
        builders: [
          readyMac('m1', 10, 'color', { claimedAt: ago(70 * minute + 1), startedAt: ago(69 * minute) }),
        ],
      },
      ["stop m1: the pool's time limit"],
    ],
  ])('%s', check);
});
