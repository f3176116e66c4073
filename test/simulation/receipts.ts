// What the reaper's receipts say in a settled world must be so: nothing is left but what somebody protects.
import { dayOf } from '../../shared/scheduler/money.ts';
import { sharedPartition } from '../../shared/scheduler/shared-records.ts';
import type { SweepMemory } from '../../shared/scheduler/sweep-records.ts';
import { kindsIn } from './kinds.ts';
import { broken } from './named.ts';
import type { Service } from './stage.ts';
import { minute } from './time.ts';
import type { World } from './world.ts';

/** A day is closed by the first sweep after it. */
const closesInMs = 5 * minute;

/** Names what a receipt says wrongly, or not at all. `end`: of the world. */
export async function wrongReceipts(world: World, service: Service, end: number): Promise<string[]> {
  const { store, books } = service;
  const [memory] = (await store.open.read(sharedPartition)).sweeps;
  if (!memory) return [broken(2, 'the reaper remembers nothing')];
  const closed = new Set((await store.history.recent('receipt', 10)).map(({ id }) => id));
  const past = [...books.days].filter((day) => day < dayOf(end - closesInMs));
  return [
    ...past.filter((day) => !closed.has(day)).map((day) => broken(2, `there is no receipt of ${day}`)),
    ...wrongDay(service, memory),
    ...foundInVain(world, memory),
  ];
}

function wrongDay({ cloud }: Service, { today: { found, more } }: SweepMemory): string[] {
  const known = [...cloud.others.values(), ...cloud.things.values()];
  const idsOf = (mark: string): string[] => known.filter((one) => one.mark === mark).map(({ id }) => id);
  const left = found.filter(({ until }) => until === undefined);
  const isNamed = (id: string): boolean => left.some((one) => one.id === id && one.protected);
  const foreign = new Set(idsOf('foreign'));
  return [
    ...left.filter((one) => !one.protected).map(({ id }) => broken(2, `the receipt says ${id} is left`)),
    ...(more > 0 ? [] : idsOf('protected').filter((id) => !isNamed(id))).map((id) =>
      broken(2, `the receipt does not say that ${id} is protected`),
    ),
    ...found
      .filter(({ id }) => foreign.has(id))
      .map(({ id }) => broken(11, `the receipt names ${id} of others`)),
  ];
}

/** Where nothing goes wrong, every machine has an owner whenever it is seen: its launch was saved before. */
const foundInVain = ({ faults }: World, { today: { found } }: SweepMemory): string[] =>
  found
    .filter(({ kind }) => kind === 'machine' && kindsIn(faults).length === 0)
    .map(({ id }) => broken(2, `the receipt of a quiet day names machine ${id}`));
