// The pools in a sweep: which there are, what stands in each, and what needs no GitHub.
import { poolOfLaunch } from '../../contract/names.ts';
import type { Sighting } from '../../scheduler/ports.ts';
import { hasWork } from '../../scheduler/reconcile.ts';
import type { PoolState } from '../../scheduler/records.ts';
import type { Ledger } from '../../scheduler/shared-records.ts';
import type { LeftKind, SweepMemory } from '../../scheduler/sweep-records.ts';
import { inParallel } from '../change.ts';
import { balance } from '../money/ledger.ts';
import type { Ports } from '../ports.ts';
import type { Clouds } from './clouds.ts';
import { doubted } from './doubt.ts';
import { lackOfHosts, lookForHosts, observeHosts, poolOfHost } from './hosts.ts';
import { judgeMachines } from './machines.ts';
import { lackOfMachines, lookForMissing } from './missing.ts';
import { abstain, part, partOrAbstain, type Report } from './report.ts';
import type { Sweeping } from './sweeping.ts';
import { archive } from './tombstones.ts';

/** Pools at once. */
const width = 4;

/** What a pool's records may own. */
const kinds: readonly LeftKind[] = ['machine', 'volume', 'interface', 'host', 'registration'];

/**
 * The configured pools, and those that left the configuration and still have records, machines or hosts, or
 * money in a ledger: they are planned until empty.
 */
export function poolsOf(
  { config }: Ports,
  memory: SweepMemory,
  { machines, hosts }: Clouds,
  ledgers: readonly Ledger[] = [],
): string[] {
  const sighted = machines.flatMap(({ sightings }) => sightings.map(({ launch = '' }) => launch));
  const reserved = ledgers.flatMap(({ open }) => Object.keys(open));
  const launches = new Set([...sighted, ...reserved]);
  const left = [...launches].flatMap((launch) => poolOfLaunch(launch) ?? []);
  const hosting = (hosts?.sightings ?? []).flatMap((host) => poolOfHost(host) ?? []);
  return [...new Set([...Object.keys(config.pools), ...memory.pools, ...left, ...hosting])];
}

/** Those that can be read. Whatever another one owns cannot be told from what nobody owns. */
export async function readPools(
  { open }: Ports,
  pools: readonly string[],
  report: Report,
): Promise<PoolState[]> {
  const states: PoolState[] = [];
  await inParallel(pools, width, (pool) =>
    partOrAbstain(report, { part: `pool ${pool}`, kinds }, async () => {
      states.push(await open.read(pool));
    }),
  );
  for (const { pool, unreadable } of states) {
    if (unreadable.length === 0) continue;
    const why = `${unreadable.length} items cannot be read: ${unreadable[0]}`;
    abstain(report, { part: `pool ${pool.pool}`, why, kinds });
  }
  return states;
}

/** Compares what the clouds show with what is on record, and rings. A GitHub that hangs holds up no pool. */
export async function sweepPools(
  on: Sweeping,
  states: readonly PoolState[],
  clouds: Clouds,
  memory: SweepMemory,
  ledgers: Ledger[] | undefined,
): Promise<void> {
  const doubts = doubtsOf(on, states, clouds, memory);
  const machines = clouds.machines.map((shown) => ({
    shown,
    ofPool: Map.groupBy(shown.sightings, ({ launch = '' }: Sighting) => poolOfLaunch(launch)),
    asked: doubts.get(shown.part),
  }));
  await inParallel(states, width, async (state) => {
    const { pool } = state.pool;
    const inPool = (what: string, work: () => Promise<void>) =>
      part(on.report, `${what} of pool ${pool}`, work);
    const { hosts } = clouds;
    if (hosts) {
      await inPool('hosts', () => observeHosts(on, state, hosts));
      await inPool('missing hosts', () => lookForHosts(on, state, hosts, doubts.get(hosts.part)));
    }
    for (const { shown, ofPool, asked } of machines) {
      const machines = { part: `machines of pool ${pool}`, kinds: ['machine'] as const };
      await partOrAbstain(on.report, machines, () =>
        judgeMachines(on, state, shown.provider, ofPool.get(pool) ?? []),
      );
      await inPool('missing machines', () => lookForMissing(on, state, shown, asked));
    }
    await inPool('ended records', () => archive(on, state));
    if (hasWork(state)) await inPool('bell', () => on.ports.bell.ring(pool));
    if (ledgers) await inPool('money', () => balance(on.ports, { ...state, ledgers }, on.ports.clock.now()));
  });
}

/** By the part of each list that is not believed: the only ids of it that may be asked for. */
function doubtsOf(
  { ports, report }: Sweeping,
  states: readonly PoolState[],
  { machines, hosts }: Clouds,
  memory: SweepMemory,
): ReadonlyMap<string, ReadonlySet<string>> {
  const lists = machines.map((shown) => lackOfMachines(ports, shown, states));
  if (hosts) lists.push(lackOfHosts(ports, hosts, states));
  const now = ports.clock.now();
  const found = lists.flatMap((lacks) => {
    const asked = doubted({ lacks, memory, report }, now, ports.standard.sweepMs);
    return asked ? [[lacks.part, asked] as const] : [];
  });
  return new Map(found);
}
