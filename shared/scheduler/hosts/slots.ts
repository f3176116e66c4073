// Slots: when each host could begin its next job, by what is known and by what things take as a rule.
import type { Host } from '../host-records.ts';
import { bootsSince, counts, type Limits } from '../limits.ts';
import type { Builder, Job, Time } from '../records.ts';
import type { HostFacts } from './facts.ts';
import type { Keeping } from './keeping.ts';
import { dayEnd } from './release.ts';
import { repositoryAfter } from './resets.ts';

/** A host in line for jobs. */
export interface Slot {
  /** The host's id, and its record. Without one the plan asks for it. */
  id: string;
  host?: Host;
  /** `clean`: a machine may be started now. `coming`: it is not there yet. */
  is: 'clean' | 'coming' | 'taken';
  /** When a trusted job of that repository can begin, and when any other can. */
  repository?: string | undefined;
  ownAt: Time;
  anyAt: Time;
  /** What a job takes on it, in ms. */
  jobMs: number;
  /** The jobs that it is expected to do next. */
  jobs: Job[];
}

export interface SlotContext {
  now: Time;
  limits: Limits;
  keeping: Keeping;
  facts: HostFacts;
  jobMsOn(host: Host): number;
  /** Is it dealt a job that it has yet to claim? */
  dealtJob(builder: Builder): Job | undefined;
}

export const never = Number.POSITIVE_INFINITY;

type Times = Pick<Slot, 'is' | 'repository' | 'ownAt' | 'anyAt'>;

/** The slot of a host; undefined: it takes no further job. */
export function slotOf(host: Host, at: SlotContext): Slot | undefined {
  if (host.phase === 'gone' || host.phase === 'releasing' || host.state === 'permanent-failure')
    return undefined;
  if (!at.keeping.fits(host.offering)) return undefined;
  if (at.keeping.paidDay === 'one-job' && at.facts.hasServed(host)) return undefined;
  const times = timesOf(host, at);
  return times && { id: host.id, host, jobMs: at.jobMsOn(host), jobs: [], ...times };
}

/** A host that is to be asked for. */
export const newSlot = (id: string, jobMs: number, { now, limits }: SlotContext): Slot => ({
  id,
  is: 'coming',
  jobMs,
  jobs: [],
  ...from(now + limits.usualBootMs),
});

/** When the job could begin there. */
export const startOf = (slot: Slot, job: Job, facts: HostFacts): Time =>
  isOwnOf(slot, job, facts) ? Math.min(slot.ownAt, slot.anyAt) : slot.anyAt;

/** May the job have the disk that a reset leaves there? */
export const isOwnOf = ({ repository }: Pick<Slot, 'repository'>, job: Job, facts: HostFacts): boolean =>
  repository === job.repository && facts.isTrusted(job) === true;

/** Can a machine be started there, for a job that nobody has seated yet? */
export const isFree = ({ is, jobs }: Slot): boolean => is === 'clean' && jobs.length === 0;

/** Puts a job in line there, with all that follows for the jobs after it. Answers when it begins. */
export function take(slot: Slot, job: Job, at: SlotContext): Time {
  const start = startOf(slot, job, at.facts);
  slot.jobs.push(job);
  Object.assign(slot, after(start + slot.jobMs, [likelyMachine(slot.id, job, at.now), [job]], at));
  return start;
}

function timesOf(host: Host, at: SlotContext): Times | undefined {
  const { now, limits, keeping, facts } = at;
  if (host.phase === 'asked') return { is: 'coming', ...from(now + limits.usualBootMs) };
  const machine = facts.machineOn(host);
  if (machine) return { is: 'taken', ...timesOfMachine(host, machine, at) };
  const start = facts.startOn(host);
  if (start) {
    const end = Math.max(now, start.askedAt + limits.usualBootMs) + at.jobMsOn(host);
    return { is: 'taken', ...afterDealt(end, likelyMachine(host.id, start.job, now), start.job, at) };
  }
  if (isClean(host, facts)) return timesOfClean(host, at);
  // A new host may be shown late: whoever asked for another one meanwhile would pay for two.
  const isNew = now - (host.allocatedAt ?? host.askedAt) <= limits.usualBootMs && !facts.wasUsed(host);
  if (isNew) return { is: 'coming', ...from(now + limits.usualBootMs) };
  if (host.state === 'under-assessment' || host.state === 'unknown') return undefined;
  const cleanAt = (host.state === 'pending' ? (host.stateSince ?? now) : now) + keeping.scrubMs;
  // What is overdue takes as long again, for all one knows: the longer it lasts, the less is it waited for.
  return { is: 'taken', ...from(Math.max(cleanAt, 2 * now - cleanAt) + limits.usualBootMs) };
}

function timesOfClean(host: Host, { now, limits }: SlotContext): Times | undefined {
  const { rests = 0, restsUntil = 0 } = host;
  if (restsUntil <= now) return { is: 'clean', ...from(now + limits.usualBootMs) };
  // It is asked again from time to time, but nobody waits for it: not in its place in the line, and not in
  // its time, which is over.
  const isPast = now >= dayEnd(host, limits) && restsUntil - now > limits.hostRestMaxMs;
  if (rests >= counts.refusalsInVain || isPast) return undefined;
  return { is: 'taken', ...from(restsUntil + limits.usualBootMs) };
}

/** It is there, its disk is nobody's, and no machine is on it by any word. */
const isClean = (host: Host, facts: HostFacts): boolean =>
  host.phase === 'held' && host.hostId !== undefined && host.state === 'available' && facts.isEmpty(host);

function timesOfMachine(host: Host, machine: Builder, at: SlotContext): Omit<Times, 'is'> {
  const { now, limits, keeping, facts } = at;
  const ended = (since = now): Omit<Times, 'is'> =>
    from(Math.max(now, since + limits.usualStopMs) + keeping.scrubMs + limits.usualBootMs);
  switch (machine.phase) {
    case 'booting': {
      const dealt = at.dealtJob(machine);
      const bootedAt = machine.askedAt ?? bootsSince(machine) + limits.usualBootMs;
      if (dealt) return afterDealt(Math.max(now, bootedAt) + at.jobMsOn(host), machine, dealt, at);
      return ended();
    }
    case 'claimed':
    case 'ready': {
      const jobs = facts.jobsOn(machine);
      const startedAt = jobs[0]?.startedAt ?? machine.startedAt ?? now;
      const end = Math.max(now, startedAt + at.jobMsOn(host));
      const planned = facts.jobOf(machine.job);
      return jobs.length > 0 ? after(end, [machine, jobs], at) : afterDealt(end, machine, planned, at);
    }
    case 'resetting': {
      const { reset, bound } = machine;
      if (!reset) return after(now, [machine, facts.jobsOn(machine)], at);
      const ownAt = Math.max(now, reset.askedAt + limits.usualResetMs);
      return { repository: bound, ownAt, anyAt: ended().anyAt };
    }
    case 'retiring':
    case 'stopping':
    case 'gone':
      return ended(machine.stoppingAt);
  }
}

const from = (time: Time): Omit<Times, 'is'> => ({ repository: undefined, ownAt: time, anyAt: time });

const afterDealt = (end: Time, machine: Builder, job: Job | undefined, at: SlotContext): Omit<Times, 'is'> =>
  after(end, [machine, job ? [job] : []], at);

/** When the next job can begin, after the machine's present ones have ended. */
function after(
  end: Time,
  [machine, jobs]: [machine: Builder, jobs: readonly Job[]],
  { limits, keeping, facts }: SlotContext,
): Omit<Times, 'is'> {
  if (keeping.paidDay === 'one-job') return from(never);
  const repository = repositoryAfter(machine, jobs, facts, keeping);
  const anyAt = end + limits.usualStopMs + keeping.scrubMs + limits.usualBootMs;
  return { repository, ownAt: end + limits.usualResetMs, anyAt };
}

/** The machine that a host will have for a job. */
const likelyMachine = (host: string, job: Job | undefined, now: Time): Builder => ({
  kind: 'builder',
  pool: job?.pool ?? '',
  id: '',
  version: 0,
  phase: 'booting',
  provider: '',
  rung: 0,
  launch: '',
  launchedAt: now,
  turn: 1,
  count: 0,
  usdPerHour: 0,
  host,
  scope: job?.scope,
  project: job?.project,
  job: job?.id,
});
