// The planner: compares what a pool has with what it needs. Pure; looks at what is, never at what happened.
import { type Calls, callsFor, type DayMoney } from './calls.ts';
import { type Assignment, byScope, payersIn } from './deals.ts';
import { type Demand, demandOf, type Hold, inTurn, type Policy } from './demand.ts';
import { dealJobs, type HostDeals } from './hosts/deals.ts';
import { type HostFacts, hostFacts } from './hosts/facts.ts';
import { type Kept, keepHosts } from './hosts/keep.ts';
import type { HostPlan, Keeping } from './hosts/keeping.ts';
import { counts, type Limits } from './limits.ts';
import { type Purse, purseOf } from './money.ts';
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
  /** How the pool keeps hosts. Absent: it has no rung of Macs (any more). */
  hosts?: Keeping | undefined;
  /** How long a provider finds what a launch has started, in ms. Of `mac`: also what it has allocated. */
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
  /** What becomes of the pool's hosts, and which jobs wait for one of them. */
  hosts: HostPlan;
}

/** Decides what one pass does. */
export function plan(input: PlanInput): Plan {
  const { state, now, limits, policy, money } = input;
  const purse = money && purseOf(money.ledger, money.caps);
  const facts = hostFacts(state);
  const supply = supplyOf(state, now, limits, policy);
  const demand = demandOf(state, policy, now, limits);
  const waiting = byScope(demand.admitted);
  const lacking = inTurn(uncovered(demand, waiting, supply), seatsTaken(demand, waiting, supply));
  const free = input.hosts ? supply.free : supply.free.filter(({ host }) => host === undefined);
  const hosts = state.hosts;
  const deals = dealJobs({ free, lacking, payers: payersIn(state), hosts, facts, purse, now, limits });

  const closeRungs = rungsToClose(state, input.rungs.length, now, limits);
  const rungs = withClosed(input.rungs, closeRungs);
  const outstanding = outstandingOf(state);
  const wanting = unexpected(deals.rest, state, outstanding);
  const room = roomFor(supply, outstanding.all, input.maximum);
  const kept = keep(input, { supply, facts, deals, purse, wanting, closeRungs });
  const calls = input.hosts ? kept.calls : callsFor(wanting, { now, limits, policy, rungs, room, money });
  const id = launchId(state, 0);

  return {
    launch: calls.call && { id, n: calls.call.deal.length, ...calls.call },
    again: calls.again,
    ...oldLaunches(input),
    stop: [...supply.stop, ...kept.hosts.relaunch],
    retire: [...supply.retire, ...surplusOf(waiting, supply)],
    assign: deals.assign,
    unregister: mayBeRegistered(state),
    closeRungs,
    rungs,
    inVain: calls.inVain,
    holds: [...demand.holds, ...calls.holds],
    starting: starting(demand, calls, kept.hosts),
    noRoom: calls.noRoom,
    noRung: calls.noRung,
    nextRungAt: calls.nextRungAt,
    hosts: kept.hosts,
  };
}

interface SoFar {
  supply: Supply;
  facts: HostFacts;
  deals: HostDeals;
  purse: Purse | undefined;
  wanting: readonly Job[];
  closeRungs: readonly ClosedRung[];
}

/** The keeper's part. A rung whose cloud lacks hosts may still have some; one that is closed has none. */
function keep({ state, now, limits, hosts, tokenLifeMs }: PlanInput, soFar: SoFar): Kept {
  const { wanting, closeRungs, ...known } = soFar;
  const isClosed =
    closeRungs.some(({ rung }) => rung === hosts?.rung) ||
    (state.pool.closedRungs[hosts?.rung ?? -1]?.until ?? 0) > now;
  return keepHosts({
    ...known,
    state,
    now,
    limits,
    isClosed,
    keeping: hosts,
    jobs: hosts ? wanting : [],
    tokenLifeMs: tokenLifeMs('mac'),
    idOf: (nth) => launchId(state, nth),
  });
}

/** Admitted jobs that have, or get, a builder. */
function starting({ admitted }: Demand, { noRoom, noRung, holds }: Calls, { waits }: HostPlan): Job[] {
  const unserved = new Set([...noRoom, ...noRung, ...[...holds, ...waits].map(({ job }) => job)]);
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
 * since launches and hosts are moved to history.
 */
export function lastLaunchOf({ pool, launches, hosts }: PoolState): number {
  const seen = [...launches, ...hosts].map(({ id }) => Number(id.slice(pool.pool.length + 1)));
  return seen.filter(Number.isInteger).reduce((highest, one) => Math.max(highest, one), pool.lastLaunch);
}

/** The nth free number, from 0 on. The fence: overlapping passes that read the same cannot both write it. */
const launchId = (state: PoolState, nth: number): string =>
  `${state.pool.pool}-${lastLaunchOf(state) + 1 + nth}`;

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
