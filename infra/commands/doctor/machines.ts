// What the pools want of EC2: where, from which market, how many vCPUs, and which Macs.
import type { Market, QuotaClass } from '../../../shared/contract/offerings.ts';
import type { Ec2Rung, MacRung, PoolConfig } from '../../../shared/policy/config.ts';
import { macRungOf } from '../../../shared/policy/hosts.ts';
import { offeringsOf } from '../../../shared/policy/offerings.ts';
import type { Config } from '../../../shared/policy/schema.ts';

/** A rung of EC2, with its pool. */
export interface Machines {
  pool: string;
  settings: PoolConfig;
  /** Index into the pool's ladder. */
  index: number;
  rung: Ec2Rung;
}

export const machinesOf = ({ pools }: Config): Machines[] =>
  Object.entries(pools).flatMap(([pool, settings]) =>
    settings.ladder.flatMap((rung, index) =>
      rung.provider === 'ec2' ? [{ pool, settings, index, rung }] : [],
    ),
  );

/** A pool with Macs. */
export interface Macs {
  pool: string;
  settings: PoolConfig;
  rung: MacRung;
}

export const macsOf = (config: Config): Macs[] =>
  Object.entries(config.pools).flatMap(([pool, settings]) => {
    const found = macRungOf(config, pool);
    return found ? [{ pool, settings, rung: found.rung }] : [];
  });

/** Where a pool wants machines, Macs too, and what they are started from there. */
export interface Place {
  pool: string;
  region: string;
  market: Market;
}

export const placesOf = (config: Config): Place[] => [
  ...machinesOf(config).map(({ pool, rung: { region, market } }) => ({ pool, region, market })),
  ...macsOf(config).map(({ pool, rung: { region } }) => ({ pool, region, market: 'on-demand' as const })),
];

/** Regions that pools want machines in, each with what `of` says of its places, without repetitions. */
export function byRegion(config: Config, of: (place: Place) => string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const place of placesOf(config)) {
    found.set(place.region, [...new Set([...(found.get(place.region) ?? []), of(place)])]);
  }
  return found;
}

/** vCPUs of one quota. */
export interface Want {
  region: string;
  market: Market;
  quota: QuotaClass;
  /** If all pools had as many machines as they may have, of the cheapest type that fits. */
  vCpus: number;
  /** Of one machine: the smallest that a pool wants. */
  smallest: number;
}

/** Images are built on one machine with a GPU. */
const imageVCpus = 4;

/** A pool wants what the rung wants most of; the pools together, and what makes images, want the sum. */
export function wantsOf(config: Config): Want[] {
  const wants = new Map<string, Want>();
  const add = (want: Want) => {
    const key = keyOf(want);
    const other = wants.get(key);
    wants.set(key, {
      ...want,
      vCpus: want.vCpus + (other?.vCpus ?? 0),
      smallest: Math.min(want.smallest, other?.smallest ?? want.smallest),
    });
  };
  for (const pool of Object.keys(config.pools)) for (const want of wantsOfPool(config, pool)) add(want);
  const { region, images = {} } = config.aws ?? {};
  const builds = Object.keys(images).length * imageVCpus;
  if (region && builds > 0) {
    add({ region, market: 'on-demand', quota: 'g', vCpus: builds, smallest: imageVCpus });
  }
  return [...wants.values()];
}

function wantsOfPool(config: Config, pool: string): Want[] {
  const wants = new Map<string, Want>();
  for (const machines of machinesOf(config).filter((one) => one.pool === pool)) {
    const [cheapest] = offeringsOf(config, pool, machines.index);
    if (!cheapest) continue;
    const { region, market, quota, vCpus: smallest } = cheapest;
    const want = { region, market, quota, smallest, vCpus: smallest * machines.settings.maximum };
    const other = wants.get(keyOf(want));
    if (!other || other.vCpus < want.vCpus) wants.set(keyOf(want), want);
  }
  return [...wants.values()];
}

const keyOf = ({ region, market, quota }: Want): string => `${region} ${market} ${quota}`;
