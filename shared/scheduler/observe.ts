// What a fact does to a record: pure, and safe to repeat, to reorder and to lose.
import type { Builder, Job, Time } from './records.ts';

/** A fact about a job, from a delivery or because GitHub was asked. Times are shown, they decide nothing. */
export interface JobFact {
  id: string;
  phase: Job['phase'];
  repository: string;
  labels: string[];
  name: string;
  runId: string;
  runAttempt: number;
  headSha: string;
  queuedAt: Time;
  startedAt?: Time;
  endedAt?: Time;
  runner?: string;
  outcome?: string;
  /** Is its repository public? Absent: it was not said. */
  isPublic?: boolean;
}

/** Where routing put the job. */
export interface Seat {
  pool: string;
  project: string;
  scope: string;
}

const ladder: Record<Job['phase'], number> = { waiting: 0, running: 1, done: 2 };

/** The job after the fact, or undefined when the fact is no news. `current` undefined: the job is new. */
export function observeJob(current: Job | undefined, fact: JobFact, seat: Seat, now: Time): Job | undefined {
  if (!current) return newJob(fact, seat, now);
  const step = ladder[fact.phase] - ladder[current.phase];
  const namesRunner = fact.runner !== undefined && current.runner === undefined;
  if (step < 0 || (step === 0 && !namesRunner)) return undefined;
  return {
    ...current,
    phase: fact.phase,
    runner: fact.runner ?? current.runner,
    startedAt: current.startedAt ?? fact.startedAt,
    endedAt: endOf(fact, current, now),
    outcome: fact.phase === 'done' ? outcomeOf(current, fact) : undefined,
    isPublic: fact.isPublic ?? current.isPublic,
    heardAt: now,
  };
}

function newJob(fact: JobFact, seat: Seat, now: Time): Job {
  return {
    kind: 'job',
    version: 0,
    pool: seat.pool,
    project: seat.project,
    scope: seat.scope,
    id: fact.id,
    phase: fact.phase,
    repository: fact.repository,
    labels: fact.labels,
    name: fact.name,
    runId: fact.runId,
    runAttempt: fact.runAttempt,
    headSha: fact.headSha,
    queuedAt: fact.queuedAt,
    startedAt: fact.startedAt,
    endedAt: endOf(fact, undefined, now),
    runner: fact.runner,
    outcome: fact.outcome,
    isPublic: fact.isPublic,
    heardAt: now,
  };
}

/** A job that policy refused stays refused in our books, however GitHub ended it. */
function outcomeOf(current: Job, fact: JobFact): string | undefined {
  return current.verdict?.state === 'refused' ? 'refused' : (fact.outcome ?? current.outcome);
}

function endOf(fact: JobFact, current: Job | undefined, now: Time): Time | undefined {
  return fact.phase === 'done' ? (current?.endedAt ?? fact.endedAt ?? now) : undefined;
}

/** GitHub was asked and still says what the record says: only the time of the answer is news. */
export const confirmJob = (job: Job, now: Time): Job => ({ ...job, heardAt: now });

/** The cloud's word that the machine is no more. Absent: it has ended before we knew it, and stays ended. */
export function observeGone(current: Builder, why: string | undefined, now: Time): Builder | undefined {
  if (current.phase === 'gone') return undefined;
  return { ...current, phase: 'gone', endedAt: now, why: current.why ?? why };
}

/** Why a builder ends whose machine was spot, and is wanted elsewhere. */
export const interruptedWhy = 'the cloud takes its machine back';

/**
 * The cloud's word that it is about to take the machine back: it is no supply any more, and a job on it goes
 * on for as long as it can. Undefined: that is no news.
 */
export function observeInterrupted(current: Builder, at: Time): Builder | undefined {
  if (current.phase === 'gone' || current.interruptedAt !== undefined) return undefined;
  return { ...current, interruptedAt: at, why: current.why ?? interruptedWhy };
}

/** The cloud's word that the machine has left its queue. Undefined: that is no news. */
export function observeProvisioned(current: Builder, at: Time): Builder | undefined {
  if (current.queueUntil === undefined || current.provisionedAt !== undefined) return undefined;
  return current.phase === 'gone' ? undefined : { ...current, provisionedAt: at };
}

/** A job without our labels runs, or ran, on the builder's present runner. */
export function observeForeign(
  current: Builder,
  fact: { job: string; repository: string; runner: string; endedAt?: Time },
): Builder | undefined {
  if (current.runner !== fact.runner || current.phase === 'gone') return undefined;
  if (current.foreign && (current.foreign.endedAt || !fact.endedAt)) return undefined;
  return {
    ...current,
    foreign: { job: fact.job, repository: fact.repository, endedAt: fact.endedAt },
  };
}
