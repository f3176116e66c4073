// Lists of EC2 over several regions: a region tells all that it has, or it is silent as a whole.
import { parseOffering } from '../../contract/offerings.ts';
import type { OnSilence, Silence } from '../../scheduler/ports.ts';
import { inLanes } from '../lanes.ts';

/**
 * What all regions answer. One that throws is named to `onSilence`, and costs the others nothing; without
 * `onSilence` nothing is answered, and its error is thrown.
 */
export async function inRegions<T>(
  regions: readonly string[],
  ask: (region: string) => Promise<T[]>,
  onSilence?: OnSilence,
): Promise<T[]> {
  const found: T[] = [];
  await inLanes(regions, async (region) => {
    try {
      found.push(...(await ask(region)));
    } catch (error) {
      if (!onSilence) throw error;
      onSilence(silenceOf(region, error));
    }
  });
  return found;
}

/** What has no offering may be anywhere. */
const silenceOf = (region: string, error: unknown): Silence => ({
  place: region,
  why: error instanceof Error ? error.message : String(error),
  hides: ({ offering = '' }) => (parseOffering(offering)?.region ?? region) === region,
});
