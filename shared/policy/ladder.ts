// Ladders: what their rungs mean for time and money, and which there are on a computer and in the cloud.
import type { Config, PoolConfig, Rung } from './config.ts';
import { poolNamed } from './lookup.ts';
import { offeringsOf } from './offerings.ts';
import { codeBuildSizes, environmentOf } from './sizes.ts';

/** What a builder of a rung costs, and how long it may wait in its cloud's queue. */
export interface Terms {
  usdPerHour: number;
  /** Absent where nothing queues. */
  queueMs?: number;
}

/** The part of the configuration that says which machines there are. */
export type Machinery = Pick<Config, 'pools' | 'aws'>;

/** The terms of a pool's rung. A rung that the configuration no longer has costs nothing that we know of. */
export function termsOf(config: Machinery, pool: string, rung: number): Terms {
  const settings = poolNamed(config, pool);
  const found = settings?.ladder[rung];
  if (!settings || !found) return { usdPerHour: 0 };
  switch (found.provider) {
    case 'local':
    // Its host costs, whether a builder runs on it or not.
    case 'mac':
      return { usdPerHour: 0 };
    // The dearest that may be got.
    case 'ec2':
      return { usdPerHour: Math.max(0, ...offeringsOf(config, pool, rung).map((one) => one.usdPerHour)) };
    case 'codebuild': {
      const known = codeBuildSizes[environmentOf(found, settings.arch)][found.size]?.usdPerMinute;
      const usdPerHour = (found.usdPerMinute ?? known ?? 0) * 60;
      return { usdPerHour, queueMs: found.patienceMinutes * 60_000 };
    }
  }
}

/** On one computer every way to get a builder is a process there. */
export const onThisComputer = (config: Config): Config => withLadders(config, () => [{ provider: 'local' }]);

/** In the cloud there are no local builders. A pool may be left without any: its jobs are told so. */
export const inTheCloud = (config: Config): Config =>
  withLadders(config, ({ ladder }) => ladder.filter((rung) => rung.provider !== 'local'));

function withLadders(config: Config, ladderOf: (pool: PoolConfig) => Rung[]): Config {
  const pools = Object.entries(config.pools).map(([name, pool]) => [
    name,
    { ...pool, ladder: ladderOf(pool) },
  ]);
  return { ...config, pools: Object.fromEntries(pools) };
}
