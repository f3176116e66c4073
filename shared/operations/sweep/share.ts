// How much of GitHub's rate limit a sweep may use for an owner: the rest is for jobs and machines at work.
import type { Allowance } from '../../scheduler/ports.ts';
import type { Time } from '../../scheduler/records.ts';

const minuteMs = 60_000;
/** Calls of a sweep for one owner, at most. */
const mostCalls = 60;
/** Of what is left until the limit is filled up again, spread over the minutes until then. */
const sharePart = 1 / 4;
/** With less than this left of the limit, sweeps ask nothing. */
const leastPart = 1 / 10;

/** Calls that a sweep may make now; or why it may make none, in words for an admin. */
export function shareOf(allowance: Allowance | undefined, now: Time): number | string {
  if (!allowance) return mostCalls;
  const { remaining, limit, resetAt } = allowance;
  if (remaining < limit * leastPart) {
    const until = new Date(resetAt).toISOString().slice(11, 16);
    return `${remaining} of ${limit} calls are left until ${until}`;
  }
  const minutes = Math.max(1, (resetAt - now) / minuteMs);
  return Math.min(mostCalls, Math.floor((remaining * sharePart) / minutes));
}
