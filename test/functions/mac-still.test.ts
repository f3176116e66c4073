// A pass rings itself only for news: while the clock stands still, it comes to rest, whatever goes wrong.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostAnswer, ResetState } from '../../shared/scheduler/host-ports.ts';
import { Doubt, type Fault, type LaunchResult } from '../../shared/scheduler/ports.ts';
import { type MacCrew, m1, macCrew, minute, zoneA, zoneB } from './mac-crew.ts';

const macs = { labels: ['mac'] };

/** How a call goes wrong. `nothing`: without a word. `strange`: the word is about what nobody asks for. */
const ways = [
  'well',
  'throttled',
  'invalid',
  'quota',
  'capacity',
  'strange',
  'nothing',
  'lost',
  'dead',
] as const;
type Way = (typeof ways)[number];

function faultsOf(way: Way): Fault[] {
  switch (way) {
    case 'well':
    case 'nothing':
    case 'lost':
    case 'dead':
      return [];
    case 'strange':
      return [{ kind: 'capacity', why: 'none', shelves: ['moon/spot'] }];
    case 'throttled':
    case 'invalid':
    case 'quota':
    case 'capacity':
      return [{ kind: way, why: `it is ${way}` }];
  }
}

/** The call as it goes wrong from now on. */
const wrong =
  <Args extends unknown[], Answer>(
    way: Way,
    call: (...args: Args) => Promise<Answer>,
    no: (faults: Fault[]) => Answer,
  ) =>
  async (...args: Args): Promise<Answer> => {
    if (way === 'well') return call(...args);
    if (way === 'lost') await call(...args);
    if (way === 'lost' || way === 'dead') throw new Doubt('no answer');
    return no(faultsOf(way));
  };

interface Troubles {
  launch: Way;
  allocate: Way;
  stop: 'well' | 'dead' | 'failed';
  resets: ResetState;
  release: 'well' | 'refused' | 'dead';
}

function spoil(film: MacCrew, { launch, allocate, stop, resets, release }: Troubles): void {
  const { provider, hosts, trouble } = film.macs;
  provider.launch = wrong(launch, provider.launch, (faults): LaunchResult => ({ started: [], faults }));
  hosts.allocate = wrong(allocate, hosts.allocate, (faults): HostAnswer => ({ faults }));
  hosts.resets = async (builders) => new Map(builders.map(({ id }) => [id, resets]));
  if (stop === 'failed') provider.stop = async (ids) => ({ failed: [...ids] });
  for (const call of ['stop', 'release'] as const)
    if ({ stop, release }[call] === 'dead') trouble.dead.add(call);
  if (release === 'refused') trouble.refusal = 'no';
}

/** Passes until nobody rings any more; more than 40 are one too many. */
async function passes(film: MacCrew): Promise<number> {
  for (let count = 1; count <= 40; count += 1) {
    film.rings.length = 0;
    await film.pass('mac');
    if (!film.rings.includes('mac')) return count;
  }
  return Number.POSITIVE_INFINITY;
}

const troubles: fc.Arbitrary<Troubles> = fc.record({
  launch: fc.constantFrom(...ways),
  allocate: fc.constantFrom(...ways),
  stop: fc.constantFrom('well', 'dead', 'failed'),
  resets: fc.constantFrom('running', 'succeeded', 'failed'),
  release: fc.constantFrom('well', 'refused', 'dead'),
});

/** A pool with two clean hosts, perhaps one whose job is done, and jobs of two repositories. */
const world = fc.record({
  troubles,
  rest: fc.constantFrom('replace-root' as const, 'relaunch' as const),
  served: fc.boolean(),
  planted: fc.nat(2),
  jobs: fc.integer({ min: 1, max: 5 }),
  waitMinutes: fc.constantFrom(0, 60),
  maxUsdPerDay: fc.constantFrom(22, 50, 1000),
  hours: fc.constantFrom(0, 23.9, 30),
});

describe('a pool that rings itself', () => {
  it('comes to rest while the clock stands still, whatever goes wrong', async () => {
    const property = fc.asyncProperty(world, async (one) => {
      const { served, planted, jobs, waitMinutes, maxUsdPerDay, rest } = one;
      const film = macCrew({ maximum: 4, maxUsdPerDay, rung: { waitMinutes, reset: rest } });
      if (served) await film.serve('0');
      for (const zone of [zoneA, zoneB].slice(0, planted)) film.macs.plant(`h-${zone}`, undefined, m1(zone));
      await film.minutes(2);
      film.later(one.hours * 60 * minute);
      spoil(film, one.troubles);
      for (let job = 1; job <= jobs; job += 1)
        await film.queue(String(job), job % 2 === 0 ? 'film/color' : 'film/volume', macs);
      for (let sweeps = 0; sweeps < 3; sweeps += 1) {
        expect(await passes(film)).toBeLessThan(20);
        film.later(4 * minute);
        await film.sweep().catch(() => undefined);
      }
    });
    await fc.assert(property, { seed: 20261121, numRuns: 150 });
  }, 60_000);

  it('uses a host whose price is not known, where the day’s money is spent on others', async () => {
    const film = macCrew({ maximum: 4, maxUsdPerDay: 22 });
    const at = film.ports.clock.now() - 24 * 60 * minute;
    for (const hostId of ['h-a', 'h-b', 'h-c']) film.macs.plant(hostId, undefined, m1(zoneA), at);
    for (const host of film.macs.all.values())
      Object.assign(host, host.hostId === 'h-a' ? { usdPerHour: 0 } : { state: 'permanent-failure' });
    await film.queue('1', 'film/color', macs);
    film.later(minute);
    await film.sweep().catch(() => undefined);
    expect(await passes(film)).toBeLessThan(20);
    expect([...film.macs.machines.values()].map(({ hostId }) => hostId)).toEqual(['h-a']);
  });

  it.each(['launch', 'allocate'] as const)('asks a cloud that throttles once: `%s`', async (call) => {
    const film = macCrew({ maximum: 4, rung: { waitMinutes: 0 } });
    if (call === 'launch')
      for (const zone of [zoneA, zoneB]) film.macs.plant(`h-${zone}`, undefined, m1(zone));
    await film.minutes(2);
    const well = {
      launch: 'well',
      allocate: 'well',
      stop: 'well',
      resets: 'running',
      release: 'well',
    } as const;
    spoil(film, { ...well, [call]: 'throttled' });
    for (const id of ['1', '2']) await film.queue(id, 'film/color', macs);
    expect(await passes(film)).toBe(1);
    expect(film.lines.filter(({ outcome }) => outcome === 'throttled')).toHaveLength(1);
  });
});
