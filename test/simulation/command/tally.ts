// The sum of a long run: what worlds had in them, how long jobs waited, which faults happened, what broke.
import { table } from '../../../infra/commands/table.ts';
import { isKind, kindWords } from '../kinds.ts';
import type { Result } from './messages.ts';

export interface Tally {
  worlds: number;
  /** Worlds that broke something. */
  failed: Result[];
  jobs: number;
  wanted: number;
  machines: number;
  /** Minutes. */
  waits: number[];
  faults: Map<string, number>;
  virtualMs: number;
}

export const emptyTally = (): Tally => ({
  worlds: 0,
  failed: [],
  jobs: 0,
  wanted: 0,
  machines: 0,
  waits: [],
  faults: new Map(),
  virtualMs: 0,
});

/** Adds one world. */
export function add(tally: Tally, result: Result): void {
  tally.worlds += 1;
  if (result.violations.length > 0) tally.failed.push(result);
  tally.jobs += result.jobs;
  tally.wanted += result.wanted;
  tally.machines += result.started;
  for (const wait of result.waits) tally.waits.push(wait);
  for (const [kind, times] of Object.entries(result.faults))
    tally.faults.set(kind, (tally.faults.get(kind) ?? 0) + times);
  tally.virtualMs += result.virtualMs;
}

/** The sum in lines. `realMs`: how long it took. */
export function tallyLines(tally: Tally, realMs: number): string[] {
  const { worlds, failed, jobs, wanted, machines, virtualMs } = tally;
  const waits = tally.waits.toSorted((a, b) => a - b);
  const wait = (share: number): string => `${at(waits, share).toFixed(1)} min`;
  const faults = [...tally.faults].sort(([, a], [, b]) => b - a);
  const hours = virtualMs / 3_600_000;
  return table([
    ['worlds', number(worlds)],
    ['worlds that fail', number(failed.length)],
    ['jobs', `${number(jobs)}, of which ${number(wanted)} had to be served`],
    ['machines per job', jobs === 0 ? '-' : (machines / jobs).toFixed(3)],
    ['waits', `median ${wait(0.5)}, 95 % ${wait(0.95)}, 99 % ${wait(0.99)}, longest ${wait(1)}`],
    ['virtual time', `${number(Math.round(hours / 24))} days`],
    ['real time', `${Math.round(realMs / 1000)} s, ${(realMs / worlds).toFixed(0)} ms for a world`],
    ['faults', number(faults.reduce((all, [, times]) => all + times, 0))],
    ...faults.map(([kind, times]) => [`  ${kind}`, `${number(times).padStart(9)}  ${wordsFor(kind)}`]),
  ]);
}

const wordsFor = (kind: string): string => kindWords[isKind(kind) ? kind : 'other'];

/** The value that a share of the sorted ones does not exceed. */
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

const number = (value: number): string => value.toLocaleString('en-US');
