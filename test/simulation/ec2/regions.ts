// The regions of a simulated EC2: now and then one is silent, for minutes, or shows nothing where plenty is.
import { minute } from '../time.ts';
import type { World } from '../world.ts';
import { refusal } from './fleets.ts';

/** The region of a zone, whose name is the region's and a letter. */
export const regionOf = (zone: string): string => zone.slice(0, -1);

export interface Regions {
  /** A call comes to a region. Throws EC2's error while that is silent. */
  hear(region: string): void;
  /** A list of all that carries a tag: is it empty whatever there is? Throws where a page of it fails. */
  isEmptied(region: string): boolean;
}

export function troubledRegions({ time, chance, faults, faulty, say }: World): Regions {
  const silentUntil = new Map<string, number>();
  return {
    hear(region) {
      if (time.now() < (silentUntil.get(region) ?? 0)) throw refusal('RequestLimitExceeded');
    },
    isEmptied(region) {
      if (!faulty(faults.emptyList)) return false;
      const how = chance.pick(['empty', 'half', 'silent'] as const);
      say(`EC2: a list of ${region} is ${how}`);
      if (how === 'empty') return true;
      if (how === 'silent') silentUntil.set(region, time.now() + chance.between(1, 6) * minute);
      throw refusal('RequestLimitExceeded');
    },
  };
}
