// The moods of a simulated EC2, which are no faults: how long things take, what is shown early, what lacks.
import { minute, type seeded } from '../time.ts';

export interface Moods {
  /** Chances: that a host is shown as available too early; that EC2 looks into it once. */
  early: number;
  frail: number;
  /** That the reset of a machine fails. */
  resetFails: number;
  scrubMs(): number;
  resetMs(): number;
  bootMs(): number;
  stopMs(): number;
  /** Hosts of a family that the account may have. */
  quotaOf(type: string): number;
  /** Has EC2 no host of that type in that zone now? It moves. */
  lacks(type: string, zone: string, at: number): boolean;
  /** By how much EC2's clock is before ours, in ms. */
  clockMs: number;
}

/** What may be given of the moods of a world; the rest is usual. */
export type MoodSettings = Partial<
  Pick<Moods, 'early' | 'frail' | 'resetFails' | 'clockMs'> & { quota: number; scarce: number }
>;

/** Draws how EC2 is in a world. Scrubs take 10 to 270 minutes, resets 8 to 45, boots 6 to 20. */
export function moodsOf(chance: ReturnType<typeof seeded>, settings: MoodSettings): Moods {
  const { early = 0.3, frail = 0, resetFails = 0.03, quota = 99, scarce = 0, clockMs = 0 } = settings;
  const salt = chance.whole(0, 1_000_000);
  const minutes = (low: number, high: number): number => chance.between(low, high) * minute;
  return {
    ...{ early, frail, resetFails, clockMs },
    scrubMs() {
      const kind = chance.between(0, 1);
      if (kind < 0.2) return minutes(10, 40);
      return kind < 0.9 ? minutes(40, 110) : minutes(110, 270);
    },
    resetMs: () => (chance.chance(0.85) ? minutes(8, 22) : minutes(22, 45)),
    bootMs: () => minutes(6, 20),
    stopMs: () => minutes(10, 18),
    quotaOf: () => quota,
    lacks(type, zone, at) {
      const span = Math.floor(at / (45 * minute));
      return hashed(`${salt} ${type} ${zone} ${span}`) < scarce;
    },
  };
}

/** A number from 0 to 1 that is always the same for a text. */
function hashed(text: string): number {
  let sum = 2166136261;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 16777619);
  return ((sum ^ (sum >>> 15)) >>> 0) / 4294967296;
}
