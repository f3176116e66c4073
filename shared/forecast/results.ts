// The numbers that months are compared by.
import type { Month } from './month.ts';
import { minute } from './units.ts';

/** A month in numbers. */
export interface Result {
  jobs: number;
  usd: number;
  usdPerJob: number;
  /** In minutes, of the jobs' waits from queue to start. */
  medianWait: number;
  wait95: number;
  hosts: number;
  hostsAtOnce: number;
}

export function resultOf({ waits, usd, hosts, hostsAtOnce }: Month): Result {
  const sorted = [...waits].sort((a, b) => a - b);
  return {
    jobs: sorted.length,
    usd,
    usdPerJob: sorted.length > 0 ? usd / sorted.length : 0,
    medianWait: quantile(sorted, 0.5),
    wait95: quantile(sorted, 0.95),
    hosts,
    hostsAtOnce,
  };
}

/** The least wait, in minutes, that so many of the jobs did not exceed. `sorted`: in ms. */
const quantile = (sorted: readonly number[], part: number): number =>
  (sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0) / minute;
