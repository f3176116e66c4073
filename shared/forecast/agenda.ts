// What happens when in a simulated world: a clock that moves from one happening to the next.
import type { Time } from '../scheduler/records.ts';

export interface Agenda {
  /** When the next thing happens; undefined: nothing will. */
  next(): Time | undefined;
  /** Enters what happens at a time. What is entered for the same time happens in the order of entering. */
  at(time: Time, happening: () => void): void;
  /** Does everything that is due by then. */
  runUntil(time: Time): void;
}

export function agenda(): Agenda {
  const entries: { time: Time; happening: () => void }[] = [];
  return {
    next: () => entries[0]?.time,
    at(time, happening) {
      const after = entries.findLastIndex((entry) => entry.time <= time);
      entries.splice(after + 1, 0, { time, happening });
    },
    runUntil(time) {
      for (let first = entries[0]; first && first.time <= time; first = entries[0]) {
        entries.shift();
        first.happening();
      }
    },
  };
}
