// What the EC2 of a world of scale has to give: now and then an offering is empty, or gives only some.
import type { Slot } from '../cloud.ts';
import type { Market } from '../ec2/market.ts';
import { type Chance, minute } from '../time.ts';

/** An offering is looked at anew so often, and is empty then as often as that. */
const episodeMs = 20 * minute;
const emptyShare: Record<Slot['market'], number> = { spot: 0.06, 'on-demand': 0.01 };

/** Some answers are partial. */
const partialShare = 0.05;

export function quietMarket(chance: Chance): Market {
  const episodes = new Map<string, { index: number; isEmpty: boolean }>();
  const isEmpty = (slot: Slot, now: number): boolean => {
    const name = `${slot.market} ${slot.type} ${slot.zone}`;
    const index = Math.floor(now / episodeMs);
    const known = episodes.get(name);
    if (known?.index === index) return known.isEmpty;
    const drawn = { index, isEmpty: chance.chance(emptyShare[slot.market]) };
    episodes.set(name, drawn);
    return drawn.isEmpty;
  };
  return {
    lack: (slot, now) => (isEmpty(slot, now) ? 'InsufficientInstanceCapacity' : undefined),
    left: () => (chance.chance(partialShare) ? chance.whole(1, 30) : Number.POSITIVE_INFINITY),
  };
}
