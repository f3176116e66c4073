// Launches: the intent is saved, then the cloud is asked; after a crash it is found, or asked again.
import { shelvesOf } from '../contract/offerings.ts';
import { termsOf } from '../policy/ladder.ts';
import { poolNamed } from '../policy/lookup.ts';
import { offeringsOf } from '../policy/offerings.ts';
import { dealsLeft } from '../scheduler/deals.ts';
import type { Host } from '../scheduler/host-records.ts';
import type { HostPlan } from '../scheduler/hosts/keeping.ts';
import type { Plan } from '../scheduler/plan.ts';
import { Doubt, type LaunchResult, type Provider, type Wanted } from '../scheduler/ports.ts';
import type { Builder, Launch, PoolState } from '../scheduler/records.ts';
import { changeRead, Raced } from './change.ts';
import { concernsAdmin, isThrottled } from './faults.ts';
import { leaveHost, noteAnswer, payForLaunch } from './hosts/using.ts';
import { dearest, openAmong } from './ladder.ts';
import { emptyShelves, giveBack, learn, marksOf, renew } from './memory.ts';
import { reserve } from './money/ledger.ts';
import type { Ports } from './ports.ts';
import { freshBuilder } from './record.ts';
import { forgetVain, leaveAlone, leaveSilentAlone } from './rests.ts';
import { keep, save } from './state.ts';

/**
 * Starts a new launch. `on`: the host that its machine starts on, which pays for it. Answers whether the pool
 * must look again at once: an answer was partial.
 */
export async function launch(
  ports: Ports,
  state: PoolState,
  wanted: NonNullable<Plan['launch']>,
  on?: HostPlan['launchOn'],
): Promise<boolean> {
  const pool = state.pool.pool;
  const { id, n, rung, deal } = wanted;
  const provider = poolNamed(ports.config, pool)?.ladder[rung]?.provider;
  if (!provider) throw new Error(`pool ${pool} has no rung ${rung}`);
  const askedAt = ports.clock.now();
  const empty = emptyShelves(marksOf(state), askedAt);
  const open = openAmong(offeringsOf(ports.config, pool, rung), pool, marksOf(state), askedAt);
  const usdPerHour = dearest(ports.config, pool, rung, open);
  const host = on && (await payForLaunch(ports, state, on));
  const intent: Launch = {
    kind: 'launch',
    pool,
    id,
    version: 0,
    phase: 'asked',
    provider,
    rung,
    n,
    request: providerOf(ports, id, provider).request({ pool, rung, n, empty, on: host && placeOn(host) }),
    deal,
    askedAt,
    usdPerHour: usdPerHour === 0 ? undefined : usdPerHour,
    host: host?.id,
  };
  await reserve(ports, state, intent);
  await renew(ports, state, open, intent);
  const saved = await save(ports, state, intent);
  if (!saved) {
    await giveBack(ports, state, open, intent);
    throw new Raced(`launch ${id} was written by another pass`);
  }
  return ask(ports, state, saved);
}

const placeOn = ({ hostId = '', offering }: Host): NonNullable<Wanted['on']> => ({ hostId, offering });

/**
 * Asks the provider, for the first time or `again`, and records what it says. A doubtful answer is thrown.
 * Answers whether the pool must look again at once.
 */
export async function ask(ports: Ports, state: PoolState, intent: Launch, again = false): Promise<boolean> {
  const { pool, id, rung } = intent;
  const result = spoken(await providerOf(ports, id, intent.provider).launch(intent, again));
  for (const fault of result.faults) {
    const level = concernsAdmin(fault) && ({ level: 'error' } as const);
    ports.log({ unit: 'launch', ...level, pool, launch: id, rung, outcome: fault.kind, why: fault.why });
  }
  // What was asked before, and not answered, may have started machines that this answer does not name.
  const isWhole = !result.already && (!again || result.started.length >= intent.n);
  await recordAnswer(ports, state, intent, result, isWhole);
  const isPartial = result.started.length < intent.n && !result.already;
  if (!isPartial && !result.already) await forgetVain(ports, state, intent);
  // Asked again at once, a cloud that is throttling would throttle again: the reaper's ring comes back to it.
  return isPartial && (result.started.length > 0 || !isThrottled(result.faults));
}

/** An answer without a machine and without a word would be asked for again and again. */
function spoken(result: LaunchResult): LaunchResult {
  const isMute = result.started.length + result.faults.length === 0 && !result.already;
  return isMute ? { ...result, faults: [{ kind: 'capacity', why: 'it was not said why not' }] } : result;
}

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
  isWhole: boolean,
): Promise<void> {
  await recordBuilders(ports, state, intent, result);
  const answeredAt = ports.clock.now();
  const answered = await changeRead(ports.open, intent, (current) =>
    current?.phase === 'asked'
      ? {
          ...current,
          phase: isWhole ? 'answered' : 'closed',
          answeredAt,
          started: result.started,
          why: result.faults.map((fault) => fault.why).join('; ') || undefined,
        }
      : undefined,
  );
  if (answered) keep(state, answered);
  const offerings = offeringsOf(ports.config, intent.pool, intent.rung);
  await learn(ports, state, answered ?? intent, result, offerings);
  const shelves = new Set(offerings.flatMap((one) => shelvesOf(one, intent.pool)));
  const faults = intent.host ? await noteAnswer(ports, state, intent.host, result.faults) : result.faults;
  const ofRung = faults.filter((fault) => !fault.shelves?.some((shelf) => shelves.has(shelf)));
  if (ofRung.length > 0 && !isThrottled(ofRung)) await leaveAlone(ports, state, intent, ofRung);
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
  const onHost = placeOf(intent, state);
  for (const id of started) {
    const deal = recorded.has(id) ? undefined : deals.shift();
    const fresh = freshBuilder({ pool, launch: intent.id, id, provider }, standard, ports.clock.now());
    const { scope, job, project } = deal ?? {};
    // A record that is already there, ended ones included, is newer than this answer.
    await save(ports, state, { ...fresh, ...terms[id], ...onHost, scope, job, project });
  }
}

/** What the record of a machine on a host says of it: the host is what was got, and what costs. */
export function placeOf(
  { host }: Pick<Launch, 'host'>,
  { hosts }: PoolState,
): Pick<Builder, 'host' | 'offering' | 'usdPerHour'> | undefined {
  if (host === undefined) return undefined;
  return { host, offering: hosts.find(({ id }) => id === host)?.offering, usdPerHour: 0 };
}

/**
 * A launch whose token has ended is not asked again: the reaper's sightings
 * decide what it has started. A rung that brought nothing is left alone for a while. The pool must look again
 * at once, since its jobs have no builder on the way any more.
 */
export async function close(ports: Ports, state: PoolState, old: Launch): Promise<void> {
  const why = 'the provider never answered';
  const answeredAt = ports.clock.now();
  const saved = await save(ports, state, { ...old, phase: 'closed', answeredAt, why });
  if (!saved) return;
  ports.log({ unit: 'launch', level: 'error', pool: old.pool, launch: old.id, outcome: 'closed', why });
  if (state.builders.some((builder) => builder.launch === old.id)) return;
  if (old.host) await leaveHost(ports, state, old.host, why);
  else await leaveSilentAlone(ports, state, old, why);
}
