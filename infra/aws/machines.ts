// What the configuration says of machines of EC2, as stacks and rights need it.
import type { Market } from '../../shared/contract/offerings.ts';
import type { AwsConfig, MacRung } from '../../shared/policy/config.ts';
import { typesFor } from '../../shared/policy/offerings.ts';
import type { Config, PoolConfig, Rung } from '../../shared/policy/schema.ts';

/** A rung of one provider, with its pool. */
interface Offer<P extends Rung['provider']> {
  pool: string;
  settings: PoolConfig;
  rung: Extract<Rung, { provider: P }>;
}

/** What machines are started from: one for each pool, region and market that the pool's rungs name. */
export interface Start {
  pool: string;
  settings: PoolConfig;
  region: string;
  market: Market;
}

/** What Macs are started from. */
export interface MacStart extends Start {
  rung: MacRung;
}

/** All that is configured of EC2: perhaps nothing but where machines may be, and may be left. */
export interface Machines extends AwsConfig {
  installation: string;
  /** Of fleets. */
  fleets: Start[];
  /** Of Macs, each on a host of its own. */
  macs: MacStart[];
  /** Families of instance types, as `g4dn` and `mac2`. */
  families: string[];
}

/** Undefined where nothing is said of AWS. */
export function machinesOf({ installation, pools, aws }: Config): Machines | undefined {
  if (!aws) return undefined;
  const offers = Object.entries(pools).flatMap(([pool, settings]) =>
    settings.ladder.map((rung) => ({ pool, settings, rung })),
  );
  const fleets = offers.filter((offer): offer is Offer<'ec2'> => offer.rung.provider === 'ec2');
  const macs = offers.filter((offer): offer is Offer<'mac'> => offer.rung.provider === 'mac');
  const families = [
    ...fleets.flatMap(({ settings, rung }) => typesFor(settings, rung).map(({ type }) => familyOf(type))),
    ...macs.flatMap(({ rung }) => rung.families),
  ];
  return {
    ...aws,
    installation,
    fleets: startsOf(fleets),
    // A pool has one rung of Macs.
    macs: macs.map(({ rung, ...offer }) => ({ ...offer, rung, region: rung.region, market: 'on-demand' })),
    families: [...new Set(families)].sort(),
  };
}

const familyOf = (type: string): string => type.slice(0, type.indexOf('.'));

function startsOf(offers: readonly Offer<'ec2'>[]): Start[] {
  const starts = offers.map(({ pool, settings, rung: { region, market } }): [string, Start] => [
    `${pool}/${region}/${market}`,
    { pool, settings, region, market },
  ]);
  return [...new Map(starts).values()];
}

export const startsIn = ({ fleets, macs }: Machines): Start[] => [...fleets, ...macs];

/** Does any pool have machines of EC2? */
export const hasStarts = (machines: Machines): boolean => startsIn(machines).length > 0;

/** Name of the role, and of its instance profile, that lets admins open shells on a region's machines. */
export const shellRole = (installation: string, region: string): string =>
  `callsheet-${installation}-shells-${region}`;

/** Name of the instance profile of a pool's machines, if any: the pool's own, else that of shells. */
export const profileOf = (installation: string, { settings, region }: Start): string | undefined => {
  const { instanceProfile, sessionManager } = settings.machine;
  return instanceProfile ?? (sessionManager ? shellRole(installation, region) : undefined);
};

/** Do machines in the region let admins open shells? */
export const hasShells = (machines: Machines, region: string): boolean =>
  startsIn(machines).some(
    (start) =>
      start.region === region &&
      profileOf(machines.installation, start) === shellRole(machines.installation, region),
  );
