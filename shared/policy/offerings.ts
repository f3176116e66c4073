// Offerings: what the rungs of a pool ask of EC2, cheapest first, and what that promises.
import type { GpuFeature, GpuPromise } from '../contract/machine.ts';
import type { Offering } from '../contract/offerings.ts';
import type { Config, Ec2Rung } from './config.ts';
import type { InstanceType } from './instances.ts';
import { poolNamed } from './lookup.ts';
import { type MachinePool, typesFor } from './needs.ts';

export { typesFor } from './needs.ts';

/**
 * Spot takes what is most available, so that a rung without a ceiling would take any price: what is dearer
 * than the cheapest that fits by more than this factor is left out.
 */
const priceSpread = 3;

/**
 * All offerings of a pool's rung: its types in all zones of its region. Empty for rungs that are not of EC2.
 */
export function offeringsOf(config: Pick<Config, 'pools' | 'aws'>, pool: string, rung: number): Offering[] {
  const settings = poolNamed(config, pool);
  const found = settings?.ladder[rung];
  if (!settings || found?.provider !== 'ec2') return [];
  const { region, market } = found;
  const { zones, priceFactor } = config.aws?.regions[region] ?? { zones: [], priceFactor: 1 };
  const priced = pricedTypes(typesFor(settings, found), priceFactor);
  const ceiling = ceilingOf(found, priced);
  return priced
    .filter(({ usdPerHour }) => usdPerHour <= ceiling)
    .flatMap(({ type, quota, vCpus, usdPerHour }) =>
      zones.map((zone) => ({ region, zone, market, type, quota, vCpus, usdPerHour })),
    );
}

/** Types at the prices of a region, whose factor is against us-east-1. */
export const pricedTypes = (types: readonly InstanceType[], priceFactor: number): InstanceType[] =>
  types.map((type) => ({ ...type, usdPerHour: regionalPrice(type.usdPerHour, priceFactor) }));

/** US dollars in a region, to a millionth. */
export const regionalPrice = (usd: number, priceFactor: number): number =>
  Math.round(usd * priceFactor * 1e6) / 1e6;

/**
 * US dollars for an hour that are the most a rung takes. `priced`: what has what it needs, cheapest first.
 */
export function ceilingOf(
  { maxUsdPerHour, types }: Pick<Ec2Rung, 'maxUsdPerHour' | 'types'>,
  priced: readonly InstanceType[],
): number {
  if (maxUsdPerHour !== undefined) return maxUsdPerHour;
  return types ? Number.POSITIVE_INFINITY : (priced[0]?.usdPerHour ?? 0) * priceSpread;
}

/** `nvidia-smi` tells a little less memory than the table: the driver keeps some for itself. */
const memoryShare = 0.9;

/**
 * What a rung promises of GPUs; the machine checks it before it claims. It is the least of all types that
 * fit. Of GPUs of AMD nothing is promised: there is no `nvidia-smi` that could check it.
 */
export function promiseOf(pool: MachinePool, rung: Ec2Rung): GpuPromise {
  const { optix, egl, vulkan, vendor } = rung.needs;
  const gpus = typesFor(pool, rung).flatMap(({ gpu }) => (gpu ? [gpu] : []));
  if (gpus.length === 0 || vendor === 'amd') return { gpus: 0, memoryMiB: 0, features: [] };
  const features: GpuFeature[] = ['cuda'];
  if (optix) features.push('optix');
  if (egl) features.push('egl');
  if (vulkan) features.push('vulkan');
  return {
    gpus: Math.min(...gpus.map(({ count }) => count)),
    memoryMiB: Math.floor(Math.min(...gpus.map(({ vramMiB }) => vramMiB)) * memoryShare),
    features,
  };
}
