// What EC2's error codes mean to us. Those of fleets name an offering; those of calls are about all of it.
import * as z from 'zod/mini';
import { marketShelf, offeringKey, ownShelf, quotaShelf, zoneShelf } from '../../contract/offerings.ts';
import type { Fault } from '../../scheduler/ports.ts';
import type { Asked } from './request.ts';
import { whyOf } from './words.ts';

/**
 * `absent`: there is no such instance. `already`: the token was used with other parameters, or what it
 * started has ended, so the launch has arrived. `refused`: it had no effect, and its code is unknown.
 * `doubt`: it may have had its effect, or EC2 has not looked at it.
 */
export interface Refusal {
  kind: Fault['kind'] | 'absent' | 'already' | 'refused' | 'doubt';
  code: string;
  /** EC2's own. */
  words: string;
}

/** What is empty then, as a whole. `own`: for the pool alone, whose machines may be at fault. */
type Shelf = 'offering' | 'own' | 'zone' | 'quota' | 'market';

/**
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
 * Codes that the reference lacks are those that other users of fleets have met.
 */
const fleetCodes = new Map<string, { kind: Fault['kind']; shelf: Shelf }>([
  ['InsufficientInstanceCapacity', { kind: 'capacity', shelf: 'offering' }],
  ['InsufficientCapacityOnHost', { kind: 'capacity', shelf: 'offering' }],
  ['InsufficientHostCapacity', { kind: 'capacity', shelf: 'offering' }],
  ['UnfulfillableCapacity', { kind: 'capacity', shelf: 'offering' }],
  ['ReservationCapacityExceeded', { kind: 'capacity', shelf: 'offering' }],
  ['SpotMaxPriceTooLow', { kind: 'capacity', shelf: 'offering' }],
  ['InsufficientFreeAddressesInSubnet', { kind: 'capacity', shelf: 'zone' }],
  // The subnet was replaced since it was looked up.
  ['InvalidSubnetID.NotFound', { kind: 'capacity', shelf: 'zone' }],
  ['VcpuLimitExceeded', { kind: 'quota', shelf: 'quota' }],
  ['MaxSpotInstanceCountExceeded', { kind: 'quota', shelf: 'quota' }],
  ['InstanceLimitExceeded', { kind: 'quota', shelf: 'offering' }],
  ['HostLimitExceeded', { kind: 'quota', shelf: 'offering' }],
  ['MaxFleetCountExceeded', { kind: 'quota', shelf: 'market' }],
  ['MaxSpotFleetRequestCountExceeded', { kind: 'quota', shelf: 'market' }],
  ['TargetCapacityLimitExceededException', { kind: 'quota', shelf: 'market' }],
  ['ResourceLimitExceeded', { kind: 'quota', shelf: 'market' }],
  ['PendingVerification', { kind: 'quota', shelf: 'market' }],
  ['AuthFailure.ServiceLinkedRoleCreationNotPermitted', { kind: 'quota', shelf: 'market' }],
  ['Unsupported', { kind: 'invalid', shelf: 'offering' }],
]);

/** https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
const throttling = /Throttl|RequestLimitExceeded|TooManyRequests|SlowDown/;

/** Beginnings of codes that say: EC2 does not do what it is asked, and never will. */
const invalid = new RegExp(
  '^(Invalid|Missing|Malformed|UnknownParameter|Unsupported|Unauthorized|AuthFailure|AccessDenied|' +
    'OptInRequired|OperationNotPermitted|Blocked)',
);

const absent = new Set(['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed']);
const already = new Set(['IdempotentParameterMismatch', 'IdempotentInstanceTerminated']);

/**
 * Beginnings of codes that say nothing about what is asked: time-outs, credentials that have ended, clocks
 * that differ, signatures; and what the SDK calls an answer without a code.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
 */
const unheard = new RegExp(
  '^(RequestTimeout|TimeoutError|ExpiredToken|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|' +
    'SignatureDoesNotMatch|InvalidSignature|IncompleteSignature|InvalidClientTokenId|UnrecognizedClient|' +
    'MissingAuthenticationToken|Unknown$|UnknownError$)',
);

function kindOf(code: string): Exclude<Refusal['kind'], 'refused'> {
  if (throttling.test(code)) return 'throttled';
  if (unheard.test(code)) return 'doubt';
  if (absent.has(code)) return 'absent';
  if (already.has(code)) return 'already';
  return fleetCodes.get(code)?.kind ?? (invalid.test(code) ? 'invalid' : 'doubt');
}

/** What a call's error means. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Error)) return { kind: 'doubt', code: 'none', words: 'no answer' };
  const { name, message } = error;
  const kind = kindOf(name);
  return { kind: kind === 'doubt' && isRefused(error) ? 'refused' : kind, code: name, words: message };
}

/** An error of the SDK for an answer that says: the request is at fault. */
const clientError = z.object({
  $metadata: z.object({ httpStatusCode: z.int().check(z.gte(400), z.lt(500)) }),
});

/** Of an unknown code: is it the request that EC2 does not take? 408 is a time-out, 429 a limit. */
function isRefused(error: Error): boolean {
  if (unheard.test(error.name)) return false;
  const status = clientError.safeParse(error).data?.$metadata.httpStatusCode;
  return status !== undefined && status !== 408 && status !== 429;
}

/** A refusal for logs. */
export const wordsOf = ({ code, words }: Refusal): string => `${code}: ${shortened(words)}`;

/** AWS's words may hold account ids, and kilobytes of a refusal's encoded reasons. */
export const shortened = (words: string): string => words.slice(0, 200);

/** An error of a fleet that was answered, and the offerings that it is about. */
export interface FleetError {
  code: string;
  words: string;
  offerings: readonly Asked[];
}

/** One fault for each code, with all that is empty. A code that is unknown counts as a lack of capacity. */
export function faultsOf(errors: readonly FleetError[], pool: string): Fault[] {
  const codes = [...new Set(errors.map(({ code }) => code))];
  return codes.map((code) => {
    const alike = errors.filter((error) => error.code === code);
    const offerings = alike.flatMap((error) => error.offerings);
    return faultOf(code, alike[0]?.words ?? '', offerings, pool);
  });
}

function faultOf(code: string, words: string, offerings: readonly Asked[], pool: string): Fault {
  const read = kindOf(code);
  const isKnown = read !== 'doubt' && read !== 'absent' && read !== 'already';
  const kind = isKnown ? read : 'capacity';
  const shelf = fleetCodes.get(code)?.shelf ?? 'own';
  const shelves = [...new Set(offerings.map((each) => shelfOf(shelf, each, pool)))];
  const why = whyOf({ kind, code, isKnown, words: shortened(words), offerings, byQuota: shelf === 'quota' });
  return {
    kind,
    why,
    ...(kind !== 'throttled' && shelves.length > 0 && { shelves }),
    ...(!isKnown && { unknown: true }),
  };
}

function shelfOf(shelf: Shelf, offering: Asked, pool: string): string {
  switch (shelf) {
    case 'own':
      return ownShelf(pool, offeringKey(offering));
    case 'offering':
      return offeringKey(offering);
    case 'zone':
      return zoneShelf(offering);
    case 'quota':
      return quotaShelf(offering);
    case 'market':
      return marketShelf(offering);
  }
}

/** The fault of a call that EC2 refused as a whole. What is invalid, or unknown, is so for the whole rung. */
export function faultOfCall(
  { code, kind, words }: Refusal,
  offerings: readonly Asked[],
  pool: string,
): Fault {
  const { shelves, ...fault } = faultOf(code, words, offerings, pool);
  return kind === 'invalid' || kind === 'refused' || !shelves ? fault : { ...fault, shelves };
}
