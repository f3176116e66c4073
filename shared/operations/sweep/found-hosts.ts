// Hosts that nobody has on record: they cost money, so they get a record, are used, and are released in the
// end.
import { offeringKey } from '../../contract/offerings.ts';
import { hostOfferingsOf, macRungOf } from '../../policy/hosts.ts';
import type { Config } from '../../policy/schema.ts';
import type { HostSighting } from '../../scheduler/host-ports.ts';
import type { Host } from '../../scheduler/host-records.ts';
import { observeHost } from '../../scheduler/hosts/observe.ts';
import { type Judgement, judgeHost } from '../../scheduler/orphans.ts';
import { lastLaunchOf } from '../../scheduler/plan.ts';
import { isHostUnsettled } from '../../scheduler/reconcile.ts';
import type { PoolState, Time } from '../../scheduler/records.ts';
import type { Unowned } from '../../scheduler/sweep-records.ts';
import { changePool } from '../change.ts';
import { reserveHost } from '../money/hosts.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { save } from '../state.ts';
import { placeOf, type ShownHosts } from './clouds.ts';
import { poolOfHost, recordOf } from './hosts.ts';
import { count, eachPart } from './report.ts';
import type { Sweeping } from './sweeping.ts';

const parts = { what: 'hosts', name: ({ hostId }: HostSighting) => `host ${hostId}`, width: 1 };

/**
 * Adopts what the cloud shows and no pool knows. `states`: of all pools, or it might be somebody's. A host is
 * its tag's; one without a tag that can be read belongs to a pool that asks for such Macs.
 */
export async function adoptHosts(
  on: Sweeping,
  states: readonly PoolState[],
  { at, sightings }: ShownHosts,
): Promise<void> {
  const { ports, report, isSure } = on;
  await eachPart(report, sightings, parts, async (sighting) => {
    const known = states.flatMap((state) => recordOf(state, sighting) ?? [])[0];
    const judged = judgeHost({ sighting, host: known }, ports.clock.now(), ports.standard);
    const isOwned = judged.decision === 'leave' && !judged.isUnowned;
    const { decision, isUnowned, isDoubtful, why } = isOwned || isSure ? judged : unsure;
    const { pool } = known ?? {};
    report.tell?.({ what: 'host', id: sighting.hostId, decision, why: why(), pool, isDoubtful });
    if (isUnowned) report.unowned.push(unownedOf(sighting));
    if (decision === 'adopt') await takeIn(on, states, known, sighting, at);
  });
}

const unsure: Judgement<'leave'> = {
  decision: 'leave',
  isDoubtful: true,
  why: () => 'nobody is known to own it, but not all records can be read',
};

const unownedOf = ({ hostId, id, offering, allocatedAt, usdPerHour, ...of }: HostSighting): Unowned => ({
  kind: 'host',
  id: hostId,
  place: placeOf(offering),
  launch: id,
  since: allocatedAt,
  usdPerHour,
  ...(of.protected && { protected: true }),
});

/** One that cannot be adopted is without an owner until the next sweep. */
async function takeIn(
  { ports, report }: Sweeping,
  states: readonly PoolState[],
  known: Host | undefined,
  sighting: HostSighting,
  at: Time,
): Promise<void> {
  const pool = known?.pool ?? poolOfHost(sighting) ?? homeOf(ports.config, sighting);
  const state = states.find((one) => one.pool.pool === pool);
  try {
    if (!state) throw new Error('it has no owner, and no pool can take it');
    await adopt(ports, state, known, sighting, at);
  } catch (error) {
    report.unowned.push(unownedOf(sighting));
    throw error;
  }
  await ports.bell.ring(state.pool.pool);
  count(report, 'hosts found');
}

/** A pool that asks for such hosts; else one that uses none, and lets go of it in time. */
function homeOf(config: Config, { offering }: HostSighting): string | undefined {
  const pools = Object.keys(config.pools);
  const asksForIt = (pool: string): boolean =>
    hostOfferingsOf(config, pool).some((one) => offeringKey(one) === offering);
  return pools.find(asksForIt) ?? pools.find((pool) => !macRungOf(config, pool)) ?? pools[0];
}

async function adopt(
  ports: Ports,
  state: PoolState,
  known: Host | undefined,
  sighting: HostSighting,
  at: Time,
): Promise<void> {
  const { pool } = state.pool;
  const { paidMs, hostSlackMs } = limitsOf(ports, pool);
  // It costs that, whatever the limits say; a record that is not settled has its money yet.
  const until = Math.max(sighting.allocatedAt + paidMs, ports.clock.now()) + hostSlackMs;
  const unpaid = { settledAt: undefined, reserved: {}, reservedUntil: sighting.allocatedAt };
  const id = known?.id ?? (await freeId(ports, state, sighting));
  const fresh = freshHost(pool, id, macRungOf(ports.config, pool)?.index ?? 0, sighting);
  const before = known && { ...known, phase: fresh.phase, endedAt: undefined, why: undefined };
  const paid =
    before && isHostUnsettled(before)
      ? before
      : await reserveHost(ports, state, { ...fresh, ...before, ...unpaid }, until, true);
  const host = observeHost(paid, sighting, at);
  if (host && !(await save(ports, state, host))) throw new Error('it has no owner, and could not be adopted');
}

/** The id by the host's own tag, or where that is taken, or unreadable, the next one of the pool. */
async function freeId(ports: Ports, state: PoolState, sighting: HostSighting): Promise<string> {
  const { pool } = state.pool;
  const { id } = sighting;
  const isOwn = id !== undefined && poolOfHost(sighting) === pool;
  if (isOwn && !state.hosts.some((host) => host.id === id)) return id;
  state.pool = await changePool(ports, pool, (current) => ({
    ...current,
    lastLaunch: Math.max(current.lastLaunch, lastLaunchOf(state)) + 1,
  }));
  return `${pool}-${state.pool.lastLaunch}`;
}

const freshHost = (pool: string, id: string, rung: number, sighting: HostSighting): Host => ({
  kind: 'host',
  pool,
  id,
  version: 0,
  phase: 'asked',
  rung,
  offering: sighting.offering,
  usdPerHour: sighting.usdPerHour,
  askedAt: sighting.allocatedAt,
  unbilledMs: 0,
  served: [],
  earlier: { jobs: 0, ms: 0 },
  reservedUntil: sighting.allocatedAt,
  reserved: {},
});
