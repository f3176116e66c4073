// Machines that clouds show: owned, to be adopted, or without an owner, and then ended.
import { poolOfLaunch } from '../../contract/names.ts';
import { termsOf } from '../../policy/ladder.ts';
import { observeProvisioned } from '../../scheduler/observe.ts';
import { type Judgement, judge, type SightingContext } from '../../scheduler/orphans.ts';
import type { Sighting } from '../../scheduler/ports.ts';
import type { Builder, Launch, PoolState } from '../../scheduler/records.ts';
import type { Unowned } from '../../scheduler/sweep-records.ts';
import { placeOf as hostOf } from '../launching.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { freshBuilder } from '../record.ts';
import { save } from '../state.ts';
import { placeOf, type ShownMachines } from './clouds.ts';
import type { SeenMachine } from './end-machines.ts';
import { count, eachPart, type Report } from './report.ts';
import { forgetSights, rememberSight } from './sights.ts';
import type { Sweeping } from './sweeping.ts';

/** Where sightings of machines are kept that belong to no pool of ours. */
const strayPartition = '-';

/** A cloud's answer comes within this time of the machine's start, if it comes. */
const answerMs = 15_000;

/** Clouds' clocks may differ from ours by this much. */
const skewMs = 60_000;

/** Machines that are looked into at once: each is a call or two. */
const parts = {
  name: ({ id }: Sighting) => `machine ${id}`,
  width: 10,
  kinds: ['machine'],
} as const;

/** Judges each machine that a provider shows for one pool. */
export async function judgeMachines(
  on: Sweeping,
  state: PoolState,
  provider: string,
  sightings: readonly Sighting[],
): Promise<void> {
  const { ports, report, until, owners } = on;
  const { pool } = state.pool;
  const launches = new Map(state.launches.map((launch) => [launch.id, launch]));
  const sights = new Map(state.sights.map((sight) => [sight.id, sight]));
  const limits = limitsOf(ports, pool);
  const of = { ...parts, what: `machines of pool ${pool}`, until };
  await eachPart(report, sightings, of, async (sighting) => {
    const builder = owners.get(sighting.id);
    const past = builder ? nothingKnown : await pastOf(ports, launches, sighting);
    const sight = sights.get(sighting.id);
    const context = { sighting, builder, sight: on.mayEnd ? sight : undefined, ...past };
    const judged = judge(context, ports.clock.now(), limits);
    if (builder?.pool === pool) await noteTimes(ports, state, builder, sighting);
    const machine = { pool, provider, builder, sighting, sight };
    if (judged.decision === 'adopt') await adopt(ports, state, machine, judged, report);
    else await carryOut(on, isSure(state) ? judged : unsure(judged), machine);
  });
}

/** Who owns it may stand in a record that cannot be read. */
const isSure = ({ unreadable }: PoolState): boolean => unreadable.length === 0;

const unsure = (judged: Judgement): Judgement =>
  judged.isUnowned
    ? {
        decision: 'leave',
        isDoubtful: true,
        why: () => `${judged.why()}; but a record of its pool cannot be read`,
      }
    : judged;

/** The answer of its launch was lost, or it came after all. The pass that is rung next deals it its scope. */
async function adopt(
  ports: Ports,
  state: PoolState,
  { pool, provider, sighting }: SeenMachine,
  { why }: Judgement,
  report: Report,
): Promise<void> {
  const { id, launch = '', startedAt, provisionedAt, terms } = sighting;
  const known = state.launches.find((one) => one.id === launch);
  const rung = known?.rung ?? 0;
  const standard = { rung, ...termsOf(ports.config, pool, rung) };
  const fresh = freshBuilder({ pool, launch, id, provider }, standard, startedAt);
  const host = known?.host ?? state.hosts.find(({ instances = [] }) => instances.includes(id))?.id;
  const onHost = hostOf({ host }, state);
  report.tell?.({ what: 'machine', id, decision: 'adopt', why: why(), pool });
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

/**
 * History is asked only about machines that the open table does not know. One that is older than its launch
 * is of another launch of that name, in a table that was lost.
 */
async function pastOf(
  { history }: Ports,
  launches: ReadonlyMap<string, Launch>,
  { id, launch, startedAt }: Sighting,
): Promise<Past> {
  const open = launch === undefined ? undefined : launches.get(launch);
  if (open && open.askedAt - startedAt > skewMs) return nothingKnown;
  const isOpen = open !== undefined;
  return {
    launchKnown: isOpen || (launch !== undefined && (await history.has('launch', launch))),
    builderEnded: await history.has('builder', id),
  };
}

/** Machines of ours whose launch nobody can have written. A builder whose tag somebody took away is none. */
export async function judgeStrays(on: Sweeping, machines: readonly ShownMachines[]): Promise<void> {
  const { ports, report, mayEnd, until, owners } = on;
  const pool = strayPartition;
  const state = await ports.open.read(pool);
  await forgetSights(ports, state, report);
  const sights = new Map(state.sights.map((sight) => [sight.id, sight]));
  const limits = limitsOf(ports, pool);
  for (const { provider, sightings } of machines) {
    const strays = sightings.filter(({ launch = '' }) => poolOfLaunch(launch) === undefined);
    await eachPart(report, strays, { ...parts, what: 'strays', until }, async (sighting) => {
      const sight = sights.get(sighting.id);
      const builder = owners.get(sighting.id);
      const context = { sighting, builder, sight: mayEnd ? sight : undefined, ...nothingKnown };
      await carryOut(on, judge(context, ports.clock.now(), limits), {
        pool,
        provider,
        builder,
        sighting,
        sight,
      });
    });
  }
}

/** All but the end, which comes when all pools are swept. */
async function carryOut(on: Sweeping, judged: Judgement, machine: SeenMachine): Promise<void> {
  const { ports, report, unowned, orphans } = on;
  const { pool, sighting, sight } = machine;
  const { id } = sighting;
  const { decision, isDoubtful, why } = judged;
  if (judged.isUnowned) report.unowned.push(unownedOf(ports, machine));
  if (judged.isUnowned && !sighting.protected) unowned.push(machine);
  report.tell?.({ what: 'machine', id, decision, why: why(), pool, isDoubtful });
  if (decision === 'remember') {
    await rememberSight(ports, { pool, id }, sight);
    count(report, 'seen without an owner');
  }
  if (decision === 'end') orphans.push({ ...machine, why: why() });
}

/** Its builder, if there was one, has paid for the time before. */
function unownedOf({ config }: Ports, { pool, provider, builder, sighting }: SeenMachine): Unowned {
  const { id, launch, startedAt, terms } = sighting;
  const rung = config.pools[pool]?.ladder.findIndex((one) => one.provider === provider) ?? -1;
  return {
    kind: 'machine',
    id,
    place: placeOf(terms?.offering),
    launch,
    since: Math.max(startedAt, builder?.endedAt ?? 0),
    usdPerHour: terms?.usdPerHour ?? builder?.usdPerHour ?? termsOf(config, pool, rung).usdPerHour,
    ...(sighting.protected && { protected: true }),
  };
}
