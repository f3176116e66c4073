// Machines without a record, and records without a machine. What a list lacks is a hint, never proof.
import { termsOf } from '../../policy/ladder.ts';
import { observeProvisioned } from '../../scheduler/observe.ts';
import { type Decision, judge } from '../../scheduler/orphans.ts';
import type { Sighting } from '../../scheduler/ports.ts';
import { judgeMissing } from '../../scheduler/reconcile.ts';
import type { Builder, PoolState, Sight } from '../../scheduler/records.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { freshBuilder, recordGone } from '../record.ts';
import { count, part, type Report } from './report.ts';
import type { Seen } from './sweep.ts';

/** Where sightings of machines are kept that belong to no pool of ours. */
const strayPartition = '-';

/** Judges each machine that a provider shows for one pool: owned, to be adopted, or an orphan. */
export async function judgeMachines(
  ports: Ports,
  state: PoolState,
  provider: string,
  sightings: readonly Sighting[],
  report: Report,
): Promise<void> {
  const builders = new Map(state.builders.map((builder) => [builder.id, builder]));
  const launches = new Map(state.launches.map((launch) => [launch.id, launch]));
  const judgeOne = async (sighting: Sighting): Promise<void> => {
    const builder = builders.get(sighting.id);
    const launch = launches.get(sighting.launch ?? '');
    const context = {
      sighting,
      builder,
      sight: state.sights.find((sight) => sight.id === sighting.id),
      launchKnown: launch !== undefined || (await knows(ports, 'launch', builder, sighting.launch)),
      builderEnded: await knows(ports, 'builder', builder, sighting.id),
    };
    const judged = judge(context, ports.clock.now(), limitsOf(ports, state.pool.pool));
    // Who owns it may stand in a record that cannot be read.
    const decision = judged === 'end' && state.unreadable.length > 0 ? 'leave' : judged;
    if (decision === 'adopt') {
      const machine = { pool: state.pool.pool, launch: sighting.launch ?? '', id: sighting.id, provider };
      const rung = launch?.rung ?? 0;
      const terms = { rung, ...termsOf(ports.config, state.pool.pool, rung) };
      const fresh = freshBuilder(machine, terms, sighting.startedAt);
      if ((await ports.open.put({ ...fresh, provisionedAt: sighting.provisionedAt })).ok)
        count(report, 'adopted');
    } else {
      if (builder) await noteProvisioned(ports, builder, sighting);
      await carryOut(ports, decision, { pool: state.pool.pool, provider, builder, sighting }, report);
    }
  };
  for (const sighting of sightings) {
    await part(report, `machine ${sighting.id}`, () => judgeOne(sighting));
  }
}

/** The cloud's event may have been lost. */
async function noteProvisioned(ports: Ports, builder: Builder, { provisionedAt }: Sighting): Promise<void> {
  const noted = provisionedAt !== undefined && observeProvisioned(builder, provisionedAt);
  if (noted) await ports.open.put(noted);
}

/** History is asked only about machines that the open table does not know. */
async function knows(
  ports: Ports,
  kind: 'launch' | 'builder',
  builder: Builder | undefined,
  id: string | undefined,
): Promise<boolean> {
  return builder === undefined && id !== undefined && ports.history.has(kind, id);
}

/** Machines of ours whose launch names no pool that the configuration has. */
export async function judgeStrays(
  ports: Ports,
  seen: Seen,
  isStray: (sighting: Sighting) => boolean,
  report: Report,
): Promise<void> {
  for (const [provider, sightings] of seen) {
    for (const sighting of sightings.filter(isStray)) {
      const sight = await ports.open.get(strayPartition, 'sight', sighting.id);
      const context = { sighting, builder: undefined, sight, launchKnown: false, builderEnded: false };
      const decision = judge(context, ports.clock.now(), limitsOf(ports, strayPartition));
      await carryOut(
        ports,
        decision,
        { pool: strayPartition, provider, builder: undefined, sighting },
        report,
      );
    }
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
  await ports.providers[provider]?.stop([sighting.id]);
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
  providerName: string,
  sightings: readonly Sighting[],
  report: Report,
): Promise<void> {
  const provider = ports.providers[providerName];
  const there = new Set(sightings.map((sighting) => sighting.id));
  const limits = limitsOf(ports, state.pool.pool);
  const lookFor = async (builder: Builder): Promise<void> => {
    const now = ports.clock.now();
    const decision = judgeMissing(builder, now, limits);
    if (decision === 'remember') await ports.open.put({ ...builder, missingAt: now });
    if (decision !== 'look' || !provider || (await provider.look(builder.id))) return;
    const { pool, id, launch } = builder;
    await recordGone(ports, { pool, id, launch, provider: providerName, why: 'the machine is gone' });
    count(report, 'machines gone');
  };
  for (const builder of state.builders) {
    if (builder.provider !== providerName || there.has(builder.id)) continue;
    await part(report, `missing machine ${builder.id}`, () => lookFor(builder));
  }
}
