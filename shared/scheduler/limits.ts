// The time limits of the rules, each beside its reason. All in milliseconds.
import type { Builder, Time } from './records.ts';

const second = 1000;
const minute = 60 * second;

/** Limits that hold for every pool. */
export const standardLimits = {
  /**
   * A ready builder counts as supply this long: GitHub has been seen to assign after four minutes and more.
   */
  readyMs: 5 * minute,
  /** A builder that is busy by its own word, and not yet by GitHub's, covers one waiting job this long. */
  coverMs: 3 * minute,
  /** A booted builder that is not needed lingers, since demand comes in bursts. */
  lingerMs: minute,
  /** An idle builder counts as supply only if it was heard of in this time: four heartbeats. */
  voiceMs: 2 * minute,
  /** After its registration is deleted, a builder that stays silent this long may be stopped. */
  silenceMs: 3 * minute,
  /** A builder ends by itself after its job; with a reaper interval this is less than two minutes. */
  wrapMs: 50 * second,
  /** A builder whose wait in the cloud's queue is over gets this long for word of that to arrive. */
  queueMarginMs: 2 * minute,
  /** Added to boot, ready and job limit: the machine's own clean-up. */
  graceMs: 5 * minute,
  /** A stop is repeated this often until the cloud says that the machine is gone. */
  stopAgainMs: minute,
  /** What ended stays in the open table, so that late facts meet it. */
  tombstoneMs: 60 * minute,
  /** A job that was not heard of for this long is asked about. */
  verifyMs: 5 * minute,
  /** Younger launches may still be under way in an overlapping pass. */
  launchSettlesMs: 3 * second,
  /** A launch is asked again only this long before its token ends, and closed this long after. */
  tokenMarginMs: minute,
  closeMarginMs: 3 * minute,
  /** Machines and records younger than this are not missed by a list that lacks them. */
  newbornMs: 3 * minute,
  adoptAfterMs: minute,
  /** Two sightings are two only if this much time lies between them. */
  sightingsApartMs: 50 * second,
  /** A first sighting older than this is taken anew. */
  sightingFadesMs: 150 * second,
  /**
   * A rung without capacity is left alone this long; one whose builders never claim, that refuses what the
   * configuration asks for, or that does not answer, 5, 10, 20 … 60 minutes.
   */
  noCapacityMs: 3 * minute,
  rungClosedMs: 5 * minute,
  rungClosedMaxMs: 60 * minute,
  /** What failed its health check was got as an offering that is not asked for this long. */
  unfitMs: 20 * minute,
  /**
   * A rung that is refused again this soon after its rest has been in vain all the time: others may have been
   * waited for meanwhile, and a launch without an answer is waited for six minutes.
   */
  inVainMs: 10 * minute,
  /** After a launch is closed without an answer, its machines may still show up this long. */
  stragglersMs: 10 * minute,
  /** Money that was reserved for a launch which was then never saved is free again after this time. */
  reservationMs: 2 * minute,
  /** A job whose builders ended without getting it is tried again this long after the last one. */
  failedBuildersMs: 30 * minute,
  /** How long a repository's setting for the approval of forks is believed. */
  forkApprovalMs: 10 * minute,
  /**
   * A host is paid for at least this long, by EC2's clock, which may be a little behind ours.
   * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html
   */
  paidMs: 24 * 60 * minute,
  releaseMarginMs: minute,
  /** Beyond what is reserved for a host's jobs: its machine ends, and it is released. */
  hostSlackMs: 30 * minute,
  /** A host that refuses a machine is left alone 5, 10, 20, 30 minutes. */
  hostRestMs: 5 * minute,
  hostRestMaxMs: 30 * minute,
  /** A reset that has not succeeded by then is given up, and the machine is ended. */
  resetMs: 30 * minute,
  /** What things take on a Mac, as a rule: only plans depend on it. AWS says 6 to 20 minutes for a boot. */
  usualBootMs: 12 * minute,
  usualResetMs: 15 * minute,
  usualStopMs: 15 * minute,
  usualScrubMs: 110 * minute,
  usualJobMs: 30 * minute,
  /** A notice on GitHub is updated at most this often. */
  noticeEveryMs: minute,
  /**
   * Deliveries that failed are looked for this far back: GitHub can repeat them for three days.
   * https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
   */
  deliveriesBackMs: 72 * 60 * minute,
  /** GitHub fails a job that no runner takes for a day (https://docs.github.com/actions/reference/limits). */
  queuedAtMostMs: 24 * 60 * minute,
  /** The reaper's own interval. */
  sweepMs: minute,
  /** Rings sent longer than this before the start of a finished pass have been answered by it. */
  ringMarginMs: 2 * second,
};

/** Numbers that are not times. */
export const counts = {
  /**
   * Builders that may be on their way to a registration. GitHub makes 180 a minute and installation, some
   * of them for repeated claims: this is two minutes' worth, so that a matrix of 256 jobs is one launch.
   */
  registrationsAhead: 300,
  /** Builders of a rung in a row that never claim close it. */
  failedBootsInARow: 5,
  /** Builders that ended without being named hold the job that they were for. */
  failedBuildersPerJob: 3,
  /** A host that has refused so many machines in a row, for more than an hour, is not counted on any more. */
  refusalsInVain: 5,
  /** Jobs that one pass, and one sweep, asks GitHub about. */
  verifiedPerPass: 10,
  verifiedPerSweep: 20,
};

export type StandardLimits = typeof standardLimits;

/** The limits of one pool: those of every pool, and its own. */
export interface Limits extends StandardLimits {
  /** From the launch to the first claim. */
  bootMs: number;
  /** Of one job. */
  jobMs: number;
}

/** The age at which a builder ends whatever it does: late enough for a job that began at the last moment. */
export const ageLimit = (limits: Limits): number => limits.bootMs + workLimit(limits);

/** How long a builder may live from its first configuration on: the limit where its machine has no age. */
export const workLimit = (limits: Limits): number => limits.readyMs + limits.jobMs + limits.graceMs;

/** Since when a builder boots, at the latest: it may have waited in the cloud's queue, or been reset. */
export const bootsSince = (
  builder: Pick<Builder, 'launchedAt' | 'queueUntil' | 'provisionedAt' | 'turnAt'>,
): Time => builder.turnAt ?? builder.provisionedAt ?? builder.queueUntil ?? builder.launchedAt;

/** Has a builder that never asked for work had its time to do so: in the cloud's queue, then to boot? */
export function bootIsOver(builder: Builder, now: Time, limits: Limits): boolean {
  const queues = builder.queueUntil !== undefined && builder.provisionedAt === undefined;
  return now - bootsSince(builder) > (queues ? limits.queueMarginMs : limits.bootMs);
}

/** All limits divided by `pace`, for a world whose clocks run faster. */
export function paced<T extends Record<string, number>>(limits: T, pace: number): T {
  const scaled = Object.fromEntries(Object.entries(limits).map(([name, ms]) => [name, ms / pace]));
  return { ...limits, ...scaled };
}
