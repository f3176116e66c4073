// What a simulated EC2 has to give: offerings run empty and fill again, so do markets; quotas are used up.
import type { Slot } from '../cloud.ts';
import { types, zones } from '../config.ts';
import { type Chance, minute } from '../time.ts';

/** From when to when something lacks, by EC2's code. */
interface Episode {
  code: string;
  from: number;
  to: number;
  fits(slot: Slot): boolean;
}

export interface Market {
  /** EC2's code why it does not give this now; undefined: it does. */
  lack(slot: Slot, now: number): string | undefined;
  /** How many machines it gives now, where it gives any. */
  left(now: number): number;
}

const markets = ['spot', 'on-demand'] as const;

/**
 * Draws what lacks from `start` until `end`; afterwards nothing does, but for what a zone never has. `where`:
 * the zones that there are.
 */
export function drawnMarket(chance: Chance, start: number, end: number, where = zones): Market {
  const slots = markets.flatMap((market) =>
    types.flatMap((type) => where.map((zone): Slot => ({ market, type, zone }))),
  );
  const episodes = [
    ...unsupported(chance, slots),
    ...markets.flatMap((market) => wholeMarket(chance, market, start)),
    ...slots.flatMap((slot) => emptiness(chance, slot, start, end)),
  ];
  return {
    lack: (slot, now) => episodes.find(({ from, to, fits }) => from <= now && now < to && fits(slot))?.code,
    left: (now) => (now > end || chance.chance(0.7) ? Number.POSITIVE_INFINITY : chance.whole(0, 3)),
  };
}

const isSame = (one: Slot, other: Slot): boolean =>
  one.market === other.market && one.type === other.type && one.zone === other.zone;

/** An offering is empty every few minutes, for some minutes. */
function emptiness(chance: Chance, slot: Slot, start: number, end: number): Episode[] {
  const episodes: Episode[] = [];
  const fits = (other: Slot): boolean => isSame(slot, other);
  const firstFull = chance.between(-6, 12) * minute;
  for (let from = start + firstFull; from < end; ) {
    const to = Math.min(end, from + chance.between(1, 14) * minute);
    episodes.push({ code: 'InsufficientInstanceCapacity', from, to, fits });
    from = to + chance.between(2, 15) * minute;
  }
  return episodes;
}

/** Now and then a market gives nothing at all, or its quota is used up. */
function wholeMarket(chance: Chance, market: Slot['market'], start: number): Episode[] {
  const quota = market === 'spot' ? 'MaxSpotInstanceCountExceeded' : 'VcpuLimitExceeded';
  const codes = ['MaxFleetCountExceeded', 'UnfulfillableCapacity', quota];
  return codes
    .filter(() => chance.chance(0.3))
    .map((code) => {
      const from = start + chance.between(0, 35) * minute;
      const to = from + chance.between(2, 15) * minute;
      return { code, from, to, fits: (slot) => slot.market === market };
    });
}

/** Some zones never have a type. */
function unsupported(chance: Chance, slots: readonly Slot[]): Episode[] {
  if (chance.chance(0.7)) return [];
  const { type, zone } = chance.pick(slots);
  const fits = (slot: Slot): boolean => slot.type === type && slot.zone === zone;
  return [{ code: 'Unsupported', from: 0, to: Number.POSITIVE_INFINITY, fits }];
}
