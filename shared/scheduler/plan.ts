// The planner: compares what a pool has with what it needs. Pure; looks at what is, never at what happened.
import { type Calls, callsFor, type DayMoney } from './calls.ts';
import { type Assignment, byScope, dealToFree, payersIn } from './deals.ts';
import { type Demand, demandOf, type Hold, inTurn, type Policy } from './demand.ts';
import { counts, type Limits } from './limits.ts';
import { outstandingOf, unexpected } from './outstanding.ts';
import { mayBeRegistered } from './reconcile.ts';
import type { Builder, Deal, Job, Launch, PoolState, Scope, Time } from './records.ts';
import { type ClosedRung, type Rung, rungsToClose, withClosed } from './rungs.ts';
import { type Ending, type Supply, supplyIn, supplyOf, surplusWhy } from './supply.ts';

export interface PlanInput {
  state: PoolState;
  now: Time;
  limits: Limits;
  policy: Policy;
  /** Builders of the pool at once. */
  maximum: number;
  /** The pool's ladder as it is now. */
  rungs: readonly Rung[];
  /** Absent: no rung costs any. */
  money?: DayMoney | undefined;
  /** How long a provider finds what a launch has started, in ms. */
  tokenLifeMs(provider: string): number;
}

export interface Plan {
  /** A new launch, and the scopes and jobs that its `n` builders are for. */
  launch?: { id: string; n: number; rung: number; deal: Deal[] } | undefined;
  /** Another launch could follow at once. */
  again: boolean;
  /** Launches whose answer is missing: asked again byte for byte, or given up. */
  askAgain: Launch[];
  close: Launch[];
  stop: Ending[];
  retire: Ending[];
  assign: Assignment[];
  /** Builders that are gone and whose registration may be left. */
  unregister: Builder[];
  closeRungs: ClosedRung[];
  /** The ladder as this plan took it. */
  rungs: readonly Rung[];
  /** Rungs that rest although they are wanted: patience counts from their first time in a row. */
  inVain: number[];
  /** Jobs that get no machine in this pass, and those that wait for room or for a builder that starts. */
  holds: Hold[];
  starting: Job[];
  noRoom: Job[];
  noRung: Job[];
  /** When the next rung is asked for those without one, while an earlier one is hoped for. */
  nextRungAt?: Time | undefined;
}

/** Decides what one pass does. */
export function plan(input: PlanInput): Plan {
  const { state, now, limits, policy, money } = input;
  const supply = supplyOf(state, now, limits, policy);
  const demand = demandOf(state, policy, now, limits);
  const waiting = byScope(demand.admitted);
  const lacking = inTurn(uncovered(demand, waiting, supply), seatsTaken(demand, waiting, supply));
  const { assign, rest } = dealToFree(supply.free, lacking, payersIn(state));

  const closeRungs = rungsToClose(state, input.rungs.length, now, limits);
  const rungs = withClosed(input.rungs, closeRungs);
  const outstanding = outstandingOf(state);
  const wanting = unexpected(rest, state, outstanding);
  const room = roomFor(supply, outstanding.all, input.maximum);
  const calls = callsFor(wanting, { now, limits, policy, rungs, room, money });

  return {
    launch: calls.call && { id: nextLaunch(state), n: calls.call.deal.length, ...calls.call },
    again: calls.again,
    ...oldLaunches(input),
    stop: supply.stop,
    retire: [...supply.retire, ...surplusOf(waiting, supply)],
    assign,
    unregister: mayBeRegistered(state),
    closeRungs,
    rungs,
    inVain: calls.inVain,
    holds: [...demand.holds, ...calls.holds],
    starting: starting(demand, calls),
    noRoom: calls.noRoom,
    noRung: calls.noRung,
    nextRungAt: calls.nextRungAt,
  };
}

/** Admitted jobs that have, or get, a builder. */
function starting({ admitted }: Demand, { noRoom, noRung, holds }: Calls): Job[] {
  const unserved = new Set([...noRoom, ...noRung, ...holds.map(({ job }) => job)]);
  return admitted.filter((job) => !unserved.has(job));
}

const coveredIn = (supply: Supply, scope: Scope): number => {
  const { idle, unnamed } = supplyIn(supply, scope);
  return idle.length + unnamed;
};

/** lack(s): the youngest waiting jobs of each scope that no idle or unnamed builder of that scope covers. */
function uncovered(demand: Demand, waiting: Map<Scope, Job[]>, supply: Supply): Job[] {
  const lacking = new Set<Job>();
  for (const [scope, jobs] of waiting) {
    for (const job of jobs.slice(coveredIn(supply, scope))) lacking.add(job);
  }
  return demand.admitted.filter((job) => lacking.has(job));
}

/** Running and covered jobs of each project. */
function seatsTaken(demand: Demand, waiting: Map<Scope, Job[]>, supply: Supply): Map<string, number> {
  const seats = new Map(demand.running);
  for (const [scope, jobs] of waiting) {
    for (const job of jobs.slice(0, coveredIn(supply, scope))) {
      seats.set(job.project, (seats.get(job.project) ?? 0) + 1);
    }
  }
  return seats;
}

/** surplus(s) = idle(s) − max(0, waiting(s) − unnamed(s)): retire these, oldest first. */
function surplusOf(waiting: Map<Scope, Job[]>, supply: Supply): Ending[] {
  return [...supply.scopes].flatMap(([scope, { idle, unnamed }]) => {
    const wanted = Math.max(0, (waiting.get(scope)?.length ?? 0) - unnamed);
    const oldestFirst = [...idle].sort((a, b) => (a.readyAt ?? 0) - (b.readyAt ?? 0));
    return oldestFirst
      .slice(0, Math.max(0, idle.length - wanted))
      .map((builder) => ({ builder, why: surplusWhy }));
  });
}

/** launch = min(need, room in the pool, registrations that GitHub will serve): the latter two. */
function roomFor(supply: Supply, outstanding: number, maximum: number): number {
  const room = maximum - supply.alive - outstanding;
  const registrations = counts.registrationsAhead - supply.free.length - outstanding;
  return Math.max(0, Math.min(room, registrations));
}

/**
 * The highest launch number that this read has seen: the pool remembers it,
 * since launches are moved to history.
 */
export function lastLaunchOf(state: PoolState): number {
  const { pool, lastLaunch } = state.pool;
  const seen = state.launches.map((launch) => Number(launch.id.slice(pool.length + 1)));
  return seen.reduce((highest, one) => Math.max(highest, one), lastLaunch);
}

/** The fence: two overlapping passes that read the same cannot both write it. */
const nextLaunch = (state: PoolState): string => `${state.pool.pool}-${lastLaunchOf(state) + 1}`;

function oldLaunches({ state, now, limits, tokenLifeMs }: PlanInput): Pick<Plan, 'askAgain' | 'close'> {
  const unanswered = state.launches.filter((launch) => launch.phase === 'asked');
  const age = (launch: Launch): number => now - launch.askedAt;
  return {
    askAgain: unanswered.filter(
      (launch) =>
        age(launch) >= limits.launchSettlesMs &&
        age(launch) <= tokenLifeMs(launch.provider) - limits.tokenMarginMs,
    ),
    close: unanswered.filter((launch) => age(launch) > tokenLifeMs(launch.provider) + limits.closeMarginMs),
  };
}
