// What the numbers say: which setting of Callsheet is as quick as another policy, and what it saves.
import type { Row } from './comparison.ts';
import type { Result } from './results.ts';

/** The cheapest of Callsheet's settings under which the pattern's jobs wait no longer than in a row. */
export function cheapestAsQuick(rows: readonly Row[], other: Row): Row | undefined {
  const quick = rows.filter(
    (row) => row.policy === 'Callsheet' && row.pattern === other.pattern && waitsNoLonger(row, other),
  );
  return quick.sort((a, b) => a.usd - b.usd)[0];
}

const waitsNoLonger = (one: Result, other: Result): boolean =>
  isAbout(one.medianWait, other.medianWait) && isAbout(one.wait95, other.wait95);

/** What differs by less than two minutes, or 5 %, is the same to who waits for a Mac. */
const isAbout = (one: number, other: number): boolean => one <= Math.max(other + 2, other * 1.05);
