// Machines without a record, and records without a machine. What a list lacks is a hint, never proof.
import { termsOf } from '../../policy/ladder.ts';
import { observeProvisioned } from '../../scheduler/observe.ts';
import { type Decision, judge, type SightingContext } from '../../scheduler/orphans.ts';
import type { Sighting } from '../../scheduler/ports.ts';
import { judgeMissing } from '../../scheduler/reconcile.ts';
import type { Builder, PoolState, Sight } from '../../scheduler/records.ts';
import { placeOf } from '../launching.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { freshBuilder, recordGone } from '../record.ts';
import { save } from '../state.ts';
import { count, eachPart, type Report } from './report.ts';
import type { Seen } from './sweep.ts';

/** Where sightings of machines are kept that belong to no pool of ours. */
const strayPartition = '-';

/** A cloud's answer comes within this time of the machine's start, if it comes. */
const answerMs = 15_000;

/** Machines that are looked into at once: each is a call or two. */
const width = 10;

const machines = { what: 'machines', name: ({ id }: Sighting) => `machine ${id}`, width };

/** Judges each machine that a provider shows for one pool: owned, to be adopted, or an orphan. */
export async function judgeMachines(
  ports: Ports,
  state: PoolState,
  provider: string,
  sightings: readonly Sighting[],
  report: Report,
): Promise<void> {
  const { pool } = state.pool;
  const builders = new Map(state.builders.map((builder) => [builder.id, builder]));
  const launches = new Set(state.launches.map(({ id }) => id));
  const sights = new Map(state.sights.map((sight) => [sight.id, sight]));
  const limits = limitsOf(ports, pool);
  await eachPart(report, sightings, machines, async (sighting) => {
    const builder = builders.get(sighting.id);
    const past = builder ? nothingKnown : await pastOf(ports, launches, sighting);
    const context = { sighting, builder, sight: sights.get(sighting.id), ...past };
    const judged = judge(context, ports.clock.now(), limits);
    // Who owns it may stand in a record that cannot be read.
    const decision = judged === 'end' && state.unreadable.length > 0 ? 'leave' : judged;
    if (builder) await noteTimes(ports, state, builder, sighting);
    if (decision === 'adopt') await adopt(ports, state, provider, sighting, report);
    else await carryOut(ports, decision, { pool, provider, builder, sighting }, report);
  });
}

/** The answer of its launch was lost, or it came after all. The pass that is rung next deals it its scope. */
async function adopt(
  ports: Ports,
  state: PoolState,
  provider: string,
  { id, launch = '', startedAt, provisionedAt, terms }: Sighting,
  report: Report,
): Promise<void> {
  const { pool } = state.pool;
  const known = state.launches.find((one) => one.id === launch);
  const rung = known?.rung ?? 0;
  const standard = { rung, ...termsOf(ports.config, pool, rung) };
  const fresh = freshBuilder({ pool, launch, id, provider }, standard, startedAt);
  const host = known?.host ?? state.hosts.find(({ instances = [] }) => instances.includes(id))?.id;
  const onHost = placeOf({ host }, state);
  if (await save(ports, state, { ...fresh, ...terms, ...onHost, provisionedAt })) count(report, 'adopted');
}

/**
 * The cloud's event may have been lost; and a record that was begun after a lost answer says too late a
 * start, from which age and cost are reckoned.
 */
async function noteTimes(
  ports: Ports,
  state: PoolState,
  builder: Builder,
  { startedAt, provisionedAt }: Sighting,
): Promise<void> {
  const left = provisionedAt !== undefined && observeProvisioned(builder, provisionedAt);
  const isLate = builder.phase !== 'gone' && builder.launchedAt - startedAt > answerMs;
  if (!left && !isLate) return;
  await save(ports, state, { ...(left || builder), ...(isLate && { launchedAt: startedAt }) });
}

/** What is known of a machine beside its record in the open table, which tells enough. */
type Past = Pick<SightingContext, 'launchKnown' | 'builderEnded'>;

const nothingKnown: Past = { launchKnown: false, builderEnded: false };

/** History is asked only about machines that the open table does not know. */
async function pastOf(
  { history }: Ports,
  launches: ReadonlySet<string>,
  { id, launch }: Sighting,
): Promise<Past> {
  const isOpen = launch !== undefined && launches.has(launch);
  return {
    launchKnown: isOpen || (launch !== undefined && (await history.has('launch', launch))),
    builderEnded: await history.has('builder', id),
  };
}

/** Machines of ours whose launch nobody can have written. */
export async function judgeStrays(
  ports: Ports,
  seen: Seen,
  isStray: (sighting: Sighting) => boolean,
  report: Report,
): Promise<void> {
  const pool = strayPartition;
  const now = ports.clock.now();
  for (const sight of (await ports.open.read(pool)).sights) {
    if (now - sight.at > ports.standard.tombstoneMs) await ports.open.remove(sight);
  }
  for (const [provider, sightings] of seen) {
    await eachPart(report, sightings.filter(isStray), machines, async (sighting) => {
      const sight = await ports.open.get(pool, 'sight', sighting.id);
      const context = { sighting, builder: undefined, sight, ...nothingKnown };
      const decision = judge(context, ports.clock.now(), limitsOf(ports, pool));
      await carryOut(ports, decision, { pool, provider, builder: undefined, sighting }, report);
    });
  }
}

interface Judged {
  pool: string;
  provider: string;
  builder: Builder | undefined;
  sighting: Sighting;
}

/**
 * An orphan that has a registration goes through its deletion as well:
 * GitHub refusing it means that a job runs.
 */
async function carryOut(ports: Ports, decision: Decision, judged: Judged, report: Report): Promise<void> {
  const { pool, provider, builder, sighting } = judged;
  if (decision === 'remember') {
    await rememberSight(ports, pool, sighting.id);
    count(report, 'seen without an owner');
  }
  if (decision !== 'end') return;
  if (builder?.scope && builder.runner) {
    const runner = { name: builder.runner, id: builder.runnerId };
    if ((await ports.github.runners.remove(builder.scope, runner)) === 'busy') return;
  }
  const hints = new Map([[sighting.id, sighting.terms?.offering]]);
  const stopped = await ports.providers[provider]?.stop([sighting.id], hints);
  if (!stopped || stopped.failed.length > 0) throw new Error('it has no owner, and could not be stopped');
  count(report, 'orphans ended');
}

/** Writes down that something was seen without an owner, in place of an older sighting. */
export async function rememberSight(ports: Ports, pool: string, id: string): Promise<void> {
  const known = await ports.open.get(pool, 'sight', id);
  const sight: Sight = { kind: 'sight', version: 0, ...known, pool, id, at: ports.clock.now() };
  await ports.open.put(sight);
}

/** Builders that the provider's list lacks: written down first, then asked for by their id. */
export async function lookForMissing(
  ports: Ports,
  state: PoolState,
  provider: string,
  sightings: readonly Sighting[],
  report: Report,
): Promise<void> {
  const cloud = ports.providers[provider];
  const there = new Set(sightings.map((sighting) => sighting.id));
  const limits = limitsOf(ports, state.pool.pool);
  const missing = state.builders.filter((builder) => builder.provider === provider && !there.has(builder.id));
  const parts = { what: 'missing machines', name: ({ id }: Builder) => `missing machine ${id}`, width };
  await eachPart(report, missing, parts, async (builder) => {
    const now = ports.clock.now();
    const decision = judgeMissing(builder, now, limits);
    if (decision === 'remember') await save(ports, state, { ...builder, missingAt: now });
    if (decision !== 'look' || !cloud || (await cloud.look(builder.id))) return;
    const { pool, id, launch } = builder;
    await recordGone(ports, { pool, id, launch, provider, why: 'the machine is gone' });
    count(report, 'machines gone');
  });
}
