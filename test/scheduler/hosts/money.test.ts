// Golden tables of the keeper: what is paid before a host is asked for, or its machine has a job.
import { describe, expect, it } from 'vitest';
import { now } from '../scene.ts';
import {
  dayUsd,
  freeMac,
  host,
  keeps,
  leaves,
  type MacRow,
  macPlanOf,
  toldOfHosts,
  waits,
} from './host-scene.ts';

const waiting = [waits('j1', 'color')];
const launched = ['launch gpu-100: 1 on rung 0 for color/j1', 'on gpu-10, paid for 110 min'];
const allocated = 'allocate gpu-100 for j1, paid for 1470 min';

const check = (_: string, scene: MacRow[1], says: string[]): void =>
  expect(toldOfHosts(macPlanOf(scene))).toEqual(says);

describe('money', () => {
  it.each<MacRow>([
    ['for a day is needed for a new host', { jobs: waiting, money: leaves(dayUsd) }, [allocated]],
    [
      'that is not left holds the job',
      { jobs: waiting, money: leaves(dayUsd - 0.01) },
      ['hold j1: daily-limit installation'],
    ],
    [
      'may be left for a cheaper one',
      {
        jobs: waiting,
        money: leaves(dayUsd),
        keeping: keeps({
          offers: [
            { offering: 'dear', usdPerHour: 1 },
            { offering: 'cheap', usdPerHour: 0.65 },
          ],
        }),
      },
      [allocated],
    ],
    [
      'is needed for a machine beyond what is reserved for its host',
      { jobs: waiting, hosts: [host(10, { reservedUntil: now })], money: leaves(1) },
      ['hold j1: daily-limit installation'],
    ],
    [
      'that suffices is taken',
      { jobs: waiting, hosts: [host(10, { reservedUntil: now })], money: leaves(1.2) },
      launched,
    ],
    [
      'is that of the project which pays for the host',
      {
        jobs: [waits('j1', 'volume')],
        hosts: [host(10, { reservedUntil: now })],
        money: leaves(100, { color: 0 }),
        keeping: keeps({ maximum: 1 }),
      },
      ['hold j1: daily-limit project'],
    ],
    [
      'is needed for a deal, too, and taken first',
      {
        jobs: waiting,
        hosts: [host(10, { reservedUntil: now })],
        builders: [freeMac('m1', 10, 'film/color')],
        money: leaves(1.2),
      },
      ['deal m1 color/j1', 'pay gpu-10 for 110 min'],
    ],
    [
      'that is not left leaves the machine as it is',
      {
        jobs: waiting,
        hosts: [host(10, { reservedUntil: now })],
        builders: [freeMac('m1', 10, 'film/color')],
        money: leaves(1),
      },
      ['hold j1: daily-limit installation'],
    ],
  ])('%s', check);
});
