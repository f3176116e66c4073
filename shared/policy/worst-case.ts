// The most that one builder may cost, held against the daily limits: what is above them is never started.
import type { Config, PoolConfig } from './config.ts';
import { type Machinery, termsOf } from './ladder.ts';
import { builderMinutes } from './rungs.ts';

type Limits = Machinery & Pick<Config, 'projects'> & { maxUsdPerDay: number | undefined };

/** Problems of all rungs whose builder a daily limit could never pay: place, then remedy. */
export const worstCaseProblems = (limits: Limits): string[] =>
  Object.entries(limits.pools).flatMap(([name, pool]) => {
    const limit = tightest(limits, name);
    return pool.ladder.flatMap((_, index) => rungProblems(limits, name, pool, index, limit));
  });

interface Limit {
  place: string;
  usd: number;
}

function rungProblems(
  config: Machinery,
  name: string,
  pool: PoolConfig,
  index: number,
  limit: Limit,
): string[] {
  const { usdPerHour } = termsOf(config, name, index);
  const minutes = builderMinutes(pool);
  const usd = (usdPerHour * minutes) / 60;
  if (usd <= limit.usd) return [];
  const ways = pool.ladder[index]?.provider === 'ec2' ? ', or maxUsdPerHour' : '';
  return [
    `pools.${name}.ladder[${index}]: one builder may cost ${usd.toFixed(2)} USD ` +
      `(${usdPerHour} USD an hour for ${minutes} minutes), and ${limit.place} is ${limit.usd}; ` +
      `raise that, or lower the pool's jobLimitMinutes${ways}`,
  ];
}

/** The least that the pool's jobs are bound to, by the installation or by a project. */
function tightest({ maxUsdPerDay, projects }: Limits, pool: string): Limit {
  const own = Object.entries(projects)
    .filter(([, { pools }]) => pools.includes(pool))
    .map(([name, project]) => ({ place: `projects.${name}.maxUsdPerDay`, usd: project.maxUsdPerDay }));
  const all = { place: 'maxUsdPerDay', usd: maxUsdPerDay ?? Number.POSITIVE_INFINITY };
  return [all, ...own].reduce((least, one) => (one.usd < least.usd ? one : least));
}
