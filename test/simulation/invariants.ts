// What must hold when a world has settled: everything wanted was served, and nothing is left anywhere.
import type { Item } from '../../shared/scheduler/records.ts';
import { wrongBills } from './bill.ts';
import { wrongOthers } from './cloud.ts';
import type { SimulatedJob } from './github.ts';
import { wantedOf } from './jobs.ts';
import { broken } from './named.ts';
import type { Service } from './stage.ts';

/** Names what was not served, what is left, and what was paid wrongly. */
export async function leftOver(service: Service, pools: string[]): Promise<string[]> {
  return [
    ...unserved(wantedOf(service.github)),
    ...leftOutside(service),
    ...wrongOthers(service.cloud),
    ...(await leftRecords(service, pools)),
    ...wrongBills(service.books, [...service.cloud.machines.values()]),
  ];
}

const unserved = (wanted: SimulatedJob[]): string[] =>
  wanted.filter((job) => job.startedAt === undefined).map(({ id }) => broken(1, `never served: ${id}`));

function leftOutside({ cloud, github }: Service): string[] {
  const alive = [...cloud.machines.values()].filter((machine) => machine.alive);
  return [
    ...alive.map(({ id }) => broken(2, `machine left: ${id}`)),
    ...[...github.runners.keys()].map((name) => broken(2, `registration left: ${name}`)),
  ];
}

/** Nothing of any pool stands in the table any more. */
async function leftRecords({ store }: Service, pools: string[]): Promise<string[]> {
  const states = await Promise.all(pools.map((pool) => store.open.read(pool)));
  const left = states.flatMap(({ jobs, builders, launches }): Item[] => [...jobs, ...builders, ...launches]);
  return left.map((item) => broken(2, `record left: ${item.kind} ${item.id}`));
}
