// A day of a host, and a year of many, in virtual time: the planner in a toy world that may be unkind.
import { describe, expect, it } from 'vitest';
import { minute } from '../scene.ts';
import { live } from './live.ts';
import type { Faults, Order } from './world.ts';

const kind: Faults = {
  chance: () => 0.5,
  scrubMs: () => 60 * minute,
  resetMs: () => 12 * minute,
  ...{ early: 0, badReset: 0, badHost: 0, noHost: 0 },
};

describe('a day of a host', () => {
  it('is filled, and ends at the right minute', () => {
    const orders: Order[] = [
      { at: 0, id: 'a', project: 'color', minutes: 30 },
      { at: 20, id: 'b', project: 'color', minutes: 30 },
      { at: 120, id: 'c', project: 'color', minutes: 10 },
      { at: 400, id: 'd', project: 'volume', minutes: 10 },
      { at: 1400, id: 'e', project: 'volume', minutes: 45 },
    ];
    expect(live(orders, 40 * 60, {}, kind).log).toEqual([
      '01 00:00 gpu-2 is allocated for a',
      '01 00:01 m1 starts on gpu-2 for a',
      '01 00:10 a starts on m1, turn 1',
      '01 00:40 a ends',
      '01 00:40 m1 is reset for film/color',
      '01 00:54 b starts on m1, turn 2',
      '01 01:24 b ends',
      '01 01:24 m1 is reset for film/color',
      '01 02:01 c starts on m1, turn 3',
      '01 02:11 c ends',
      '01 02:11 m1 is reset for film/color',
      '01 03:23 m1 is stopped: no job came',
      '01 06:40 m2 starts on gpu-2 for d',
      '01 06:49 d starts on m2, turn 1',
      '01 06:59 d ends',
      '01 06:59 m2 is reset for film/volume',
      '01 08:11 m2 is stopped: no job came',
      '01 23:20 m3 starts on gpu-2 for e',
      '01 23:29 e starts on m3, turn 1',
      '02 00:14 e ends',
      "02 00:14 m3 is stopped: its host's paid day is over",
      '02 01:24 gpu-2 is released',
    ]);
  });

  it('of which nobody needs the rest is over at the minute', () => {
    const orders: Order[] = [{ at: 0, id: 'a', project: 'color', minutes: 30 }];
    expect(live(orders, 40 * 60, {}, kind).log.at(-1)).toBe('02 00:01 gpu-2 is released');
  });
});

/** Numbers that look like chance, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Jobs of four repositories, now and then in bursts; strangers' jobs are untrusted. */
function someOrders(chance: () => number, minutes: number, apart: number): Order[] {
  const orders: Order[] = [];
  const projects = ['color', 'color', 'volume', 'shading', 'strangers'];
  for (let at = 0; at < minutes; at += 2 * Math.ceil(chance() * apart)) {
    const project = projects[Math.floor(chance() * projects.length)] ?? 'color';
    const burst = chance() < 0.2 ? Math.ceil(chance() * 5) : 1;
    for (let n = 0; n < burst; n += 1) {
      const id = `j${orders.length}`;
      orders.push({ at, id, project, minutes: Math.ceil(chance() * 50), isTrusted: project !== 'strangers' });
    }
  }
  return orders;
}

describe('a year in an unkind world', () => {
  const weeks = Array.from({ length: 52 }, (_, seed) => seed);
  const week = 7 * 24 * 60;

  it.each(weeks)('keeps every rule in week %i, and serves every job', (seed) => {
    const chance = numbers(seed);
    const maximum = 1 + (seed % 4);
    const orders = someOrders(chance, week, (300 + 60 * (seed % 10)) / maximum);
    const unkind: Faults = {
      chance,
      scrubMs: () => (10 + chance() * 260) * minute,
      resetMs: () => (8 + chance() * 26) * minute,
      ...{ early: 0.3, badReset: 0.1, badHost: 0.005, noHost: 0.2 },
    };
    const { log } = live(orders, week + 5 * 24 * 60, { maximum }, unkind, 2);
    const said = (end: string): number => log.filter((line) => line.endsWith(end)).length;
    expect(said(' ends')).toBe(orders.length);
    expect(said('is released')).toBe(log.filter((line) => line.includes('is allocated')).length);
  });
});
