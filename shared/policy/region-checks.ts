// What must be true of the regions where machines start. Each check answers problems: place, then remedy.
import { unknownPrice } from './complete.ts';
import type { AwsConfig, PoolConfig, RegionConfig } from './config.ts';
import { nearest } from './nearest.ts';
import { regions } from './regions.ts';

/** What is said of AWS. `unread`: it is written, and has mistakes of its own. */
export type AwsPart = AwsConfig | 'missing' | 'unread';

/** The region that a rung names, with what is wrong with that. `here`: `pools.<name>.ladder[<index>]`. */
export function regionOf(
  here: string,
  { trustedOnly }: Pick<PoolConfig, 'trustedOnly'>,
  region: string,
  aws: AwsPart,
): { problems: string[]; found?: RegionConfig } {
  if (aws === 'unread') return { problems: [] };
  if (aws === 'missing') {
    return { problems: [`${here}: nothing says where machines start; write aws: { region: 'us-east-1' }`] };
  }
  const found = aws.regions[region];
  if (found === undefined) {
    const meant = nearest(region, Object.keys(aws.regions));
    const remedy = meant ? `did you mean '${meant}'?` : 'add it there';
    return { problems: [`${here}.region: '${region}' is not in aws.regions; ${remedy}`] };
  }
  if (trustedOnly || !found.vpc) return { problems: [], found };
  const problem =
    `${here}.region: '${region}' has a VPC of yours, and jobs reach what is in it; ` +
    'write trustedOnly: true in the pool';
  return { problems: [problem], found };
}

/** All problems of the regions, in their order. */
export function regionProblems({ region: home, regions: named }: AwsConfig): string[] {
  const isHome = Object.hasOwn(named, home);
  return [
    ...(isHome ? [] : [`aws.regions: lacks the home region; add '${home}': {}`]),
    ...Object.entries(named).flatMap(([name, region]) => [
      ...knownProblems(`aws.regions.${name}`, name, region),
      ...zoneProblems(`aws.regions.${name}.zones`, name, region),
      ...subnetProblems(`aws.regions.${name}.vpc.subnets`, region),
    ]),
  ];
}

/** What nothing is known of must be said. */
function knownProblems(place: string, name: string, { zones, priceFactor }: RegionConfig): string[] {
  if (Object.hasOwn(regions, name)) return [];
  const meant = nearest(name, Object.keys(regions));
  const remedy = `nothing is known of this region${meant ? ` (did you mean '${meant}'?)` : ''}, give`;
  return [
    ...(zones.length === 0 ? [`${place}.zones: is missing; ${remedy} the names of its zones`] : []),
    ...(priceFactor === unknownPrice
      ? [`${place}.priceFactor: is missing; ${remedy} its prices against us-east-1`]
      : []),
  ];
}

const zoneProblems = (place: string, region: string, { zones }: RegionConfig): string[] =>
  zones.flatMap((zone, index) => {
    if (zone.slice(0, -1) !== region) {
      return [`${place}[${index}]: '${zone}' is no zone of ${region}; name one, such as '${region}a'`];
    }
    const isFirst = zones.indexOf(zone) === index;
    return isFirst ? [] : [`${place}[${index}]: '${zone}' is named twice; name it once`];
  });

function subnetProblems(place: string, { zones, vpc }: RegionConfig): string[] {
  if (!vpc) return [];
  const zonesWithSubnet = Object.keys(vpc.subnets);
  return [
    ...zones
      .filter((zone) => !zonesWithSubnet.includes(zone))
      .map((zone) => `${place}: lacks '${zone}'; give its subnet, or remove the zone`),
    ...zonesWithSubnet
      .filter((zone) => !zones.includes(zone))
      .map((zone) => `${place}.${zone}: is no zone in use; add it to zones, or remove the subnet`),
  ];
}
