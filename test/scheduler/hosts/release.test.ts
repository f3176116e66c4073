// Golden tables of the keeper: hosts that are asked for, that have served jobs, and that are released.
import { describe, expect, it } from 'vitest';
import { ago, asked, ended, minute, now, second } from '../scene.ts';
import {
  doneMac,
  host,
  hour,
  keeps,
  leaves,
  type MacRow,
  macPlanOf,
  pastDay,
  readyMac,
  toldOfHosts,
  waits,
} from './host-scene.ts';

const check = (_: string, scene: MacRow[1], says: string[]): void =>
  expect(toldOfHosts(macPlanOf(scene))).toEqual(says);

describe('a host is released', () => {
  it.each<MacRow>([
    ['when its day and the margin are over', { hosts: [pastDay(10, 0)] }, ['release gpu-10']],
    ['and not a moment before', { hosts: [pastDay(10, -1)] }, []],
    ['not before the cloud allows it', { hosts: [pastDay(10, hour, { notBefore: now + 1 })] }, []],
    ['and then it is', { hosts: [pastDay(10, hour, { notBefore: now })] }, ['release gpu-10']],
    [
      'not while a machine is on it',
      { hosts: [pastDay(10, 0)], builders: [readyMac('m1', 10, 'color', { startedAt: now })] },
      [],
    ],
    ['not while the cloud shows one', { hosts: [pastDay(10, 0, { instances: ['i-1'] })] }, []],
    [
      'not while one may start',
      { hosts: [pastDay(10, 0)], launches: [asked(20, 1, { host: 'gpu-10' })] },
      [],
    ],
    ['not while it cleans itself', { hosts: [pastDay(10, 0, { state: 'pending' })] }, []],
    [
      'not before it is known since when it is paid',
      { hosts: [pastDay(10, 0, { allocatedAt: undefined })] },
      [],
    ],
    [
      'not while a job wants it',
      { jobs: [waits('j1', 'color')], hosts: [pastDay(10, 0)] },
      ['launch gpu-100: 1 on rung 0 for color/j1', 'on gpu-10, paid for 110 min'],
    ],
    [
      'though a job waits, if its rung is closed',
      {
        jobs: [waits('j1', 'color')],
        hosts: [pastDay(10, 0)],
        pool: { closedRungs: { 0: { until: now + 1, times: 1, why: '' } } },
      },
      ['no rung for j1', 'release gpu-10'],
    ],
    [
      'when it has failed, and its day is over',
      { hosts: [pastDay(10, 0, { state: 'permanent-failure' })] },
      ['release gpu-10'],
    ],
    ['not where hosts are kept', { hosts: [pastDay(10, 0)], keeping: keeps({ afterwards: 'keep' }) }, []],
    [
      'not there, as long as the next day can be paid',
      { hosts: [pastDay(10, 0, { reservedUntil: now })], keeping: keeps({ afterwards: 'keep' }) },
      ['pay gpu-10 for 1470 min'],
    ],
    [
      'when it cannot',
      {
        hosts: [pastDay(10, 0, { reservedUntil: now })],
        keeping: keeps({ afterwards: 'keep' }),
        money: leaves(1),
      },
      ['release gpu-10'],
    ],
    [
      'even there, when it has failed',
      { hosts: [pastDay(10, 0, { state: 'permanent-failure' })], keeping: keeps({ afterwards: 'keep' }) },
      ['release gpu-10'],
    ],
    [
      'where the pool has no Macs any more',
      { hosts: [pastDay(10, 0)], keeping: undefined },
      ['release gpu-10'],
    ],
    ['there in its time, too', { hosts: [host(10)], keeping: undefined }, []],
    [
      'again, when there was no answer',
      { hosts: [pastDay(10, hour, { phase: 'releasing', releasingAt: ago(61 * second) })] },
      ['release gpu-10'],
    ],
    [
      'but an answer is waited for',
      { hosts: [pastDay(10, hour, { phase: 'releasing', releasingAt: ago(59 * second) })] },
      [],
    ],
  ])('%s', check);
});

describe('a host that was asked for', () => {
  const since = (ms: number) => [
    host(10, { phase: 'asked', hostId: undefined, askedAt: ago(ms), allocatedAt: undefined }),
  ];
  it.each<MacRow>([
    ['is not asked for again at once', { hosts: since(2 * second) }, []],
    ['is asked for again when there is no answer', { hosts: since(3 * second) }, ['ask for gpu-10 again']],
    [
      'is asked for again within the life of its token',
      { hosts: since(29 * minute) },
      ['ask for gpu-10 again'],
    ],
    ['is not asked for beyond', { hosts: since(29 * minute + 1) }, []],
    ['is given up some minutes later', { hosts: since(33 * minute + 1) }, ['give up gpu-10']],
    [
      'is asked for again where the pool has no Macs any more',
      { hosts: since(minute), keeping: undefined },
      ['ask for gpu-10 again'],
    ],
  ])('%s', check);
});

describe('the jobs of a host', () => {
  const ran = {
    jobs: [{ ...ended('j0', 'color', 'r-m1', ago(minute)), startedAt: ago(11 * minute) }],
    builders: [doneMac('m1', 10, 'color')],
  };
  it('are written down once', () => {
    const [host0] = macPlanOf({ ...ran, hosts: [host(10)] }).hosts.served;
    const [job] = host0?.served ?? [];
    expect(job).toEqual({
      runner: 'r-m1',
      job: 'j0',
      repository: 'film/color',
      startedAt: ago(11 * minute),
      endedAt: ago(minute),
    });
    expect(macPlanOf({ ...ran, hosts: host0 ? [host0] : [] }).hosts.served).toEqual([]);
  });

  it('are fifty at most, the others a sum', () => {
    const served = Array.from({ length: 50 }, (_, n) => ({
      runner: `old-${n}`,
      job: `old-${n}`,
      repository: 'film/color',
      startedAt: ago((200 - n) * minute),
      endedAt: ago((195 - n) * minute),
    }));
    const [host0] = macPlanOf({ ...ran, hosts: [host(10, { served, earlier: { jobs: 2, ms: 7 } })] }).hosts
      .served;
    expect(host0?.served.map(({ runner }) => runner)).toEqual([
      ...served.slice(1).map(({ runner }) => runner),
      'r-m1',
    ]);
    expect(host0?.earlier).toEqual({ jobs: 3, ms: 5 * minute + 7 });
  });
});
