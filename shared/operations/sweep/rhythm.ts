// How often is swept: each time there may be something to do, and seldom while there is nothing.
import { hasWork } from '../../scheduler/reconcile.ts';
import type { PoolState } from '../../scheduler/records.ts';
import type { Ports } from '../ports.ts';
import type { Report } from './report.ts';

/** Sweeps in a row that must have found nothing, and at how many ticks there is one from then on. */
const cleanSweeps = 5;
const everyNth = 5;

export interface Rhythm {
  /**
   * May this tick be left out? Only while the last sweeps have found nothing and nothing is open: of the
   * table itself, read now. A table that cannot be read is left to the sweep.
   */
  mayRest(): Promise<boolean>;
  /** A sweep has ended. */
  note(report: Report): void;
}

/** Kept in memory: a new process simply sweeps. */
export function rhythmOf(ports: Ports): Rhythm {
  const { clock, standard } = ports;
  let clean = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;
  // Ticks come a little sooner or later: counted by the minutes of the clock, a turn could be missed.
  const isTurn = (): boolean => clock.now() - sweptAt > (everyNth - 0.5) * standard.sweepMs;
  const nothingOpen = async (): Promise<boolean> => {
    const states = await Promise.all(Object.keys(ports.config.pools).map((pool) => ports.open.read(pool)));
    return states.every(isIdle);
  };
  return {
    async mayRest() {
      const mayRest = clean >= cleanSweeps && !isTurn() && (await nothingOpen().catch(() => false));
      if (!mayRest) sweptAt = clock.now();
      return mayRest;
    },
    note({ idle, counts, problems, abstained, unowned }) {
      const isQuiet = [problems, abstained, unowned, Object.keys(counts)].every(({ length }) => length === 0);
      const isClean = idle && isQuiet;
      clean = isClean ? clean + 1 : 0;
    },
  };
}

/** What has ended may still stand there. A launch may bring machines as long as it does. */
export const isIdle = (state: PoolState): boolean =>
  !hasWork(state) && [state.launches, state.sights, state.unreadable].every(({ length }) => length === 0);
