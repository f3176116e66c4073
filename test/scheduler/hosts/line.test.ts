// Golden tables of the keeper: which job gets which host, and when another host is worth its price.
import { describe, expect, it } from 'vitest';
import { ago, asked, boots, minute, now } from '../scene.ts';
import {
  did,
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

const waiting = [waits('j1', 'color')];
const two = [...waiting, waits('j2', 'color')];
/** 10 minutes of boot, 5 to be picked up, 60 of job, 5 of grace, 30 of slack. */
const paid = 'paid for 110 min';
const launched = ['launch gpu-100: 1 on rung 0 for color/j1', `on gpu-10, ${paid}`];
const allocated = 'allocate gpu-100 for j1, paid for 1470 min';
const gone = mac('m1', 10, { phase: 'gone', endedAt: now });

const check = (_: string, scene: MacRow[1], says: string[]): void =>
  expect(toldOfHosts(macPlanOf(scene))).toEqual(says);

describe('a job that waits', () => {
  it.each<MacRow>([
    ['gets a host where there is none', { jobs: waiting }, [allocated]],
    ['gets a machine on a clean host at once', { jobs: waiting, hosts: [host(10)] }, launched],
    [
      'gets a clean host even if another one is reset for it soon',
      {
        jobs: waiting,
        hosts: [host(10), host(11)],
        builders: [doneMac('m1', 11, 'color', { reset: { askedAt: ago(14 * minute) }, bound: 'film/color' })],
      },
      [...launched, 'look at the reset of m1'],
    ],
    [
      'goes to the host that is paid for longest',
      {
        jobs: waiting,
        hosts: [pastDay(12, 0), host(11, { allocatedAt: ago(9 * hour) }), host(10)],
      },
      [...launched, 'release gpu-12'],
    ],
    [
      'is dealt a machine that waits for its repository',
      { jobs: waiting, hosts: [host(10)], builders: [freeMac('m1', 10, 'film/color')] },
      ['deal m1 color/j1'],
    ],
    [
      'is dealt a machine that boots for nobody',
      { jobs: waiting, hosts: [host(10)], builders: [mac('m1', 10)] },
      ['deal m1 color/j1'],
    ],
    [
      'waits for the machine of an unanswered launch',
      { jobs: waiting, hosts: [host(10), host(11)], launches: [asked(2, 1, { host: 'gpu-10' })] },
      [],
    ],
    [
      'waits for a host that was asked for',
      { jobs: waiting, hosts: [host(10, { phase: 'asked', hostId: undefined, askedAt: ago(1000) })] },
      [],
    ],
    [
      'waits for a host that was allocated just now',
      {
        jobs: waiting,
        hosts: [host(10, { state: 'pending', allocatedAt: ago(minute), askedAt: ago(minute) })],
      },
      [],
    ],
  ])('%s', check);
});

describe('a host is no place for a machine', () => {
  const busy = ['j1 waits 137 min for gpu-10'];
  it.each<MacRow>([
    [
      'while one is being stopped there',
      {
        jobs: waiting,
        hosts: [host(10)],
        builders: [mac('m1', 10, { phase: 'stopping', stoppingAt: now })],
        keeping: keeps({ waitMs: 3 * hour }),
      },
      busy,
    ],
    [
      'while the cloud shows one there that nobody knows',
      { jobs: waiting, hosts: [host(10, { instances: ['i-1'] })], keeping: keeps({ maximum: 1 }) },
      ['no room for j1'],
    ],
    [
      'until it was seen after the last one had ended',
      {
        jobs: waiting,
        hosts: [host(10, { seenAt: ago(1) })],
        builders: [gone],
        keeping: keeps({ maximum: 1 }),
      },
      ['no room for j1'],
    ],
    ['but then it is', { jobs: waiting, hosts: [host(10)], builders: [gone] }, launched],
    [
      'while it rests after it refused one',
      {
        jobs: waiting,
        hosts: [host(10, { restsUntil: now + 5 * minute, rests: 1 })],
      },
      ['j1 waits 17 min for gpu-10'],
    ],
    [
      'while it cleans itself',
      {
        jobs: waiting,
        hosts: [host(10, { state: 'pending', stateSince: ago(100 * minute) })],
        builders: [{ ...gone, endedAt: ago(2 * hour) }],
      },
      ['j1 waits 22 min for gpu-10'],
    ],
    [
      'when it has failed: another one is asked for, beyond the maximum',
      {
        jobs: waiting,
        hosts: [host(1, { state: 'permanent-failure' })],
        keeping: keeps({ maximum: 1 }),
      },
      [allocated],
    ],
    [
      'while the cloud looks into it',
      { jobs: waiting, hosts: [host(1, { state: 'under-assessment' })] },
      [allocated],
    ],
    [
      'while it is being released',
      { jobs: waiting, hosts: [pastDay(1, 0, { phase: 'releasing', releasingAt: now })] },
      [allocated],
    ],
  ])('%s', check);
});

describe('another host is asked for', () => {
  const busy = {
    hosts: [host(10)],
    builders: [readyMac('m1', 10, 'color', { startedAt: ago(20 * minute) })],
  };
  const working = runsOn('j0', 'color', 'm1', 20);
  it.each<MacRow>([
    [
      'not for a job whose repository gets the busy one soon: 10 minutes of job, 15 of reset',
      { ...busy, jobs: [working, ...waiting] },
      ['j1 waits 25 min for gpu-10'],
    ],
    [
      'nor where the jobs of the host are known to be short',
      { ...busy, hosts: [host(10, { served: [did('r1', 22)] })], jobs: [working, ...waiting] },
      ['j1 waits 17 min for gpu-10'],
    ],
    [
      'for a job of another repository: the host must clean itself first',
      { ...busy, jobs: [working, waits('j1', 'volume')] },
      ['allocate gpu-100 for j1, paid for 1470 min'],
    ],
    [
      'for a job that would have waited too long by then',
      { ...busy, jobs: [working, waits('j1', 'color', { queuedAt: ago(36 * minute) })] },
      ['allocate gpu-100 for j1, paid for 1470 min'],
    ],
    [
      'for the second job in line, if that comes too late',
      { ...busy, jobs: [working, ...waiting, waits('j2', 'color')] },
      ['allocate gpu-100 for j2, paid for 1470 min', 'j1 waits 25 min for gpu-10'],
    ],
    [
      'not beyond the maximum',
      { ...busy, jobs: [working, waits('j1', 'volume')], keeping: keeps({ maximum: 1 }) },
      ['no room for j1'],
    ],
    [
      'not where the cloud lacks all: then it waits for what is there',
      { ...busy, jobs: [working, waits('j1', 'volume')], keeping: keeps({ offers: [] }) },
      ['j1 waits 147 min for gpu-10'],
    ],
    [
      'and where nothing is there, for better times',
      { jobs: waiting, keeping: keeps({ offers: [] }) },
      ['no rung for j1'],
    ],
    [
      'not while the rung is closed',
      {
        jobs: waiting,
        hosts: [host(10)],
        pool: { closedRungs: { 0: { until: now + 1, times: 1, why: '' } } },
      },
      ['no rung for j1'],
    ],
    [
      'one in a pass, more in the next: each gets one where nobody may wait',
      { jobs: two, keeping: keeps({ waitMs: 0 }) },
      [allocated, 'again'],
    ],
    ['one machine in a pass, too', { jobs: two, hosts: [host(10), host(11)] }, [...launched, 'again']],
    [
      'even if nobody may wait: not where a new one would not be faster',
      {
        jobs: [waits('j1', 'color', { queuedAt: ago(hour) })],
        hosts: [host(10)],
        builders: [doneMac('m1', 10, 'color', { reset: { askedAt: ago(10 * minute) }, bound: 'film/color' })],
        keeping: keeps({ waitMs: 0 }),
      },
      ['look at the reset of m1', 'j1 waits 5 min for gpu-10'],
    ],
    [
      'for each job, where a host serves a single one',
      {
        jobs: [working, ...waiting],
        ...busy,
        keeping: keeps({ paidDay: 'one-job', waitMs: 10 * hour }),
      },
      ['allocate gpu-100 for j1, paid for 1470 min'],
    ],
  ])('%s', check);
});

describe('a machine without a host', () => {
  it('in a pool with hosts is dealt jobs as ever', () => {
    const scene = { jobs: waiting, builders: [boots('b1')] };
    expect(toldOfHosts(macPlanOf(scene))).toEqual(['deal b1 color/j1']);
  });
});
