// One sweep of the reaper: it trusts nobody, records facts, rings, and ends only what no pool's plan can see.
import { poolOfLaunch } from '../../contract/names.ts';
import type { Provider, Sighting } from '../../scheduler/ports.ts';
import { hasWork, isHostUnsettled, isUnsettled } from '../../scheduler/reconcile.ts';
import type { PoolState } from '../../scheduler/records.ts';
import { type Ledger, sharedPartition } from '../../scheduler/shared-records.ts';
import { sharesWithOthers } from '../ladder.ts';
import { marksOf } from '../memory.ts';
import { balance, forgetDays } from '../money/ledger.ts';
import type { Ports } from '../ports.ts';
import { redeliver } from './deliveries.ts';
import { adoptHosts } from './found-hosts.ts';
import { hostProblems } from './host-problems.ts';
import { listHosts, lookForHosts, observeHosts, poolOfHost, type SeenHosts } from './hosts.ts';
import { moveJobs, recordQueuedJobs, verifySilentJobs } from './jobs.ts';
import { judgeMachines, judgeStrays, lookForMissing } from './machines.ts';
import { judgeRegistrations, liftRefusedScopes } from './registrations.ts';
import { eachPart, emptyReport, part, type Report } from './report.ts';
import { isIdle } from './rhythm.ts';
import { archive } from './tombstones.ts';

/** What each provider has shown; a provider that did not answer in full is absent, and its part abstains. */
export type Seen = Map<string, Sighting[]>;

/** A sweep asks GitHub nothing new when it is this old: its function ends at a minute. */
const askForMs = 35_000;

/**
 * Sweeps everything once: the cloud is listed before the table is read. A part that fails does not stop the
 * others; what failed is named in the report.
 */
export async function sweep(ports: Ports): Promise<Report> {
  const report = emptyReport();
  const end = ports.clock.now() + askForMs;
  const seen: Seen = new Map();
  const [hosts] = await Promise.all([
    listHosts(ports, report),
    eachPart(report, Object.entries(ports.providers), clouds, async ([name, provider]) => {
      seen.set(name, await provider.list());
    }),
  ]);
  const shared = await sharedOf(ports, report);
  const ledgers = shared?.ledgers;
  const pools = poolsOf(ports, seen, hosts, ledgers);
  const states: PoolState[] = [];
  await eachPart(report, pools, { what: 'pools', name: (pool) => `pool ${pool}`, width: 4 }, async (pool) => {
    const state = await ports.open.read(pool);
    states.push(state);
    await sweepTable(ports, state, seen, hosts, report);
    if (ledgers || state.launches.some(isUnsettled) || state.hosts.some(isHostUnsettled)) {
      await part(report, `money of pool ${pool}`, () => balanceIn(ports, state, ledgers));
    }
  });
  await part(report, 'ledgers of past days', () => forgetDays(ports, ledgers ?? []));
  await part(report, 'strays', () => judgeStrays(ports, seen, isStray, report));
  const whole = states.length === pools.length;
  if (hosts && whole) await adoptHosts(ports, states, hosts, report);
  const marks = shared ? marksOf(shared) : {};
  report.problems.push(...hostProblems(ports, states, marks, ports.clock.now()));
  await askGitHub(ports, states, whole, report, () => ports.clock.now() > end);
  report.idle = whole && states.every(isIdle);
  return report;
}

/** The ledgers, and what clouds lack. Undefined: no pool costs money, or they cannot be read. */
async function sharedOf(ports: Ports, report: Report): Promise<PoolState | undefined> {
  const { config, hosts } = ports;
  if (!hosts && !Object.keys(config.pools).some((pool) => sharesWithOthers(config, pool))) return undefined;
  let shared: PoolState | undefined;
  await part(report, 'ledgers', async () => {
    shared = await readShared(ports);
  });
  return shared;
}

/** All of it, or it throws. */
async function readShared({ open }: Ports): Promise<PoolState> {
  const shared = await open.read(sharedPartition);
  const { unreadable } = shared;
  if (unreadable.length > 0) throw new Error(`${unreadable.length} items cannot be read: ${unreadable[0]}`);
  return shared;
}

/** A pool that cost money once may cost none by now. */
async function balanceIn(ports: Ports, state: PoolState, known: Ledger[] | undefined): Promise<void> {
  const ledgers = known ?? (await readShared(ports)).ledgers;
  await balance(ports, { ...state, ledgers }, ports.clock.now());
}

const clouds = { what: 'providers', name: ([name]: [string, Provider]) => `provider ${name}`, width: 4 };

/**
 * The configured pools, and those that left the configuration and still have machines or hosts, or money in a
 * ledger: they are planned until empty.
 */
function poolsOf(
  ports: Ports,
  seen: Seen,
  hosts: SeenHosts | undefined,
  ledgers: readonly Ledger[] = [],
): string[] {
  const sighted = [...seen.values()].flat().map(({ launch }) => launch ?? '');
  const reserved = ledgers.flatMap(({ open }) => Object.keys(open));
  const left = [...sighted, ...reserved].flatMap((launch) => poolOfLaunch(launch) ?? []);
  const hosting = (hosts?.sightings ?? []).flatMap((host) => poolOfHost(host) ?? []);
  return [...new Set([...Object.keys(ports.config.pools), ...left, ...hosting])];
}

/** Machines of ours whose launch nobody can have written. */
const isStray = ({ launch }: Sighting): boolean => poolOfLaunch(launch ?? '') === undefined;

/** What needs no GitHub comes first, and with it the ring: a GitHub that hangs holds up no pool. */
async function sweepTable(
  ports: Ports,
  state: PoolState,
  seen: Seen,
  hosts: SeenHosts | undefined,
  report: Report,
): Promise<void> {
  const pool = state.pool.pool;
  const inPool = (what: string, work: () => Promise<void>) => part(report, `${what} of pool ${pool}`, work);
  if (hosts) {
    await inPool('hosts', () => observeHosts(ports, state, hosts, report));
    await inPool('missing hosts', () => lookForHosts(ports, state, hosts, report));
  }
  for (const [provider, sightings] of seen) {
    const ours = sightings.filter(({ launch }) => poolOfLaunch(launch ?? '') === pool);
    await inPool('machines', () => judgeMachines(ports, state, provider, ours, report));
    await inPool('missing machines', () => lookForMissing(ports, state, provider, sightings, report));
  }
  await inPool('ended records', () => archive(ports, state, report));
  if (state.unreadable.length > 0) {
    report.problems.push(
      `pool ${pool}: ${state.unreadable.length} items cannot be read: ${state.unreadable[0]}`,
    );
  }
  if (hasWork(state)) await inPool('bell', () => ports.bell.ring(pool));
}

/** A part that is not reached in time is named; the next sweep comes to it. */
async function askGitHub(
  ports: Ports,
  states: PoolState[],
  whole: boolean,
  report: Report,
  until: () => boolean,
): Promise<void> {
  const inTime = async (what: string, work: () => Promise<void>): Promise<void> => {
    if (until()) report.problems.push(`${what}: not reached, GitHub is slow`);
    else await part(report, what, work);
  };
  await inTime('deliveries', () => redeliver(ports, report, until));
  await inTime('queued jobs', () => recordQueuedJobs(ports, states, report, until));
  for (const state of states) {
    const { pool } = state.pool;
    await inTime(`silent jobs of pool ${pool}`, () => verifySilentJobs(ports, state, report, until));
    await inTime(`moved jobs of pool ${pool}`, () => moveJobs(ports, state, report, until));
    await inTime(`refused scopes of pool ${pool}`, () => liftRefusedScopes(ports, state, report));
  }
  if (whole) await inTime('registrations', () => judgeRegistrations(ports, states, report, until));
}
