// The ladder: which rung is asked next, and when a rung is left alone for a while.
import { bootIsOver, counts, type Limits } from './limits.ts';
import type { Builder, PoolState, RungRest, Time } from './records.ts';
import { stillQueuedWhy } from './supply.ts';

/** A way to get a builder, as it is now. */
export interface Rung {
  /** It has nothing to give until then. `whys`: what was answered, each after the kind of the fault. */
  rests?: { until: Time; whys: string[] };
  /** Since when it has been asked in vain. Absent: it gave what was asked, or nobody has asked lately. */
  since?: Time | undefined;
  /** How long it is asked in vain before the next rung is. */
  patienceMs: number;
  /** Of the dearest builder that it may give. */
  usdPerHour: number;
  /** Its cloud may take a builder back in mid-job. */
  spot: boolean;
}

export interface ClosedRung extends RungRest {
  rung: number;
}

/** Where a job's builder is asked for, or when the next rung is asked while an earlier one is hoped for. */
export interface Choice {
  rung?: number;
  nextAt?: Time;
  /** Rungs that rest, up to there. */
  inVain: number[];
}

/**
 * The first rung that does not rest, if each earlier one has been in vain for as long as its patience. A job
 * that keeps off spot does so where the ladder has another way.
 */
export function chooseRung(rungs: readonly Rung[], avoidsSpot: boolean, now: Time): Choice {
  const keepsOff = avoidsSpot && rungs.some(({ spot }) => !spot);
  const ways = [...rungs.entries()].filter(([, { spot }]) => !(keepsOff && spot));
  const inVain: number[] = [];
  for (const [place, [rung, { rests, since, patienceMs }]] of ways.entries()) {
    if (!rests) return { rung, inVain };
    inVain.push(rung);
    const nextAt = (since ?? now) + patienceMs;
    if (nextAt > now) return place + 1 < ways.length ? { nextAt, inVain } : { inVain };
  }
  return { inVain };
}

/** The rungs after some of them were closed. */
export function withClosed(rungs: readonly Rung[], closing: readonly ClosedRung[]): Rung[] {
  const closed = new Map(closing.map((one) => [one.rung, one]));
  return rungs.map((rung, index) => {
    const one = closed.get(index);
    return one ? { ...rung, rests: { until: one.until, whys: [one.why] }, since: one.since } : rung;
  });
}

/**
 * Since when a rung has been in vain, as its pool remembers: each refusal must have come soon after the end
 * of the rest before it.
 */
export const inVainSince = (rest: RungRest | undefined, now: Time, limits: Limits): Time | undefined =>
  rest && now - rest.until <= limits.inVainMs ? rest.since : undefined;

/** Why a rung rests from now on. */
export interface Refusal {
  why: string;
  /** When the launch was asked that it has refused. */
  askedAt: Time;
  /** Time alone hardly mends it: each rest in a row is longer than the one before. */
  lasting: boolean;
}

/** The rest of a rung that could not give what was asked. Launches that it has refused at once count once. */
export function restAfter(
  before: RungRest | undefined,
  { why, askedAt, lasting }: Refusal,
  now: Time,
  limits: Limits,
): RungRest {
  const { until: rested = 0, times = 0 } = before ?? {};
  const since = inVainSince(before, askedAt, limits);
  const known = since === undefined ? 0 : (before?.refusals ?? 0);
  const refusals = lasting && (known === 0 || rested <= now) ? known + 1 : known;
  const until = now + (lasting ? longerEachTime(refusals, limits) : limits.noCapacityMs);
  if (before && rested >= until) return before;
  return { until, times, why, since: since ?? askedAt, refusals };
}

/** 5, 10, 20 … 60 minutes, by how often in a row. */
const longerEachTime = (times: number, { rungClosedMs, rungClosedMaxMs }: Limits): number =>
  Math.min(rungClosedMs * 2 ** (times - 1), rungClosedMaxMs);

/**
 * Open rungs that cannot give what was asked: a builder waited in the cloud's queue until its patience was
 * over, or the last five never asked for work.
 */
export function rungsToClose(state: PoolState, rungs: number, now: Time, limits: Limits): ClosedRung[] {
  const failing = failingRungs(state, rungs, now, limits);
  const known = new Set(failing.map(({ rung }) => rung));
  const full = fullRungs(state, rungs, now, limits).filter(({ rung }) => !known.has(rung));
  return [...failing, ...full].map((one) => {
    const since = inVainSince(state.pool.closedRungs[one.rung], now, limits) ?? now;
    return { ...one, since };
  });
}

/** The cloud has no room there now: like an answer that says so. */
function fullRungs(state: PoolState, rungs: number, now: Time, limits: Limits): ClosedRung[] {
  const full: ClosedRung[] = [];
  for (let rung = 0; rung < rungs; rung += 1) {
    const before = state.pool.closedRungs[rung] ?? { until: 0, times: 0 };
    const isFull = state.builders.some(
      (builder) =>
        builder.rung === rung && builder.launchedAt > before.until && queuedInVain(builder, now, limits),
    );
    if (before.until > now || !isFull) continue;
    const until = now + limits.noCapacityMs;
    full.push({ rung, until, times: before.times, why: `capacity: ${stillQueuedWhy}` });
  }
  return full;
}

/** Ended when its patience was over; the cloud's own clock may be a little ahead of ours. */
function queuedInVain(builder: Builder, now: Time, limits: Limits): boolean {
  const { queueUntil, provisionedAt, askedAt } = builder;
  if (queueUntil === undefined || provisionedAt !== undefined || askedAt !== undefined) return false;
  if (builder.phase === 'booting') return bootIsOver(builder, now, limits);
  const endedAt = builder.stoppingAt ?? builder.endedAt;
  return endedAt !== undefined && endedAt >= queueUntil - limits.sweepMs;
}

/**
 * Open rungs of which the last five builders, started since it was closed last, never asked
 * for work. Those that still have time to do so say nothing yet: there is always one where a
 * single job is tried again and again.
 */
function failingRungs(state: PoolState, rungs: number, now: Time, limits: Limits): ClosedRung[] {
  const closing: ClosedRung[] = [];
  for (let rung = 0; rung < rungs; rung += 1) {
    const before = state.pool.closedRungs[rung];
    if (before && before.until > now) continue;
    const since = before?.until ?? 0;
    const young = state.builders.filter((builder) => builder.rung === rung && builder.launchedAt > since);
    const told = young.filter(
      (builder) => !mayStillAsk(builder, now, limits) && !queuedInVain(builder, now, limits),
    );
    const last = told.sort((a, b) => b.launchedAt - a.launchedAt).slice(0, counts.failedBootsInARow);
    if (last.length < counts.failedBootsInARow || !last.every(neverAsked)) continue;
    const served = young.some((builder) => builder.askedAt !== undefined);
    const times = served || !before ? 1 : before.times + 1;
    closing.push({ rung, times, until: now + longerEachTime(times, limits), why: lastWords(last) });
  }
  return closing;
}

/** In a later turn, its machine has asked before. */
const neverAsked = ({ askedAt, turn }: Builder): boolean => askedAt === undefined && turn === 1;

const mayStillAsk = (builder: Builder, now: Time, limits: Limits): boolean =>
  neverAsked(builder) && builder.phase === 'booting' && !bootIsOver(builder, now, limits);

function lastWords(builders: Builder[]): string {
  const why = builders.find((builder) => builder.why)?.why ?? 'they never claimed work';
  const log = builders.find((builder) => builder.log)?.log;
  const text = `the last ${builders.length} builders failed: ${why}`;
  return log ? `${text}; end of the log: ${log.slice(-300)}` : text;
}
