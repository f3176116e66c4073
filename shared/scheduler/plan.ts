// The planner: compares what a pool has with what it needs. Pure; looks at what is, never at what happened.
import { type Demand, demandOf, type Hold, inTurn, type Policy } from './demand.ts';
import { counts, type Limits } from './limits.ts';
import { mayBeRegistered } from './reconcile.ts';
import type { Builder, Deal, Job, Launch, PoolState, Scope, Time } from './records.ts';
import { type ClosedRung, openRung, rungsToClose } from './rungs.ts';
import { type Ending, type Supply, supplyIn, supplyOf, surplusWhy } from './supply.ts';

export interface PlanInput {
  state: PoolState;
  now: Time;
  limits: Limits;
  policy: Policy;
  /** Builders of the pool at once. */
  maximum: number;
  /** Length of the pool's ladder. */
  rungs: number;
  /** How long a provider finds what a launch has started, in ms. */
  tokenLifeMs(provider: string): number;
}

export interface Plan {
  /** A new launch, and the scopes and jobs that its `n` builders are for. */
  launch?: { id: string; n: number; rung: number; deal: Deal[] };
  /** Launches whose answer is missing: asked again byte for byte, or given up. */
  askAgain: Launch[];
  close: Launch[];
  stop: Ending[];
  retire: Ending[];
  /** Booting builders whose scope or job changes. */
  assign: { builder: Builder; deal: Deal | undefined }[];
  /** Builders that are gone and whose registration may be left. */
  unregister: Builder[];
  closeRungs: ClosedRung[];
  /** Jobs that get no machine in this pass, and those that wait for room or for a builder that starts. */
  holds: Hold[];
  starting: Job[];
  noRoom: Job[];
  noRung: Job[];
}

/** Decides what one pass does. */
export function plan(input: PlanInput): Plan {
  const { state, now, limits } = input;
  const supply = supplyOf(state, now, limits, input.policy);
  const demand = demandOf(state, input.policy, now, limits);
  const waiting = byScope(demand.admitted);
  const lacking = inTurn(uncovered(demand, waiting, supply), seatsTaken(demand, waiting, supply));
  const surplus = surplusOf(waiting, supply);
  const { assign, rest } = dealToFree(supply.free, lacking);

  const closeRungs = rungsToClose(state, input.rungs, now, limits);
  const rung = openRung(withClosed(state, closeRungs), input.rungs, now);
  const outstanding = outstandingOf(state);
  const n = rung === undefined ? 0 : roomFor(rest.length - outstanding, supply, outstanding, input.maximum);
  const deal = rest.slice(0, n).map(dealOf);
  const left = rest.slice(n + outstanding);
  const unserved = new Set(left);

  return {
    launch: n > 0 && rung !== undefined ? { id: nextLaunch(state), n, rung, deal } : undefined,
    ...oldLaunches(input),
    stop: supply.stop,
    retire: [...supply.retire, ...surplus],
    assign,
    unregister: mayBeRegistered(state),
    closeRungs,
    holds: demand.holds,
    starting: demand.admitted.filter((job) => !unserved.has(job)),
    noRoom: rung === undefined ? [] : left,
    noRung: rung === undefined ? left : [],
  };
}

const dealOf = (job: Job): Deal => ({ scope: job.scope, job: job.id });

function byScope(jobs: readonly Job[]): Map<Scope, Job[]> {
  const scopes = new Map<Scope, Job[]>();
  for (const job of jobs) {
    const known = scopes.get(job.scope);
    if (known) known.push(job);
    else scopes.set(job.scope, [job]);
  }
  return scopes;
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

/**
 * Each free builder keeps its job while that still lacks one, else its scope while that does: a new deal is a
 * write. The other jobs go to the rest, who asked first first.
 */
function dealToFree(free: readonly Builder[], lacking: readonly Job[]) {
  const wanted = new Map(lacking.map((job) => [job.id, job]));
  const dealt = new Set<Job>();
  const assign: Plan['assign'] = [];
  const give = (builder: Builder, job: Job | undefined): void => {
    if (job) dealt.add(job);
    if (builder.scope === job?.scope && builder.job === job?.id) return;
    assign.push({ builder, deal: job && dealOf(job) });
  };
  /** Gives each builder the job chosen for it; answers those without. */
  const giveTo = (builders: readonly Builder[], choose: (builder: Builder) => Job | undefined): Builder[] =>
    builders.filter((builder) => {
      const job = choose(builder);
      if (!job || dealt.has(job)) return true;
      give(builder, job);
      return false;
    });
  const isOpen = (job: Job): boolean => !dealt.has(job);

  const jobless = giveTo(free, ({ job = '', scope }) => {
    const own = wanted.get(job);
    return own?.scope === scope ? own : undefined;
  });
  const queues = byScope(lacking.filter(isOpen));
  const others = giveTo(jobless, ({ scope = '' }) => queues.get(scope)?.shift());
  const open = lacking.filter(isOpen);
  const never = Number.MAX_SAFE_INTEGER;
  others.sort((a, b) => (a.askedAt ?? never) - (b.askedAt ?? never));
  for (const [index, builder] of others.entries()) give(builder, open[index]);
  return { assign, rest: open.slice(others.length) };
}

/** outstanding: builders that unanswered launches may still bring. */
function outstandingOf(state: PoolState): number {
  const onRecord = new Map<string, number>();
  for (const { launch } of state.builders) onRecord.set(launch, (onRecord.get(launch) ?? 0) + 1);
  return state.launches
    .filter((launch) => launch.phase === 'asked')
    .reduce((sum, launch) => sum + Math.max(0, launch.n - (onRecord.get(launch.id) ?? 0)), 0);
}

/** launch = min(need, room in the pool, registrations that GitHub will serve). */
function roomFor(need: number, supply: Supply, outstanding: number, maximum: number): number {
  const room = maximum - supply.alive - outstanding;
  const registrations = counts.registrationsAhead - supply.free.length - outstanding;
  return Math.max(0, Math.min(need, room, registrations));
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

function withClosed(state: PoolState, closing: readonly ClosedRung[]): PoolState['pool'] {
  const closed = Object.fromEntries(closing.map(({ rung, ...rest }) => [rung, rest]));
  return { ...state.pool, closedRungs: { ...state.pool.closedRungs, ...closed } };
}
