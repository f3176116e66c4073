// What must hold when a world has settled: everything wanted was served in time, and nothing is left.
import type { Item } from '../../shared/scheduler/records.ts';
import { wrongBills } from './bill.ts';
import type { Books } from './books.ts';
import type { SimulatedJob } from './github.ts';
import type { Service } from './stage.ts';
import { minute } from './time.ts';
import type { World } from './world.ts';

/** The longest that a job may wait once no faults happen any more, and nobody waits for money. */
const patienceMs = 40 * minute;

/** Jobs that must have run: neither cancelled nor refused. */
export const wantedOf = (jobs: SimulatedJob[]): SimulatedJob[] =>
  jobs.filter((job) => !job.cancelled && !job.fork);

/** Names what broke on the way, what was not served, and what is left. */
export async function violationsOf(
  world: World,
  service: Service,
  jobs: SimulatedJob[],
  pools: string[],
): Promise<string[]> {
  return [
    ...world.violations,
    ...unserved(wantedOf(jobs), world.faultsEnd, service.books),
    ...leftOutside(service),
    ...(await leftRecords(service, pools)),
    ...wrongBills(service.books, [...service.cloud.machines.values()]),
  ];
}

/** A job that was held for want of money may be late, as long as it is served. */
function unserved(wanted: SimulatedJob[], faultsEnd: number, { held }: Books): string[] {
  const late = (job: SimulatedJob): boolean =>
    !held.has(job.id) && (job.startedAt ?? 0) - Math.max(job.queuedAt, faultsEnd) > patienceMs;
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

/** Nothing of any pool stands in the table any more. */
async function leftRecords({ store }: Service, pools: string[]): Promise<string[]> {
  const states = await Promise.all(pools.map((pool) => store.open.read(pool)));
  const left = states.flatMap(({ jobs, builders, launches }): Item[] => [...jobs, ...builders, ...launches]);
  return left.map((item) => `record left: ${item.kind} ${item.id}`);
}
