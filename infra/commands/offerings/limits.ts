// How many builders at once, and typical jobs in a day, fit into the daily limits of a pool's jobs.
import { termsOf } from '../../../shared/policy/ladder.ts';
import { builderMinutes } from '../../../shared/policy/rungs.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { rungName } from '../../../shared/policy/told.ts';
import { table } from '../table.ts';
import { dailyLimits } from './words.ts';

/** A table of limits and rungs; none for a pool whose builders cost nothing. */
export function limitLines(config: Config, name: string, minutes: number): string[] {
  const pool = config.pools[name];
  if (!pool) return [];
  const rungs = pool.ladder.flatMap((_, index) => {
    const { usdPerHour } = termsOf(config, name, index);
    const usd = { job: (usdPerHour * minutes) / 60, worst: (usdPerHour * builderMinutes(pool)) / 60 };
    return usdPerHour > 0 ? [{ rung: rungName(pool, index), usd }] : [];
  });
  if (rungs.length === 0) return [];
  const rows = dailyLimits(config, name).map(({ of, most }) => [
    of,
    most.toFixed(2),
    ...rungs.map(({ usd }) => `${Math.floor(most / usd.worst + 1e-9)} / ${jobsWithin(most, usd)}`),
  ]);
  const heading = ['daily limit of', 'USD', ...rungs.map(({ rung }) => rung)];
  return [
    '',
    `Builders at once, and jobs of ${minutes} minutes one after the other, that fit into a day:`,
    ...table([heading, ...rows]).map((line) => `  ${line}`),
  ];
}

/** A job starts while its worst case still fits; when it has ended, only its real cost counts. */
const jobsWithin = (most: number, { job, worst }: { job: number; worst: number }): number =>
  worst > most ? 0 : Math.floor((most - worst) / job + 1e-9) + 1;
