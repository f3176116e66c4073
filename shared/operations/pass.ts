// One pass of the planner over a pool: read, ask what must be known, plan, save intents, act.
import { poolNamed } from '../policy/lookup.ts';
import type { HostPlan } from '../scheduler/hosts/keeping.ts';
import { counts } from '../scheduler/limits.ts';
import { lastLaunchOf, type Plan, plan } from '../scheduler/plan.ts';
import { Doubt } from '../scheduler/ports.ts';
import { doubtfulJobs } from '../scheduler/reconcile.ts';
import type { Job, Pool, PoolState, Run, Time } from '../scheduler/records.ts';
import { sharedPartition } from '../scheduler/shared-records.ts';
import { type Ending, supplyOf } from '../scheduler/supply.ts';
import { lookUpRuns, policyOf } from './admit.ts';
import { changePool, inParallel, Raced } from './change.ts';
import { retire, stop, unregister } from './ending.ts';
import { type Each, tendHosts, useHosts } from './hosts/acting.ts';
import { keepingOf } from './hosts/keeping.ts';
import { ladderNow, sharesWithOthers } from './ladder.ts';
import { ask, close, launch } from './launching.ts';
import { coverOverdue } from './money/hosts.ts';
import { balance, moneyNow } from './money/ledger.ts';
import { cancel, noticesOf, runsToCancel, send } from './notices.ts';
import { limitsOf, type Ports } from './ports.ts';
import { lossesOf, settleLoss } from './reruns.ts';
import { closeRung, rememberVain } from './rests.ts';
import { save } from './state.ts';
import { saveVerdicts } from './verdicts.ts';
import { askedRuns, verify } from './verify.ts';

/**
 * A pass begins no stop after this long, asks GitHub nothing new after this long, and acts for this long: its
 * function ends at 30 s, and a GitHub that hangs takes 8 s for each call. Machines that must end are stopped
 * before GitHub is asked anything.
 */
const stopForMs = 8_000;
const askForMs = 4_000;
const actForMs = 12_000;

export type PassOutcome = 'skipped' | 'finished' | 'abandoned';

/**
 * Answers the rings of one pool with one pass. Never fails for what a later pass can mend: a pass that
 * meets a race is abandoned and rings again; where somebody outside does not answer, the rest goes on
 * and the reaper's ring comes back to it.
 */
export async function dispatch(ports: Ports, pool: string, sentAt: readonly Time[]): Promise<PassOutcome> {
  const began = ports.clock.now();
  try {
    const { outcome, did } = await answer(ports, pool, sentAt, began);
    ports.log({ unit: 'pass', pool, outcome, ms: ports.clock.now() - began, ...did });
    return outcome;
  } catch (error) {
    if (!(error instanceof Raced)) throw error;
    ports.log({ unit: 'pass', pool, outcome: 'abandoned', why: error.message });
    await ports.bell.ring(pool);
    return 'abandoned';
  }
}

async function answer(ports: Ports, pool: string, sentAt: readonly Time[], began: Time) {
  if (await areAnswered(ports, pool, sentAt, began)) return { outcome: 'skipped', did: {} } as const;

  const { state, runs } = await readChecked(ports, pool);
  const now = ports.clock.now();
  const decided = plan({
    state,
    now,
    limits: limitsOf(ports, pool),
    policy: policyOf(ports, state),
    maximum: poolNamed(ports.config, pool)?.maximum ?? 0,
    rungs: ladderNow(ports, state, now),
    money: moneyNow(ports, state, now),
    hosts: keepingOf(ports, state, now),
    tokenLifeMs: (provider) => tokenLifeOf(ports, provider),
  });
  const again = await act(ports, state, decided, runs);
  const finish = (current: Pool): Pool => ({
    ...rememberVain(current, decided, now),
    passBeganAt: Math.max(current.passBeganAt ?? 0, began),
    lastLaunch: Math.max(current.lastLaunch, lastLaunchOf(state)),
  });
  await changePool(ports, pool, finish, state.pool);
  if (again) await ports.bell.ring(pool);
  return { outcome: 'finished', did: summary(decided) } as const;
}

/** Of Macs, that of their hosts too. */
function tokenLifeOf({ providers, hosts }: Ports, provider: string): number {
  const life = providers[provider]?.tokenLifeMs ?? 0;
  return provider === 'mac' && hosts ? Math.min(life, hosts.tokenLifeMs) : life;
}

/**
 * Has a pass that finished begun after all these rings? Of rings that were sent just now no pass can have,
 * so the table is asked only about older ones.
 */
async function areAnswered(
  ports: Ports,
  pool: string,
  sentAt: readonly Time[],
  began: Time,
): Promise<boolean> {
  const { ringMarginMs } = limitsOf(ports, pool);
  if (sentAt.some((at) => at >= began - ringMarginMs)) return false;
  const answered = (await ports.open.get(pool, 'pool', 'pool'))?.passBeganAt ?? 0;
  return sentAt.every((at) => at < answered - ringMarginMs);
}

/**
 * Reads the pool; asks GitHub about runs not known yet, and about waiting jobs that may have been served.
 * What it says about runs stands in the state, and `runs` are still to be saved.
 */
async function readChecked(ports: Ports, pool: string): Promise<{ state: PoolState; runs: Run[] }> {
  let state = await readPool(ports, pool);
  if (state.unreadable.length > 0) {
    ports.log({ unit: 'pass', pool, outcome: 'items set aside', unreadable: state.unreadable });
  }
  await stopOverdue(ports, state);
  const until = after(ports, askForMs);
  const runOf = askedRuns(ports);
  let news = false;
  const ask = (job: Job) =>
    unlessDoubtful(ports, pool, async () => {
      news = (await verify(ports, job, runOf)) || news;
    });
  const { coverMs } = limitsOf(ports, pool);
  const doubtful = doubtfulJobs(state, ports.clock.now(), coverMs, counts.verifiedPerPass);
  await inParallel(doubtful, 5, ask, until);
  if (news) state = await readPool(ports, pool);
  return { state, runs: await lookUpRuns(ports, state, until) };
}

/** The pool, with what all pools share where it needs that. */
async function readPool({ open, config }: Ports, pool: string): Promise<PoolState> {
  if (!sharesWithOthers(config, pool)) return open.read(pool);
  const [state, shared] = await Promise.all([open.read(pool), open.read(sharedPartition)]);
  const { memories, ledgers, unreadable } = shared;
  return { ...state, memories, ledgers, unreadable: [...state.unreadable, ...unreadable] };
}

/**
 * Stops what must end whatever GitHub says; the plan finds it stopping. What a cloud that hangs leaves over,
 * the plan finds again.
 */
async function stopOverdue(ports: Ports, state: PoolState): Promise<void> {
  const { pool } = state.pool;
  const overdue = supplyOf(state, ports.clock.now(), limitsOf(ports, pool), policyOf(ports, state)).stop;
  const stopIt = (ending: Ending) =>
    unlessDoubtful(ports, pool, async () => {
      await stop(ports, state, ending);
    });
  await inParallel(overdue, 10, stopIt, after(ports, stopForMs));
}

/** Is it later than `ms` from now? */
function after(ports: Ports, ms: number): () => boolean {
  const end = ports.clock.now() + ms;
  return () => ports.clock.now() > end;
}

/** Acts on a plan. Answers whether the pool must be looked at again at once. */
async function act(ports: Ports, state: PoolState, decided: Plan, runs: Run[]): Promise<boolean> {
  const pool = state.pool.pool;
  const until = after(ports, actForMs);
  let again = false;
  let left = 0;
  const each: Each = async (items, work) => {
    const tolerant = (item: (typeof items)[number]) =>
      unlessDoubtful(ports, pool, async () => {
        again = (await work(item)) || again;
      });
    left += await inParallel(items, 10, tolerant, until);
  };
  await each(decided.closeRungs, async (rung) => {
    await closeRung(ports, state, rung);
    return false;
  });
  await each(decided.close, async (old) => {
    await close(ports, state, old);
    return true;
  });
  await each(decided.askAgain, (old) => ask(ports, state, old, true));
  await tendHosts(ports, state, decided.hosts, each);
  await each(decided.assign, async ({ builder, deal }) => {
    const { scope, job, project } = deal ?? {};
    return !(await save(ports, state, { ...builder, scope, job, project: builder.project ?? project }));
  });
  await each(decided.launch ? [decided.launch] : [], (wanted) =>
    launch(ports, state, wanted, decided.hosts.launchOn),
  );
  await useHosts(ports, state, decided.hosts, each);
  again ||= decided.again && hasBegun(state, decided);
  // Machines are on their way first: a run that a crash forgets is asked about again.
  await each(runs, async (run) => {
    await save(ports, state, run);
    return false;
  });
  await each(lossesOf(ports, state), (loss) => settleLoss(ports, state, loss));
  await each(decided.stop, async (ending) => (await stop(ports, state, ending)) === 'raced');
  await each(decided.retire, async (ending) => (await retire(ports, state, ending)) === 'raced');
  await each(decided.unregister, (builder) => unregister(ports, state, builder));
  await coverOverdue(ports, state);
  if (sharesWithOthers(ports.config, pool)) await balance(ports, state, ports.clock.now());
  // Nothing has started after all: the pass that is rung now knows better what its jobs wait for.
  if (again && (hasNothing(state, decided.launch) || hasNoHost(state, decided.hosts))) return true;
  left += await saveVerdicts(ports, state, decided, until);
  await each(noticesOf(ports, state, decided), (notice) => send(ports, state, notice));
  await each(runsToCancel(ports, state), (run) => cancel(ports, state, run));
  return again || left > 0;
}

/**
 * The launch has a builder, or there is the host: what comes next may be asked for at once. Of a cloud that
 * throttles, or does not answer, the next pass would hear the same.
 */
const hasBegun = ({ builders, hosts }: PoolState, { launch: wanted, hosts: { allocate } }: Plan): boolean =>
  builders.some((builder) => builder.launch === wanted?.id) ||
  hosts.some(({ id, phase }) => id === allocate?.id && phase === 'held');

/** The launch was answered, and has no builder. */
const hasNothing = ({ launches, builders }: PoolState, wanted: Plan['launch']): boolean =>
  launches.some(({ id, phase }) => id === wanted?.id && phase === 'answered') &&
  !builders.some((builder) => builder.launch === wanted?.id);

/** The host that was asked for was refused. */
const hasNoHost = ({ hosts }: PoolState, { allocate }: HostPlan): boolean =>
  hosts.some(({ id, phase }) => id === allocate?.id && phase === 'gone');

/** Lets the rest of a pass go on where somebody outside does not answer. */
async function unlessDoubtful(ports: Ports, pool: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Doubt)) throw error;
    ports.log({ unit: 'pass', pool, outcome: 'doubt', why: error.message });
  }
}

function summary(decided: Plan): Record<string, number> {
  const sizes = {
    launched: decided.launch?.n ?? 0,
    assigned: decided.assign.length,
    stopped: decided.stop.length,
    retired: decided.retire.length,
    held: decided.holds.length,
    noRoom: decided.noRoom.length + decided.noRung.length,
    hosts: decided.hosts.allocate ? 1 : 0,
    reset: decided.hosts.reset.length,
    released: decided.hosts.release.length,
  };
  return Object.fromEntries(Object.entries(sizes).filter(([, size]) => size > 0));
}
