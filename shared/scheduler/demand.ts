// Demand: which waiting jobs may have a machine in this pass, and in which order they get one.
import { counts, type Limits } from './limits.ts';
import type { Builder, Job, PoolState, Time, VerdictCode } from './records.ts';
import { refusalOf } from './scopes.ts';
import { surplusWhy } from './supply.ts';

/** What policy says of one waiting job. */
export type Terms = { admission: 'admitted' } | { admission: 'unknown' | 'refused'; why: string };

/** What policy says of a pool's jobs. */
export interface Policy {
  terms(job: Job): Terms;
  /** How many jobs of the project may run at once, and how many of them untrusted. */
  concurrency(project: string): { all: number; untrusted: number };
  /** Time limit of the project's untrusted jobs, in ms. */
  untrustedJobMs(project: string): number;
  /** Has the job's run lost a machine to its cloud before? Then it keeps off spot. */
  avoidsSpot(job: Job): boolean;
}

/**
 * Why a job gets no machine in this pass. `why`: the words of policy or GitHub, or whose daily limit is
 * reached; empty where the code says it all.
 */
export interface Hold {
  job: Job;
  state: 'held' | 'refused';
  code: Exclude<VerdictCode, 'starting' | 'no-room' | 'no-rung'>;
  why: string;
}

export interface Demand {
  /** Oldest first. */
  admitted: Job[];
  holds: Hold[];
  /** Running jobs of each project: the seats that are taken. */
  running: Map<string, number>;
}

/** Seats of a project that its jobs share. */
interface Seats {
  limit: number;
  taken: number;
  code: 'concurrency' | 'untrusted-concurrency';
}

/** Sorts the waiting jobs of a pool into admitted and held ones. */
export function demandOf(state: PoolState, policy: Policy, now: Time, limits: Limits): Demand {
  const untrustedRuns = new Set(state.runs.filter((run) => run.trust === 'untrusted').map((run) => run.id));
  const failures = failuresByJob(state, now, limits);
  const running = new Map<string, number>();
  const projects = new Map<string, ReturnType<typeof seatsOf>>();
  const seats = (job: Job): Seats[] => {
    const known = projects.get(job.project) ?? seatsOf(policy, job.project);
    projects.set(job.project, known);
    return untrustedRuns.has(job.runId) ? known.untrusted : known.trusted;
  };
  const take = (job: Job): void => {
    for (const one of seats(job)) one.taken += 1;
  };
  for (const job of state.jobs) {
    if (job.phase !== 'running') continue;
    running.set(job.project, (running.get(job.project) ?? 0) + 1);
    take(job);
  }
  const full = (job: Job): Seats | undefined => seats(job).find(({ taken, limit }) => taken >= limit);

  const demand: Demand = { admitted: [], holds: [], running };
  for (const job of waitingOldestFirst(state.jobs)) {
    const hold = holdOf(job, state, policy, failures, full);
    if (hold) demand.holds.push(hold);
    else {
      take(job);
      demand.admitted.push(job);
    }
  }
  return demand;
}

/** Untrusted jobs take seats of both kinds. */
function seatsOf(policy: Policy, project: string): { trusted: Seats[]; untrusted: Seats[] } {
  const limit = policy.concurrency(project);
  const all: Seats = { limit: limit.all, taken: 0, code: 'concurrency' };
  const few: Seats = { limit: limit.untrusted, taken: 0, code: 'untrusted-concurrency' };
  return { trusted: [all], untrusted: [all, few] };
}

function holdOf(
  job: Job,
  state: PoolState,
  policy: Policy,
  failures: Map<string, number>,
  full: (job: Job) => Seats | undefined,
): Hold | undefined {
  const terms = policy.terms(job);
  if (terms.admission === 'refused') return { job, state: 'refused', code: 'trust-refused', why: terms.why };
  if (terms.admission === 'unknown') return { job, state: 'held', code: 'trust-unknown', why: terms.why };
  const refusedScope = refusalOf(state.pool, job.scope);
  if (refusedScope) return { job, state: 'held', code: 'scope-refused', why: refusedScope.why };
  if ((failures.get(job.id) ?? 0) >= counts.failedBuildersPerJob) {
    return { job, state: 'held', code: 'builders-failed', why: '' };
  }
  const limit = full(job);
  return limit && { job, state: 'held', code: limit.code, why: '' };
}

/** How many builders registered for a job and ended without any job, lately. */
function failuresByJob(state: PoolState, now: Time, limits: Limits): Map<string, number> {
  const named = new Set(state.jobs.map((job) => job.runner));
  const failures = new Map<string, number>();
  for (const builder of state.builders) {
    const endedAt = builder.finishedAt ?? builder.retiringAt;
    if (!builder.job || endedAt === undefined || now - endedAt > limits.failedBuildersMs) continue;
    if (!wasInVain(builder) || named.has(builder.runner)) continue;
    failures.set(builder.job, (failures.get(builder.job) ?? 0) + 1);
  }
  return failures;
}

/** It had a configuration, and no job came: neither to it nor to its scope, which would make it surplus. */
const wasInVain = ({ readyAt, foreign, startedAt, interruptedAt, why }: Builder): boolean =>
  readyAt !== undefined &&
  !foreign &&
  startedAt === undefined &&
  interruptedAt === undefined &&
  why !== surplusWhy;

/** Waiting jobs in the order in which they were queued. */
function waitingOldestFirst(jobs: readonly Job[]): Job[] {
  return jobs
    .filter((job) => job.phase === 'waiting')
    .sort((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
}

/** The jobs of one project that have no seat yet. */
interface Queue {
  jobs: Job[];
  at: number;
  seats: number;
}

/**
 * Deals seats in turn: next is the project with the fewest running and covered jobs, its oldest job first
 * (design rule 24). `jobs` come oldest first.
 */
export function inTurn(jobs: readonly Job[], seatsTaken: ReadonlyMap<string, number>): Job[] {
  const queues = new Map<string, Queue>();
  for (const job of jobs) {
    const queue = queues.get(job.project);
    if (queue) queue.jobs.push(job);
    else queues.set(job.project, { jobs: [job], at: 0, seats: seatsTaken.get(job.project) ?? 0 });
  }
  const order: Job[] = [];
  const inLine = [...queues.values()];
  for (let next = nextOf(inLine); next; next = nextOf(inLine)) {
    order.push(next.job);
    next.queue.at += 1;
    next.queue.seats += 1;
  }
  return order;
}

function nextOf(queues: readonly Queue[]): { queue: Queue; job: Job } | undefined {
  let next: Queue | undefined;
  let job: Job | undefined;
  for (const queue of queues) {
    const head = queue.jobs[queue.at];
    if (!head) continue;
    const later = next && job && (queue.seats - next.seats || head.queuedAt - job.queuedAt) >= 0;
    if (!later) [next, job] = [queue, head];
  }
  return next && job && { queue: next, job };
}
