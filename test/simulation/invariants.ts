// What must hold when a world has settled: everything wanted was served in time, and nothing is left.
import type { Config } from '../../shared/policy/schema.ts';
import { microUsd, sumsOf } from '../../shared/scheduler/money.ts';
import type { Item } from '../../shared/scheduler/records.ts';
import { type Ledger, sharedPartition } from '../../shared/scheduler/shared-records.ts';
import { pool } from './config.ts';
import type { SimulatedJob } from './github.ts';
import type { Service } from './stage.ts';
import { minute } from './time.ts';
import type { World } from './world.ts';

/** The longest that a job may wait once no faults happen any more. */
const patienceMs = 40 * minute;

/** Jobs that must have run: neither cancelled nor refused. */
export const wantedOf = (jobs: SimulatedJob[]): SimulatedJob[] =>
  jobs.filter((job) => !job.cancelled && !job.fork);

/** Names what broke on the way, what was not served, and what is left. */
export async function violationsOf(world: World, service: Service, jobs: SimulatedJob[]): Promise<string[]> {
  return [
    ...world.violations,
    ...unserved(wantedOf(jobs), world.faultsEnd),
    ...leftOutside(service),
    ...(await leftRecords(service)),
    ...(await leftMoney(service)),
  ];
}

function unserved(wanted: SimulatedJob[], faultsEnd: number): string[] {
  const late = (job: SimulatedJob): boolean =>
    (job.startedAt ?? 0) - Math.max(job.queuedAt, faultsEnd) > patienceMs;
  return [
    ...wanted.filter((job) => job.startedAt === undefined).map((job) => `never served: ${job.id}`),
    ...wanted.filter(late).map((job) => `served late: ${job.id}`),
  ];
}

function leftOutside({ cloud, github }: Service): string[] {
  const alive = [...cloud.machines.values()].filter((machine) => machine.alive);
  return [
    ...alive.map((machine) => `machine left: ${machine.id}`),
    ...[...github.runners.keys()].map((name) => `registration left: ${name}`),
  ];
}

/** What was reserved and neither spent nor given back. */
async function leftMoney({ store }: Service): Promise<string[]> {
  const { ledgers } = await store.open.read(sharedPartition);
  const open = ledgers.flatMap((ledger) => Object.keys(ledger.open));
  return open.map((launch) => `money left: for launch ${launch}`);
}

/** Names what a ledger holds beyond the daily limits. */
export function overspent({ projects, maxUsdPerDay }: Config, ledger: Ledger): string[] {
  const sums = sumsOf(ledger);
  const over = Object.entries(projects).filter(
    ([name, project]) => (sums.projects.get(name) ?? 0) > microUsd(project.maxUsdPerDay),
  );
  const names = over.map(([name]) => `project ${name}`);
  const all = sums.all > microUsd(maxUsdPerDay) ? ['the installation'] : [];
  return [...names, ...all].map((whose) => `daily limit of ${whose} overstepped`);
}

async function leftRecords({ store }: Service): Promise<string[]> {
  const { jobs, builders, launches } = await store.open.read(pool);
  const left: Item[] = [...jobs, ...builders, ...launches];
  return left.map((item) => `record left: ${item.kind} ${item.id}`);
}
