// Counts what a world of scale asks of everybody: sums over its whole time, and the worst second, minute,
// hour.
import { minute, second } from '../time.ts';

export const windows = { second, minute, hour: 60 * minute } as const;
export type Window = keyof typeof windows;

/** What was counted. */
export interface Read {
  sum(name: string): number;
  /** The largest sum of one window, by the clock. */
  peak(name: string, window: Window): number;
  /** The largest value that was reached. */
  most(name: string): number;
  /** Names that begin so. */
  names(start: string): string[];
}

export interface Meter extends Read {
  /** Adds to a sum. `peaks`: the windows of which the worst is wanted. */
  add(name: string, amount?: number, ...peaks: Window[]): void;
  /** Notes the value of something that has one now: the largest is kept. */
  reach(name: string, value: number): void;
}

/** Of windows of one length: the present one, and the worst so far. */
interface Worst {
  index: number;
  sum: number;
  worst: number;
}

export function meterOf(now: () => number): Meter {
  const sums = new Map<string, number>();
  const mosts = new Map<string, number>();
  const worsts = new Map<string, Worst>();
  const within = (key: string, lastsMs: number, amount: number): void => {
    const index = Math.floor(now() / lastsMs);
    const found = worsts.get(key) ?? { index, sum: 0, worst: 0 };
    worsts.set(key, found);
    if (found.index !== index) Object.assign(found, { index, sum: 0 });
    found.sum += amount;
    found.worst = Math.max(found.worst, found.sum);
  };
  return {
    add(name, amount = 1, ...peaks) {
      sums.set(name, (sums.get(name) ?? 0) + amount);
      for (const window of peaks) within(`${name} ${window}`, windows[window], amount);
    },
    reach: (name, value) => void mosts.set(name, Math.max(mosts.get(name) ?? 0, value)),
    sum: (name) => sums.get(name) ?? 0,
    peak: (name, window) => worsts.get(`${name} ${window}`)?.worst ?? 0,
    most: (name) => mosts.get(name) ?? 0,
    names: (start) => [...sums.keys()].filter((name) => name.startsWith(start)),
  };
}

/** Of several worlds: sums together, and the worst of each. */
export const together = (meters: readonly Read[]): Read => ({
  sum: (name) => meters.reduce((all, meter) => all + meter.sum(name), 0),
  peak: (name, window) => Math.max(0, ...meters.map((meter) => meter.peak(name, window))),
  most: (name) => Math.max(0, ...meters.map((meter) => meter.most(name))),
  names: (start) => [...new Set(meters.flatMap((meter) => meter.names(start)))],
});
