// The API of simulated clouds without offerings: repeats of a launch find, lists lag, ends are slow.
import type { LaunchResult, Provider, Sighting } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import type { Birth, Machine } from './cloud.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

/** The machines behind the API. */
export interface Machines {
  all: ReadonlyMap<string, Machine>;
  start(birth: Birth): Machine;
  terminate(machine: Machine, slowestMs: number, by: string): void;
}

/** Clouds that need no real provider over their calls. */
export type CloudName = Exclude<Birth['provider'], 'ec2'>;

const tokenLifeMs = 60 * minute;

/** One cloud for all processes; each reaches it by its own calls, as it may die at them. */
export function simulatedProvider(world: World, machines: Machines) {
  const { cloud } = world.faults;
  const launchOnce = launcher(world, machines);
  const options = { lost: cloud, answerLost: cloud, low: 300, high: 2000 };
  return (process: Process, name: CloudName): Provider => {
    const ask = <T>(what: string, effect: () => T): Promise<T> => world.call(process, what, effect, options);
    return {
      tokenLifeMs,
      request: ({ n }) => JSON.stringify({ n }),
      launch: (launch) => ask(`launch ${launch.id}`, () => launchOnce(launch, name)),
      list: () => ask(`list ${name}`, () => listed(world, machines, name)),
      look: (id) => ask(`look ${id}`, () => looked(machines, id)),
      stop: (ids) => ask(`stop ${ids}`, () => stopped(machines, ids, process.name)),
    };
  };
}

/** Remembers what each launch has started, for as long as the token lives. */
function launcher(world: World, machines: Machines): (launch: Launch, provider: CloudName) => LaunchResult {
  const answers = new Map<string, { request: string; started: string[]; at: number }>();
  const { time, chance, faults } = world;
  return ({ id: launch, pool, request, n: wanted }, provider) => {
    const before = answers.get(launch);
    if (before && time.now() - before.at < tokenLifeMs) {
      if (before.request !== request) world.breaks(`launch ${launch} was asked with another request`);
      return { started: before.started, faults: [] };
    }
    const n = world.faulty(faults.partial) ? chance.whole(0, wanted) : wanted;
    const births = Array.from({ length: n }, (_, index) => `local-${launch}-${index}`);
    const started = births.map((id) => machines.start({ id, provider, pool, launch }).id);
    answers.set(launch, { request, started, at: time.now() });
    world.say(`cloud: ${launch}: ${n} of ${wanted} started`);
    return { started, faults: n < wanted ? [{ kind: 'capacity', why: 'no capacity' }] : [] };
  };
}

const sighting = ({ id, launch, startedAt, provisionedAt }: Machine): Sighting => ({
  id,
  launch,
  startedAt,
  provisionedAt,
});

/** Machines are shown some time after their start, and for some time after their end. */
function listed({ time, chance, faults, faulty }: World, { all }: Machines, name: CloudName): Sighting[] {
  const shown = (machine: Machine): boolean => {
    const lag = chance.between(0, 30 * second);
    const there = machine.alive || time.now() - (machine.endedAt ?? 0) < lag;
    return machine.visibleAt <= time.now() && there && !faulty(faults.omitted);
  };
  const ours = [...all.values()].filter(({ provider }) => provider === name);
  return ours.filter(shown).map(sighting);
}

function looked({ all }: Machines, id: string): Sighting | undefined {
  const machine = all.get(id);
  return machine?.alive ? sighting(machine) : undefined;
}

/** The machines end some seconds later. */
function stopped({ all, terminate }: Machines, ids: string[], by: string): { failed: string[] } {
  for (const id of ids) {
    const machine = all.get(id);
    if (machine) terminate(machine, 8 * second, by);
  }
  return { failed: [] };
}
