// One sweep of the reaper: it trusts nobody, records facts, rings, and ends only what no pool's plan can see.
import type { PoolState, Time } from '../../scheduler/records.ts';
import type { LeftKind, SweepMemory } from '../../scheduler/sweep-records.ts';
import { forgetDays } from '../money/ledger.ts';
import type { Ports } from '../ports.ts';
import { mayEnd } from './clock.ts';
import { listClouds } from './clouds.ts';
import { redeliver } from './deliveries.ts';
import { endMachines } from './end-machines.ts';
import { adoptHosts } from './found-hosts.ts';
import { hostProblems } from './host-problems.ts';
import { moveJobs, verifySilentJobs } from './jobs.ts';
import { judgeLeftovers } from './leftovers.ts';
import { judgeStrays } from './machines.ts';
import { readShared, rememberPools, saveMemory } from './memory.ts';
import { reportOldJobs } from './old-jobs.ts';
import { recordQueuedJobs } from './queued-jobs.ts';
import { closeDays, noteSweep } from './receipt.ts';
import { judgeRegistrations } from './registrations.ts';
import { abstain, emptyReport, part, partOrAbstain, type Report } from './report.ts';
import { isIdle } from './rhythm.ts';
import { liftRefusedScopes } from './scopes.ts';
import { withoutSudden } from './sudden.ts';
import type { Sweeping } from './sweeping.ts';
import { poolsOf, readPools, sweepPools } from './tables.ts';

/**
 * A sweep begins nothing new about clouds when it is this old, so that there is time left for GitHub, and
 * nothing at all when it is this old: its function ends at a minute.
 */
const judgeForMs = 20_000;
const askForMs = 35_000;

/**
 * Sweeps everything once: the clouds are listed before the table is read. A part that fails does not stop the
 * others; what failed is named in the report. `tell` hears each decision with its reason.
 */
export async function sweep(ports: Ports, tell?: Report['tell']): Promise<Report> {
  const report: Report = { ...emptyReport(), tell };
  const began = ports.clock.now();
  const after = (ms: number) => (): boolean => ports.clock.now() - began > ms;
  const { memory, isKnown, ledgers, marks } = await readShared(ports, report);
  const clouds = await listClouds(ports, report);
  const pools = poolsOf(ports, memory, clouds, ledgers);
  const states = await readPools(ports, pools, report);
  const isSure = states.length === pools.length && states.every(({ unreadable }) => unreadable.length === 0);
  const owners = new Map(states.flatMap(({ builders }) => builders.map((one) => [one.id, one])));
  const may = { isSure, until: after(judgeForMs), mayEnd: mayEnd(ports, memory.at, report) };
  const on: Sweeping = { ports, report, ...may, owners, unowned: [], orphans: [] };

  await sweepPools(on, states, clouds, memory, ledgers);
  await part(report, 'ledgers of past days', () => forgetDays(ports, ledgers ?? []));
  await partOrAbstain(report, { part: 'strays', kinds: ['machine'] }, () => judgeStrays(on, clouds.machines));
  const { orphans, isDoubted } = withoutSudden(on, clouds.machines);
  await part(report, 'orphans', () => endMachines(on, orphans));
  if (isDoubted) on.mayEnd = false;
  const { hosts } = clouds;
  if (hosts) {
    const found = { part: 'found hosts', kinds: ['host'] as const };
    await partOrAbstain(report, found, () => adoptHosts(on, states, hosts));
  }
  report.problems.push(...hostProblems(ports, states, marks, ports.clock.now()));
  await part(report, 'leftovers', () => judgeLeftovers(ports, states, report, on.mayEnd, memory.turn));
  const before = memory.version === 0 ? began : memory.at;
  const isMine = isKnown && (await saveBegun(on, memory, began));
  await askGitHub({ ...on, until: after(askForMs) }, states, memory);

  report.idle = states.length === pools.length && states.every(isIdle);
  rememberPools(memory, pools, states, ports);
  if (isMine) await endWith(on, memory, began, before);
  return report;
}

/** The clouds are judged: that counts also where GitHub is so slow that the function ends. */
function saveBegun({ ports, report }: Sweeping, memory: SweepMemory, began: Time): Promise<boolean> {
  memory.at = began;
  return saveMemory(ports, memory, report);
}

/** A part that is not reached in time is named; the next sweep comes to it. */
async function askGitHub(on: Sweeping, states: PoolState[], memory: SweepMemory): Promise<void> {
  const { ports, report, until } = on;
  const inTime = async (part: string, work: () => Promise<void>, kinds: readonly LeftKind[] = []) => {
    if (until()) abstain(report, { part, why: 'not reached in time', kinds });
    else await partOrAbstain(report, { part, kinds }, work);
  };
  await inTime('deliveries', () => redeliver(ports, memory, report, until));
  await inTime('queued jobs', () => recordQueuedJobs(ports, memory, states, report, until));
  for (const state of states) {
    const { pool } = state.pool;
    await inTime(`silent jobs of pool ${pool}`, () => verifySilentJobs(ports, memory, state, report, until));
    await inTime(`moved jobs of pool ${pool}`, () => moveJobs(ports, state, report, until));
    await inTime(`refused scopes of pool ${pool}`, () => liftRefusedScopes(on, state));
  }
  await inTime('registrations', () => judgeRegistrations(on, states, memory), ['registration']);
  reportOldJobs(ports, states, report);
}

/** The sweep is noted in its day, and remembered. A crash before this only makes the next one repeat work. */
async function endWith(
  { ports, report }: Sweeping,
  memory: SweepMemory,
  began: Time,
  before: Time,
): Promise<void> {
  await part(report, 'receipts', () => closeDays(ports, memory, began, before));
  noteSweep(memory, report, began, before);
  memory.turn += 1;
  await saveMemory(ports, memory, report);
}
