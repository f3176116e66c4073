// What the tables of prices share: figures in words, and the daily limits that bind a pool's jobs.
import type { Config } from '../../../shared/policy/schema.ts';

export const hourly = (usd: number): string => usd.toFixed(3);

export const forJob = (usdPerHour: number, minutes: number): string =>
  ((usdPerHour * minutes) / 60).toFixed(2);

export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `1 to 2`, or `1`. */
export const span = (from: string, to: string): string => (from === to ? from : `${from} to ${to}`);

/** US dollars that may be spent in a day, by whom: the installation first, then each project of the pool. */
export const dailyLimits = (config: Config, pool: string): { of: string; most: number }[] => [
  { of: 'this installation', most: config.maxUsdPerDay },
  ...Object.entries(config.projects)
    .filter(([, { pools }]) => pools.includes(pool))
    .map(([project, { maxUsdPerDay }]) => ({ of: `project ${project}`, most: maxUsdPerDay })),
];
