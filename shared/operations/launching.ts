// Launches: the intent is saved, then the cloud is asked; after a crash it is found, or asked again.
import { shelvesOf } from '../contract/offerings.ts';
import { termsOf } from '../policy/ladder.ts';
import { poolNamed } from '../policy/lookup.ts';
import { offeringsOf } from '../policy/offerings.ts';
import { dealsLeft } from '../scheduler/deals.ts';
import type { Plan } from '../scheduler/plan.ts';
import { Doubt, type Fault, type LaunchResult, type Provider } from '../scheduler/ports.ts';
import type { Launch, Pool, PoolState } from '../scheduler/records.ts';
import { inVainSince } from '../scheduler/rungs.ts';
import { changePool, changeRead, Raced } from './change.ts';
import { dearest, openAmong } from './ladder.ts';
import { emptyShelves, learn, marksOf, renew } from './memory.ts';
import { reserve } from './money/ledger.ts';
import { limitsOf, type Ports } from './ports.ts';
import { freshBuilder } from './record.ts';
import { keep, save } from './state.ts';

/** Starts a new launch. Answers whether the pool must look again at once: an answer was partial. */
export async function launch(
  ports: Ports,
  state: PoolState,
  wanted: NonNullable<Plan['launch']>,
): Promise<boolean> {
  const pool = state.pool.pool;
  const { id, n, rung, deal } = wanted;
  const provider = poolNamed(ports.config, pool)?.ladder[rung]?.provider;
  if (!provider) throw new Error(`pool ${pool} has no rung ${rung}`);
  const askedAt = ports.clock.now();
  const empty = emptyShelves(marksOf(state), askedAt);
  const open = openAmong(offeringsOf(ports.config, pool, rung), pool, marksOf(state), askedAt);
  const usdPerHour = dearest(ports.config, pool, rung, open);
  const intent: Launch = {
    kind: 'launch',
    pool,
    id,
    version: 0,
    phase: 'asked',
    provider,
    rung,
    n,
    request: providerOf(ports, id, provider).request({ pool, rung, n, empty }),
    deal,
    askedAt,
    usdPerHour: usdPerHour === 0 ? undefined : usdPerHour,
  };
  await renew(ports, state, open, intent);
  await reserve(ports, state, intent);
  const saved = await save(ports, state, intent);
  if (!saved) throw new Raced(`launch ${id} was written by another pass`);
  return ask(ports, state, saved);
}

/**
 * Asks the provider, for the first time or `again`, and records what it says. A doubtful answer is thrown.
 * Answers whether the pool must look again at once.
 */
export async function ask(ports: Ports, state: PoolState, intent: Launch, again = false): Promise<boolean> {
  const { pool, id, rung } = intent;
  const result = await providerOf(ports, id, intent.provider).launch(intent, again);
  await recordAnswer(ports, state, intent, result);
  for (const { kind, why } of result.faults) {
    if (kind === 'quota' || kind === 'invalid')
      ports.log({ unit: 'launch', level: 'error', pool, launch: id, rung, outcome: kind, why });
  }
  const isPartial = result.started.length < intent.n && !result.already;
  if (!isPartial && !result.already) await forgetVain(ports, state, intent);
  // Asked again at once, a cloud that is throttling would throttle again: the reaper's ring comes back to it.
  return isPartial && (result.started.length > 0 || !isThrottled(result.faults));
}

const isThrottled = (faults: readonly Fault[]): boolean =>
  faults.length > 0 && faults.every(({ kind }) => kind === 'throttled');

function providerOf(ports: Ports, launch: string, name: string): Provider {
  const provider = ports.providers[name];
  if (!provider) throw new Doubt(`launch ${launch} needs provider '${name}', which is not set up`);
  return provider;
}

async function recordAnswer(
  ports: Ports,
  state: PoolState,
  intent: Launch,
  result: LaunchResult,
): Promise<void> {
  await recordBuilders(ports, state, intent, result);
  const answeredAt = ports.clock.now();
  const answered = await changeRead(ports.open, intent, (current) =>
    current?.phase === 'asked'
      ? {
          ...current,
          phase: result.already ? 'closed' : 'answered',
          answeredAt,
          started: result.started,
          why: result.faults.map((fault) => fault.why).join('; ') || undefined,
        }
      : undefined,
  );
  if (answered) keep(state, answered);
  const offerings = offeringsOf(ports.config, intent.pool, intent.rung);
  await learn(ports, state, intent, result, offerings);
  const shelves = new Set(offerings.flatMap((one) => shelvesOf(one, intent.pool)));
  const ofRung = result.faults.filter((fault) => !fault.shelves?.some((shelf) => shelves.has(shelf)));
  if (ofRung.length > 0 && !isThrottled(ofRung)) await leaveRungAlone(ports, state, intent, ofRung);
}

async function recordBuilders(
  ports: Ports,
  state: PoolState,
  intent: Launch,
  { started, terms = {} }: LaunchResult,
): Promise<void> {
  const { pool, provider, rung, usdPerHour } = intent;
  const known = state.builders.filter((builder) => builder.launch === intent.id);
  const recorded = new Set(known.map(({ id }) => id));
  const deals = dealsLeft(intent, known);
  const standard = { rung, ...termsOf(ports.config, pool, rung), ...(usdPerHour && { usdPerHour }) };
  for (const id of started) {
    const deal = recorded.has(id) ? undefined : deals.shift();
    const fresh = freshBuilder({ pool, launch: intent.id, id, provider }, standard, ports.clock.now());
    const { scope, job, project } = deal ?? {};
    // A record that is already there, ended ones included, is newer than this answer.
    await save(ports, state, { ...fresh, ...terms[id], scope, job, project });
  }
}

/**
 * A launch whose token has ended is not asked again: the reaper's sightings
 * decide what it has started. A rung that brought nothing is left alone for a while. True: raced.
 */
export async function close(ports: Ports, state: PoolState, old: Launch): Promise<boolean> {
  const why = 'the provider never answered';
  const answeredAt = ports.clock.now();
  const saved = await save(ports, state, { ...old, phase: 'closed', answeredAt, why });
  if (!saved) return true;
  ports.log({ unit: 'launch', level: 'error', pool: old.pool, launch: old.id, outcome: 'closed', why });
  if (!state.builders.some((builder) => builder.launch === old.id))
    await leaveRungAlone(ports, state, old, [{ kind: 'capacity', why }]);
  return false;
}

/** A rung that cannot give what was asked is left alone for a while, so that the next one is asked. */
async function leaveRungAlone(
  ports: Ports,
  state: PoolState,
  intent: Launch,
  faults: Fault[],
): Promise<void> {
  const limits = limitsOf(ports, intent.pool);
  const forMs = faults.some((fault) => fault.kind === 'invalid')
    ? limits.rungClosedMaxMs
    : limits.noCapacityMs;
  const until = ports.clock.now() + forMs;
  const why = faults
    .map((fault) => `${fault.kind}: ${fault.why}`)
    .join('; ')
    .slice(0, 400);
  state.pool = await changePool(ports, intent.pool, (pool) => {
    const before = pool.closedRungs[intent.rung] ?? { until: 0, times: 0, why };
    if (before.until >= until) return pool;
    const now = ports.clock.now();
    const since = inVainSince(before, now, limits) ?? now;
    return withRest(pool, intent.rung, { until, times: before.times, why, since });
  });
}

/** The rung has given all that was asked. */
async function forgetVain(ports: Ports, state: PoolState, { pool, rung }: Launch): Promise<void> {
  if (state.pool.closedRungs[rung]?.since === undefined) return;
  state.pool = await changePool(ports, pool, (current) => {
    const rest = current.closedRungs[rung];
    return rest?.since === undefined ? current : withRest(current, rung, { ...rest, since: undefined });
  });
}

const withRest = (pool: Pool, rung: number, rest: Pool['closedRungs'][string]): Pool => ({
  ...pool,
  closedRungs: { ...pool.closedRungs, [rung]: rest },
});
