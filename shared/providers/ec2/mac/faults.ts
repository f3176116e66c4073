// What EC2's refusals mean for hosts, and for machines on them.
import { type HostOffering, offeringKey, parseOffering, quotaShelf } from '../../../contract/offerings.ts';
import { hostQuotaCode, macFamilyOf, quotaLink } from '../../../contract/quotas.ts';
import type { Fault } from '../../../scheduler/ports.ts';
import { type Refusal, shortened } from '../faults.ts';
import { meaningOf, sayingOf } from '../words.ts';
import { isNoHost } from './host.ts';
import type { MacRequest } from './request.ts';

/** A refusal that says what EC2 has not done. */
type Refused = Omit<Refusal, 'kind'> & { kind: Fault['kind'] | 'refused' };

/** Where a host is asked for, and its instance type. */
export type HostPlace = Pick<HostOffering, 'region' | 'zone' | 'type' | 'market'>;

/** The place of a host that is asked for. Undefined: the key of its offering is none. */
export function hostPlace(offering: string): HostPlace | undefined {
  const parsed = parseOffering(offering);
  return parsed && { ...parsed, market: 'on-demand' };
}

/** What is empty then: a quota of hosts, or a kind of Mac in a zone; undefined: nothing, for others. */
export function faultOfAllocation(refused: Refused, place: HostPlace): Fault {
  const { kind, code } = refused;
  const what = `hosts for ${place.type} in ${place.zone}`;
  const family = macFamilyOf(place.type);
  if (code === 'HostLimitExceeded' && family) {
    const shelf = quotaShelf({ ...place, quota: family });
    return faultOf(refused, quotaWords(place.region, family), [shelf]);
  }
  if (isUnsupported.test(code)) {
    const why = `EC2 does not offer ${what}: leave the family or the zone out of the rung`;
    return faultOf(refused, why, [offeringKey(place)]);
  }
  const shelves = kind === 'capacity' || kind === 'quota' ? [offeringKey(place)] : undefined;
  return faultOf(refused, meaningOf(factsOf(refused), what), shelves);
}

/**
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * `InvalidHostConfiguration` is what others have met where a kind of Mac is not supported.
 */
const isUnsupported = /^(Unsupported|InvalidHostConfiguration)/;

function quotaWords(region: string, family: Parameters<typeof hostQuotaCode>[0]): string {
  const code = hostQuotaCode(family);
  return (
    `the quota ${code} (Dedicated Hosts of ${family}) is used up in ${region}, and new accounts have 0: ` +
    `raise it at ${quotaLink(region, code)} (hosts that were released count for some minutes more)`
  );
}

/** Of a launch on a host. What the host refuses empties this host alone. */
export function faultOfStart(refused: Refused, { host, type }: MacRequest): Fault {
  if (isOfHost(refused, host)) {
    const why = isNoHost(refused.code)
      ? `EC2 has no host ${host} any more`
      : `host ${host} takes no machine now, though EC2 has shown it as available`;
    return faultOf({ ...refused, kind: 'capacity' }, why, [hostShelf(host)]);
  }
  if (isUnsupported.test(refused.code)) {
    const why = `EC2 does not start ${type} from the pool's image: check the rung's macos and families`;
    return faultOf(refused, why);
  }
  return faultOf(refused, meaningOf(factsOf(refused), `machines of ${type} on host ${host}`));
}

/** Only the host stands on it. */
const hostShelf = (hostId: string): string => `host/${hostId}`;

/** `available` may come too early: the first code is what EC2 then says. */
const hostCodes =
  /^(InsufficientCapacityOnHost|InsufficientHostCapacity|InsufficientInstanceCapacity|InvalidHost)/;
const hostWords = /capacity|available|pending|occupied/i;

/** Codes that are not known speak for themselves when they name the host. */
const isOfHost = ({ kind, code, words }: Refused, host: string): boolean =>
  hostCodes.test(code) ||
  ((kind === 'invalid' || kind === 'refused') && words.includes(host) && hostWords.test(words));

/** A code that is unknown counts as a lack of capacity. */
const factsOf = ({ kind, code, words }: Refused) => ({
  kind: kind === 'refused' ? ('capacity' as const) : kind,
  isKnown: kind !== 'refused',
  code,
  words: shortened(words),
});

function faultOf(refused: Refused, meaning: string, shelves?: string[]): Fault {
  const { kind, isKnown, ...said } = factsOf(refused);
  return {
    kind,
    why: `${meaning}. ${sayingOf({ ...said, isKnown })}`,
    ...(shelves && { shelves }),
    ...(!isKnown && { unknown: true }),
  };
}
