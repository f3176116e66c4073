// What the configuration says of machines of EC2, as stacks and rights need it.
import type { Market } from '../../shared/contract/offerings.ts';
import type { AwsConfig, Ec2Rung } from '../../shared/policy/config.ts';
import { typesFor } from '../../shared/policy/offerings.ts';
import type { Config, PoolConfig } from '../../shared/policy/schema.ts';

/** A rung of EC2, with its pool. */
interface Offer {
  pool: string;
  settings: PoolConfig;
  rung: Ec2Rung;
}

const offersOf = ({ pools }: Config): Offer[] =>
  Object.entries(pools).flatMap(([pool, settings]) =>
    settings.ladder.flatMap((rung) => (rung.provider === 'ec2' ? [{ pool, settings, rung }] : [])),
  );

/** What machines are started from: one for each pool, region and market that the pool's rungs name. */
export interface Start {
  pool: string;
  settings: PoolConfig;
  region: string;
  market: Market;
}

/** All that is configured of EC2. */
export interface Machines extends AwsConfig {
  installation: string;
  starts: Start[];
  /** Families of instance types, as `g4dn`. */
  families: string[];
}

/** Undefined where no rung is of EC2. */
export function machinesOf(config: Config): Machines | undefined {
  const offers = offersOf(config);
  if (!config.aws || offers.length === 0) return undefined;
  const families = offers
    .flatMap(({ settings, rung }) => typesFor(settings, rung))
    .map(({ type }) => type.slice(0, type.indexOf('.')));
  return {
    ...config.aws,
    installation: config.installation,
    starts: startsOf(offers),
    families: [...new Set(families)].sort(),
  };
}

function startsOf(offers: readonly Offer[]): Start[] {
  const starts = offers.map(({ pool, settings, rung: { region, market } }): [string, Start] => [
    `${pool}/${region}/${market}`,
    { pool, settings, region, market },
  ]);
  return [...new Map(starts).values()];
}

/** Name of the role, and of its instance profile, that lets admins open shells on a region's machines. */
export const shellRole = (installation: string, region: string): string =>
  `callsheet-${installation}-shells-${region}`;

/** Name of the instance profile of a pool's machines, if any: the pool's own, else that of shells. */
export const profileOf = (installation: string, { settings, region }: Start): string | undefined => {
  const { instanceProfile, sessionManager } = settings.machine;
  return instanceProfile ?? (sessionManager ? shellRole(installation, region) : undefined);
};

/** Do machines in the region let admins open shells? */
export const hasShells = ({ installation, starts }: Machines, region: string): boolean =>
  starts.some(
    (start) => start.region === region && profileOf(installation, start) === shellRole(installation, region),
  );
