// How often is swept: each time there may be something to do, and seldom while there is nothing.
import { hasWork } from '../../scheduler/reconcile.ts';
import type { PoolState } from '../../scheduler/records.ts';
import type { Ports } from '../ports.ts';
import type { Report } from './report.ts';

/** Sweeps in a row that must have found nothing, and which tick is swept all the same from then on. */
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
  let clean = 0;
  const isTurn = (): boolean => Math.floor(ports.clock.now() / ports.standard.sweepMs) % everyNth === 0;
  const nothingOpen = async (): Promise<boolean> => {
    const states = await Promise.all(Object.keys(ports.config.pools).map((pool) => ports.open.read(pool)));
    return states.every(isIdle);
  };
  return {
    mayRest: async () => clean >= cleanSweeps && !isTurn() && (await nothingOpen().catch(() => false)),
    note({ idle, counts, problems }) {
      const isClean = idle && problems.length === 0 && Object.keys(counts).length === 0;
      clean = isClean ? clean + 1 : 0;
    },
  };
}

/** What has ended may still stand there. A launch may bring machines as long as it does. */
export const isIdle = (state: PoolState): boolean =>
  !hasWork(state) && [state.launches, state.sights, state.unreadable].every(({ length }) => length === 0);
