// When a host may go: its paid day is over, and nothing is on it.
import type { Host } from '../host-records.ts';
import type { Limits } from '../limits.ts';
import type { Time } from '../records.ts';
import type { HostFacts } from './facts.ts';

/** The end of the time that is paid for at least. */
export const dayEnd = ({ allocatedAt, askedAt }: Host, { paidMs }: Limits): Time =>
  (allocatedAt ?? askedAt) + paidMs;

/** When the cloud lets go of it; never before it has said since when it is paid. */
export const releasableAt = ({ allocatedAt, notBefore = 0 }: Host, limits: Limits): Time =>
  allocatedAt === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(allocatedAt + limits.paidMs + limits.releaseMarginMs, notBefore);

/** Is it empty by all that is known, past its paid day, and in a state in which it may go? */
export function mayGo(host: Host, facts: HostFacts, now: Time, limits: Limits): boolean {
  const isShown = host.state === 'available' || host.state === 'permanent-failure';
  const isHeld = host.phase === 'held' || isForgotten(host, now, limits);
  return isHeld && isShown && facts.isEmpty(host) && now >= releasableAt(host, limits);
}

/** It was to be released, and there was no answer. */
const isForgotten = ({ phase, releasingAt }: Host, now: Time, { stopAgainMs }: Limits): boolean =>
  phase === 'releasing' && now - (releasingAt ?? 0) > stopAgainMs;
