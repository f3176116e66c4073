// Offerings: the concrete things that are asked of EC2. Their keys stand in records, tags and memory.

export type Market = 'spot' | 'on-demand';

/**
 * Quotas count vCPUs of families together: G and VT, P, and the standard ones (A, C, D, H, I, M, R, T, Z).
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html
 */
export type QuotaClass = 'g' | 'p' | 'standard';

/** Kinds of Macs. Each has a quota of its own, which counts Dedicated Hosts. */
export type MacFamily =
  | 'mac1'
  | 'mac2'
  | 'mac2-m2'
  | 'mac2-m2pro'
  | 'mac2-m1ultra'
  | 'mac-m4'
  | 'mac-m4pro'
  | 'mac-m4max'
  | 'mac-m3ultra';

/** One instance type in one zone and market. */
export interface Offering {
  region: string;
  zone: string;
  market: Market;
  type: string;
  quota: QuotaClass;
  vCpus: number;
  /** On demand. Spot is never settled dearer. */
  usdPerHour: number;
}

/** A kind of Mac in one zone: it is the host that is asked for, and that costs. */
export interface HostOffering extends Omit<Offering, 'quota'> {
  market: 'on-demand';
  quota: MacFamily;
}

type Place = Pick<Offering, 'region' | 'market'>;

/** `us-east-1/spot/g4dn.xlarge/us-east-1a`. */
export const offeringKey = ({
  region,
  market,
  type,
  zone,
}: Pick<Offering, 'region' | 'market' | 'type' | 'zone'>): string => `${region}/${market}/${type}/${zone}`;

/** The parts of an offering's key; undefined when the text is no such key. */
export function parseOffering(
  key: string,
): Pick<Offering, 'region' | 'market' | 'type' | 'zone'> | undefined {
  const [region, market, type, zone, ...more] = key.split('/');
  if (!region || !type || !zone || more.length > 0) return undefined;
  return market === 'spot' || market === 'on-demand' ? { region, market, type, zone } : undefined;
}

/** Shelves: what can be empty as a whole. A shelf that is empty empties all offerings on it. */
export const marketShelf = ({ region, market }: Place): string => `${region}/${market}`;

export const quotaShelf = ({ region, market, quota }: Place & { quota: string }): string =>
  `${region}/${market}/quota/${quota}`;

export const zoneShelf = ({ region, zone }: Pick<Offering, 'region' | 'zone'>): string =>
  `${region}/zone/${zone}`;

/** For one pool only: what it starts there does not work, which says nothing about others. */
export const ownShelf = (pool: string, offering: string): string => `pool/${pool}/${offering}`;

/** All shelves that an offering stands on for a pool, its key first. */
export const shelvesOf = (offering: Offering | HostOffering, pool: string): string[] => [
  offeringKey(offering),
  ownShelf(pool, offeringKey(offering)),
  zoneShelf(offering),
  quotaShelf(offering),
  marketShelf(offering),
];
