// Launches: the intent is saved, then the cloud is asked; after a crash it is found, or asked again.

import { termsOf } from '../policy/ladder.ts';
import type { Plan } from '../scheduler/plan.ts';
import { Doubt, type Fault, type LaunchResult, type Provider } from '../scheduler/ports.ts';
import type { Launch, PoolState } from '../scheduler/records.ts';
import { changePool, changeRead, Raced } from './change.ts';
import { limitsOf, type Ports } from './ports.ts';
import { freshBuilder } from './record.ts';
import { save } from './state.ts';

/** Starts a new launch. Answers whether the pool must look again at once: an answer was partial. */
export async function launch(
  ports: Ports,
  state: PoolState,
  wanted: NonNullable<Plan['launch']>,
): Promise<boolean> {
  const pool = state.pool.pool;
  const rung = ports.config.pools[pool]?.ladder[wanted.rung];
  if (!rung) throw new Error(`pool ${pool} has no rung ${wanted.rung}`);
  const intent: Launch = {
    kind: 'launch',
    pool,
    id: wanted.id,
    version: 0,
    phase: 'asked',
    provider: rung.provider,
    rung: wanted.rung,
    n: wanted.n,
    request: providerOf(ports, wanted.id, rung.provider).request({ pool, rung: wanted.rung, n: wanted.n }),
    deal: wanted.deal,
    askedAt: ports.clock.now(),
  };
  const saved = await save(ports, state, intent);
  if (!saved) throw new Raced(`launch ${wanted.id} was written by another pass`);
  return ask(ports, state, saved);
}

/** Asks the provider, for the first time or again, and records what it says. A doubtful answer is thrown. */
export async function ask(ports: Ports, state: PoolState, intent: Launch): Promise<boolean> {
  const result = await providerOf(ports, intent.id, intent.provider).launch(intent);
  await recordAnswer(ports, state, intent, result);
  const isPartial = result.started.length < intent.n && !result.already;
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
  const terms = { rung: intent.rung, ...termsOf(ports.config, intent.pool, intent.rung) };
  for (const [index, id] of result.started.entries()) {
    const machine = { pool: intent.pool, launch: intent.id, id, provider: intent.provider };
    const fresh = freshBuilder(machine, terms, ports.clock.now());
    const deal = intent.deal[index];
    // A record that is already there, ended ones included, is newer than this answer.
    await save(ports, state, { ...fresh, scope: deal?.scope, job: deal?.job });
  }
  const answeredAt = ports.clock.now();
  await changeRead(ports.open, intent, (current) =>
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
  if (result.faults.length > 0 && !isThrottled(result.faults))
    await leaveRungAlone(ports, state, intent, result.faults);
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
    const before = pool.closedRungs[intent.rung] ?? { until: 0, times: 0 };
    if (before.until >= until) return pool;
    const closed = { until, times: before.times, why };
    return { ...pool, closedRungs: { ...pool.closedRungs, [intent.rung]: closed } };
  });
}
