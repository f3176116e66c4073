// The most that a builder or a host may cost, held against the daily limits: what is above is never started.
import type { Config, PoolConfig } from './config.ts';
import { dearestHost, hostMinutes, macRungOf } from './hosts.ts';
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

/** What money is set aside for: a builder, or the host of a Mac. `ways`: to make it cost less. */
interface Cost {
  what: string;
  usdPerHour: number;
  minutes: number;
  ways: string;
}

function rungProblems(
  config: Machinery,
  name: string,
  pool: PoolConfig,
  index: number,
  limit: Limit,
): string[] {
  const { what, usdPerHour, minutes, ways } = costOf(config, name, pool, index);
  const usd = (usdPerHour * minutes) / 60;
  if (usd <= limit.usd) return [];
  return [
    `pools.${name}.ladder[${index}]: one ${what} may cost ${usd.toFixed(2)} USD ` +
      `(${usdPerHour} USD an hour for ${minutes} minutes), and ${limit.place} is ${limit.usd}; ` +
      `raise that, or ${ways}`,
  ];
}

function costOf(config: Machinery, name: string, pool: PoolConfig, index: number): Cost {
  if (macRungOf(config, name)?.index === index) {
    const usdPerHour = dearestHost(config, name);
    return { what: 'host', usdPerHour, minutes: hostMinutes(pool), ways: 'name cheaper families' };
  }
  const isEc2 = pool.ladder[index]?.provider === 'ec2';
  return {
    what: 'builder',
    usdPerHour: termsOf(config, name, index).usdPerHour,
    minutes: builderMinutes(pool),
    ways: `lower the pool's jobLimitMinutes${isEc2 ? ', or maxUsdPerHour' : ''}`,
  };
}

/** The least that the pool's jobs are bound to, by the installation or by a project. */
function tightest({ maxUsdPerDay, projects }: Limits, pool: string): Limit {
  const own = Object.entries(projects)
    .filter(([, { pools }]) => pools.includes(pool))
    .map(([name, project]) => ({ place: `projects.${name}.maxUsdPerDay`, usd: project.maxUsdPerDay }));
  const all = { place: 'maxUsdPerDay', usd: maxUsdPerDay ?? Number.POSITIVE_INFINITY };
  return [all, ...own].reduce((least, one) => (one.usd < least.usd ? one : least));
}
