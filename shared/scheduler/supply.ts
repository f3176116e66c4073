// Supply: what each builder of a pool can still do, and which of them must end.
import type { Policy } from './demand.ts';
import { ageLimit, bootIsOver, bootsSince, type Limits, workLimit } from './limits.ts';
import { interruptedWhy } from './observe.ts';
import type { Builder, Job, PoolState, Scope, Time } from './records.ts';

/** Builders that serve, or will serve, one scope. */
export interface ScopeSupply {
  /** Registered, not named by a job, young enough and heard of: each will take one waiting job. */
  idle: Builder[];
  /** Busy by their own word with a job that GitHub has not named yet: each covers one waiting job. */
  unnamed: number;
}

/** Why a builder is retired that nobody needs. */
export const surplusWhy = 'its scope has more builders than jobs';

/** Why a builder is stopped that never left the cloud's queue. */
export const stillQueuedWhy = "it waited in the cloud's queue for as long as its rung allows";

export interface Ending {
  builder: Builder;
  why: string;
}

export interface Supply {
  scopes: Map<Scope, ScopeSupply>;
  /** Booting builders: the planner deals them a scope. */
  free: Builder[];
  /** On hosts, after their job: what becomes of them is decided now, or their disk is being replaced. */
  between: Builder[];
  resetting: Builder[];
  /** Builders that are not gone: they count against the pool's maximum. */
  alive: number;
  /** To be stopped now. */
  stop: Ending[];
  /** To be retired, or whose retirement goes on. */
  retire: Ending[];
}

interface Circumstances {
  now: Time;
  limits: Limits;
  /** The job that names the builder's present runner. */
  jobOf(builder: Builder): Job | undefined;
  /** The time limit of a running job, where it is not the pool's. */
  ownLimitMs(job: Job): number | undefined;
}

type Role =
  | { is: 'free' | 'idle' | 'unnamed' | 'occupied' | 'between' | 'resetting' }
  | { is: 'stop' | 'retire'; why: string };

/** Sorts the builders of a pool by what they can still do. */
export function supplyOf(state: PoolState, now: Time, limits: Limits, policy: Policy): Supply {
  const byRunner = new Map<string, Job>();
  // A cancelled job may still name the runner that has got another one since.
  for (const job of state.jobs) {
    if (job.runner && byRunner.get(job.runner)?.phase !== 'running') byRunner.set(job.runner, job);
  }
  const untrustedRuns = new Set(state.runs.filter((run) => run.trust === 'untrusted').map((run) => run.id));
  const circumstances: Circumstances = {
    now,
    limits,
    jobOf: (builder) => (builder.runner ? byRunner.get(builder.runner) : undefined),
    ownLimitMs: (job) => (untrustedRuns.has(job.runId) ? policy.untrustedJobMs(job.project) : undefined),
  };
  const supply: Supply = {
    scopes: new Map(),
    free: [],
    between: [],
    resetting: [],
    alive: 0,
    stop: [],
    retire: [],
  };
  for (const builder of state.builders) {
    if (builder.phase === 'gone') continue;
    supply.alive += 1;
    place(supply, builder, roleOf(builder, circumstances));
  }
  return supply;
}

/** The supply of one scope, made on first use. */
export function supplyIn(supply: Supply, scope: Scope): ScopeSupply {
  const known = supply.scopes.get(scope) ?? { idle: [], unnamed: 0 };
  supply.scopes.set(scope, known);
  return known;
}

function place(supply: Supply, builder: Builder, role: Role): void {
  switch (role.is) {
    case 'free':
    case 'between':
    case 'resetting':
      supply[role.is].push(builder);
      return;
    case 'idle':
      supplyIn(supply, builder.scope ?? '').idle.push(builder);
      return;
    case 'unnamed':
      supplyIn(supply, builder.scope ?? '').unnamed += 1;
      return;
    case 'stop':
    case 'retire':
      supply[role.is].push({ builder, why: role.why });
      return;
    case 'occupied':
      return;
  }
}

function roleOf(builder: Builder, at: Circumstances): Role {
  const { now, limits } = at;
  if (builder.phase === 'stopping') return roleOfStopping(builder, at);
  if (builder.phase === 'resetting') return roleOfResetting(builder, at);
  if (isOverAge(builder, now, limits)) return { is: 'stop', why: "the pool's time limit" };
  if (builder.phase === 'booting') return roleOfBooting(builder, at);
  const job = at.jobOf(builder);
  if (job || builder.foreign) return roleOfNamed(builder, job, at);
  if (builder.phase === 'retiring') return { is: 'retire', why: builder.why ?? 'retiring' };
  return roleOfRegistered(builder, at);
}

/** A stop is repeated; what said that it ends by itself has as long for that as anything after its job. */
function roleOfStopping(builder: Builder, { now, limits, jobOf }: Circumstances): Role {
  const { stoppingAt = 0, finishedAt, why = 'stopping' } = builder;
  const endedAt = finishedAt === stoppingAt ? jobOf(builder)?.endedAt : undefined;
  const isOver = endedAt !== undefined && now - endedAt > limits.wrapMs;
  return isOver || now - stoppingAt > limits.stopAgainMs ? { is: 'stop', why } : { is: 'occupied' };
}

/** A machine on a host waits for jobs as long as its host is kept: it is its work that is limited. */
function isOverAge(builder: Builder, now: Time, limits: Limits): boolean {
  if (builder.host === undefined) return now - bootsSince(builder) > ageLimit(limits);
  return builder.claimedAt !== undefined && now - builder.claimedAt > workLimit(limits);
}

function roleOfResetting({ reset }: Builder, { now, limits }: Circumstances): Role {
  if (!reset) return { is: 'between' };
  const isOverdue = now - reset.askedAt > limits.resetMs;
  return isOverdue ? { is: 'stop', why: 'its reset took too long' } : { is: 'resetting' };
}

function roleOfBooting(builder: Builder, { now, limits }: Circumstances): Role {
  if (builder.interruptedAt !== undefined) return { is: 'stop', why: interruptedWhy };
  if (builder.askedAt === undefined) {
    return bootIsOver(builder, now, limits) ? { is: 'stop', why: neverClaimedWhy(builder) } : { is: 'free' };
  }
  const patient = builder.host !== undefined || now - builder.askedAt <= 2 * limits.readyMs;
  if (!patient) return { is: 'stop', why: 'it waited too long for work' };
  const silent = now - (builder.heardAt ?? builder.askedAt) > limits.silenceMs;
  return silent ? { is: 'stop', why: 'it fell silent before it got work' } : { is: 'free' };
}

const neverClaimedWhy = ({ queueUntil, provisionedAt }: Builder): string =>
  queueUntil !== undefined && provisionedAt === undefined ? stillQueuedWhy : 'it never claimed work';

function roleOfNamed(
  builder: Builder,
  job: Job | undefined,
  { now, limits, ownLimitMs }: Circumstances,
): Role {
  const endedAt = job ? job.endedAt : builder.foreign?.endedAt;
  if (endedAt !== undefined) {
    return now - endedAt > limits.wrapMs ? { is: 'stop', why: 'its job has ended' } : { is: 'occupied' };
  }
  const limit = job && ownLimitMs(job);
  const startedAt = job?.startedAt ?? builder.startedAt ?? builder.readyAt ?? now;
  const overdue = limit !== undefined && now - startedAt > limit;
  return overdue ? { is: 'stop', why: 'the time limit of untrusted jobs' } : { is: 'occupied' };
}

function roleOfRegistered(builder: Builder, { now, limits }: Circumstances): Role {
  if (builder.startedAt !== undefined) {
    return now - builder.startedAt < limits.coverMs ? { is: 'unnamed' } : { is: 'occupied' };
  }
  if (builder.interruptedAt !== undefined) return { is: 'retire', why: interruptedWhy };
  const since = builder.readyAt ?? builder.claimedAt ?? builder.launchedAt;
  const heardAt = Math.max(since, builder.heardAt ?? 0);
  if (now - since < limits.readyMs && now - heardAt < limits.voiceMs) return { is: 'idle' };
  return { is: 'retire', why: 'no job came' };
}
