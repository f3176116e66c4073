// Demand: which waiting jobs may have a machine in this pass, and in which order they get one.
import { counts, type Limits } from './limits.ts';
import type { Job, PoolState, Time, VerdictCode } from './records.ts';

/** What policy says of one waiting job. */
export type Terms = { admission: 'admitted' } | { admission: 'unknown' | 'refused'; why: string };

/** What policy says of a pool's jobs. */
export interface Policy {
  terms(job: Job): Terms;
  /** How many jobs of the project may run at once, and how many of them untrusted. */
  concurrency(project: string): { all: number; untrusted: number };
  /** Time limit of the project's untrusted jobs, in ms. */
  untrustedJobMs(project: string): number;
}

/**
 * Why a job gets no machine in this pass. `why`: the words of policy or GitHub, empty where the code says
 * it all.
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
  key: string;
  limit: number;
  code: 'concurrency' | 'untrusted-concurrency';
}

/** Sorts the waiting jobs of a pool into admitted and held ones. */
export function demandOf(state: PoolState, policy: Policy, now: Time, limits: Limits): Demand {
  const untrustedRuns = new Set(state.runs.filter((run) => run.trust === 'untrusted').map((run) => run.id));
  const failures = failuresByJob(state, now, limits);
  const running = new Map<string, number>();
  const taken = new Map<string, number>();
  const seats = (job: Job): Seats[] => {
    const limit = policy.concurrency(job.project);
    const all: Seats = { key: job.project, limit: limit.all, code: 'concurrency' };
    if (!untrustedRuns.has(job.runId)) return [all];
    return [all, { key: `${job.project} untrusted`, limit: limit.untrusted, code: 'untrusted-concurrency' }];
  };
  const take = (job: Job): void => {
    for (const { key } of seats(job)) taken.set(key, (taken.get(key) ?? 0) + 1);
  };
  for (const job of state.jobs) {
    if (job.phase !== 'running') continue;
    running.set(job.project, (running.get(job.project) ?? 0) + 1);
    take(job);
  }
  const full = (job: Job): Seats | undefined =>
    seats(job).find(({ key, limit }) => (taken.get(key) ?? 0) >= limit);

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
  const refusedScope = state.pool.refusedScopes[job.scope];
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
    const unused = builder.runner && !named.has(builder.runner) && !builder.foreign && !builder.startedAt;
    if (!builder.job || endedAt === undefined || !unused || now - endedAt > limits.failedBuildersMs) continue;
    failures.set(builder.job, (failures.get(builder.job) ?? 0) + 1);
  }
  return failures;
}

/** Waiting jobs in the order in which they were queued. */
export function waitingOldestFirst(jobs: readonly Job[]): Job[] {
  return jobs
    .filter((job) => job.phase === 'waiting')
    .sort((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
}

/**
 * Deals seats in turn: next is the project with the fewest running and covered jobs, its oldest job first.
 * `jobs` come oldest first.
 */
export function inTurn(jobs: readonly Job[], seatsTaken: ReadonlyMap<string, number>): Job[] {
  const queues = new Map<string, Job[]>();
  for (const job of jobs) {
    const queue = queues.get(job.project);
    if (queue) queue.push(job);
    else queues.set(job.project, [job]);
  }
  return drain(queues, new Map(seatsTaken));
}

function drain(queues: Map<string, Job[]>, seats: Map<string, number>): Job[] {
  const order: Job[] = [];
  const positions = new Map([...queues.keys()].map((project) => [project, 0]));
  while (positions.size > 0) {
    let next: { project: string; job: Job; seats: number } | undefined;
    for (const [project, position] of positions) {
      const job = queues.get(project)?.[position];
      const taken = seats.get(project) ?? 0;
      if (!job) positions.delete(project);
      else if (!next || taken < next.seats || (taken === next.seats && job.queuedAt < next.job.queuedAt)) {
        next = { project, job, seats: taken };
      }
    }
    if (!next) break;
    order.push(next.job);
    seats.set(next.project, next.seats + 1);
    positions.set(next.project, (positions.get(next.project) ?? 0) + 1);
  }
  return order;
}
