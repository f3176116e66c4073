// Hosts of Macs: what a pool may ask EC2 for, in which order, and what one may cost.
import type { HostOffering } from '../contract/offerings.ts';
import type { Config, MacRung, PoolConfig } from './config.ts';
import { poolNamed } from './lookup.ts';
import { macs } from './macs.ts';
import { regionalPrice } from './offerings.ts';
import { builderMinutes } from './rungs.ts';

type Machinery = Pick<Config, 'pools' | 'aws'>;

/** The pool's rung of Macs, with its index in the ladder. A pool has one at most. */
export function macRungOf(
  config: Pick<Config, 'pools'>,
  pool: string,
): { rung: MacRung; index: number } | undefined {
  for (const [index, rung] of (poolNamed(config, pool)?.ladder ?? []).entries()) {
    if (rung.provider === 'mac') return { rung, index };
  }
  return undefined;
}

/**
 * What a pool may ask for as a host, preferred first: its first family in all its zones, then the next one.
 * Prices are those of the table times the region's factor, which is of other machines: put in your own.
 */
export function hostOfferingsOf(config: Machinery, pool: string): HostOffering[] {
  const found = macRungOf(config, pool);
  if (!found) return [];
  const { region, zones, families } = found.rung;
  const { priceFactor } = config.aws?.regions[region] ?? { priceFactor: 1 };
  return families.flatMap((family) => {
    const { type, cores, usdPerHour } = macs[family];
    const host = { region, market: 'on-demand', type, quota: family, vCpus: cores } as const;
    return zones.map((zone) => ({ ...host, zone, usdPerHour: regionalPrice(usdPerHour, priceFactor) }));
  });
}

/**
 * Hours that a host is paid for at least.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html
 */
export const paidHours = 24;

/** Minutes for which money is set aside at once: the paid day and half an hour to end, or one long job. */
export const hostMinutes = (pool: PoolConfig): number => Math.max(paidHours * 60 + 30, builderMinutes(pool));

/** US dollars for an hour of the dearest host that the pool may get; 0 where it gets none. */
export const dearestHost = (config: Machinery, pool: string): number =>
  Math.max(0, ...hostOfferingsOf(config, pool).map(({ usdPerHour }) => usdPerHour));
