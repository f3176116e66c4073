// What must hold when a world has settled: everything wanted was served in time, and nothing is left.
import type { Item } from '../../shared/scheduler/records.ts';
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

async function leftRecords({ store }: Service): Promise<string[]> {
  const { jobs, builders, launches } = await store.open.read(pool);
  const left: Item[] = [...jobs, ...builders, ...launches];
  return left.map((item) => `record left: ${item.kind} ${item.id}`);
}
