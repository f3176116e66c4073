// How long things may last in a world: each bound is the sum of what it is made of.
import { ageLimit, standardLimits } from '../../shared/scheduler/limits.ts';
import { jobLimitMinutes, type LadderName, patienceMinutes } from './config.ts';
import type { SimulatedJob } from './github.ts';
import { askedAt } from './jobs.ts';
import { minute } from './time.ts';
import type { Faults, World } from './world.ts';

const { newbornMs, queueMarginMs, readyMs, silenceMs, sweepMs, verifyMs } = standardLimits;

/** The pools' own: from the launch to the first claim. */
export const bootMs = 10 * minute;
const ageLimitMs = ageLimit({ ...standardLimits, bootMs, jobMs: jobLimitMinutes * minute });

/** A ring that dies with its dispatcher comes again after this time. */
const visibilityMs = minute;
const longestDeafness = 6 * minute;

/** Kinds of faults that keep us from hearing of an end, or from ending a machine. */
const hindering: readonly (keyof Faults)[] = [
  'crash',
  'deliveryLost',
  'deliveryLate',
  'cloud',
  'github',
  'throttled',
  'overlap',
  'skew',
  'hangs',
  'tableThrottled',
  'emptyList',
  'omitted',
  'rateLimited',
  'deafToStop',
  'tick',
  'staleBusy',
];

/**
 * Until when what is over since `at` may last, if it may last `ms` where nothing hinders us: otherwise it is
 * found out by asking, and ended against resistance, once the faults have ended.
 */
export function until({ faults, faultsEnd }: World, at: number, ms: number): number {
  if (!hindering.some((kind) => faults[kind])) return at + ms;
  const foundOut = verifyMs + silenceMs + 2 * sweepMs + 2 * visibilityMs;
  return Math.max(at, faultsEnd) + ms + foundOut + longestDeafness;
}

/** After its job. The second line of defence, on the machine itself, is not counted on. */
export const afterJobMs = 2 * minute;

/** Of a builder, whatever runs on it; it takes a pass to end it. */
export const lifeMs = ageLimitMs + 2 * minute;

/** Of what nobody owns: two passes of the reaper and the grace, and the time that an end takes. */
export const unownedMs = newbornMs + 3 * sweepMs + 2 * minute;

/** Of a registration without an owner: its scope is listed at least each fifth sweep, and that twice. */
export const unownedRegistrationMs = newbornMs + 2 * 5 * sweepMs + 2 * minute;

/** The longest that a job may wait once no faults happen any more, and nobody waits for money. */
export const waitAfterFaultsMs = 40 * minute;

/**
 * The longest that a job may wait while only one kind of fault happens and its pool has room: it may be told
 * of late, its ring may die, its builder may boot in vain, or get no job. Where builders wait in their
 * cloud's queue, they do so before they boot.
 */
export const waitMs = (ladder: LadderName): number =>
  (queues(ladder) ? patienceMinutes * minute + queueMarginMs : 0) +
  bootMs +
  2 * visibilityMs +
  2 * sweepMs +
  readyMs;

const queues = (ladder: LadderName): boolean => ladder === 'queue' || ladder === 'ec2-queue';

/** Whether a job waits for too long at a time, now that faults have ended. */
export const isLate = (job: SimulatedJob, { faultsEnd }: World, now: number): boolean =>
  (job.startedAt ?? now) - Math.max(askedAt(job), faultsEnd) > waitAfterFaultsMs;
