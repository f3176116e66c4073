// Offerings: what the rungs of a pool ask of EC2, cheapest first.
import type { GpuPromise } from '../contract/machine.ts';
import type { Offering } from '../contract/offerings.ts';
import type { Config, Ec2Rung, PoolConfig } from './config.ts';
import { type InstanceType, instanceTypes } from './instances.ts';
import { poolNamed } from './lookup.ts';

/** Types that have what a rung of the pool needs, cheapest first. */
export function typesFor(_pool: Pick<PoolConfig, 'arch' | 'machine'>, rung: Ec2Rung): InstanceType[] {
  return instanceTypes.filter(({ type }) => rung.types?.includes(type) ?? true);
}

/** All offerings of a pool's rung: its types in all zones of its region. Empty for rungs that are not of EC2. */
export function offeringsOf(config: Config, pool: string, rung: number): Offering[] {
  const settings = poolNamed(config, pool);
  const found = settings?.ladder[rung];
  if (!settings || found?.provider !== 'ec2') return [];
  const { region, market } = found;
  const { zones, priceFactor } = config.aws?.regions[region] ?? { zones: [], priceFactor: 1 };
  return typesFor(settings, found).flatMap(({ type, quota, vCpus, usdPerHour }) =>
    zones.map((zone) => ({
      region,
      zone,
      market,
      type,
      quota,
      vCpus,
      usdPerHour: usdPerHour * priceFactor,
    })),
  );
}

/** What a rung promises of GPUs; the machine checks it before it claims. */
export function promiseOf(pool: Pick<PoolConfig, 'arch' | 'machine'>, rung: Ec2Rung): GpuPromise {
  const gpus = typesFor(pool, rung).map(({ gpu }) => gpu?.count ?? 0);
  return { gpus: Math.min(...gpus), memoryMiB: 0, features: ['cuda'] };
}
