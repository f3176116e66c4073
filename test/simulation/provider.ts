// The API of a simulated cloud: repeats of a launch find, lists lag and have gaps, ends are slow.
import type { LaunchResult, Provider, Sighting } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import type { Machine } from './cloud.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

/** The machines behind the API. */
export interface Machines {
  all: ReadonlyMap<string, Machine>;
  start(launch: Launch, index: number): Machine;
  die(machine: Machine, why: string): void;
  /** Age at which stopping a busy builder is right. */
  ageLimitMs: number;
}

const tokenLifeMs = 60 * minute;

/** One cloud for all processes; each reaches it by its own calls, as it may die at them. */
export function simulatedProvider(world: World, machines: Machines): (process: Process) => Provider {
  const { cloud } = world.faults;
  const launchOnce = launcher(world, machines);
  const options = { lost: cloud, answerLost: cloud, low: 300, high: 2000 };
  return (process) => {
    const ask = <T>(what: string, effect: () => T): Promise<T> => world.call(process, what, effect, options);
    return {
      tokenLifeMs,
      request: ({ n }) => JSON.stringify({ n }),
      launch: (launch) => ask(`launch ${launch.id}`, () => launchOnce(launch)),
      list: () => ask('list', () => listed(world, machines)),
      look: (id) => ask(`look ${id}`, () => looked(machines, id)),
      stop: (ids) => ask(`stop ${ids}`, () => stopped(world, machines, ids)),
    };
  };
}

/** Remembers what each launch has started, for as long as the token lives. */
function launcher(world: World, machines: Machines): (launch: Launch) => LaunchResult {
  const answers = new Map<string, { request: string; started: string[]; at: number }>();
  const { time, chance, faults } = world;
  return (launch) => {
    const before = answers.get(launch.id);
    if (before && time.now() - before.at < tokenLifeMs) {
      if (before.request !== launch.request)
        world.violations.push(`launch ${launch.id} was asked with another request`);
      return { started: before.started, faults: [] };
    }
    const n = world.faulty(faults.partial) ? chance.whole(0, launch.n) : launch.n;
    const started = Array.from({ length: n }, (_, index) => machines.start(launch, index).id);
    answers.set(launch.id, { request: launch.request, started, at: time.now() });
    world.say(`cloud: ${launch.id}: ${n} of ${launch.n} started`);
    return { started, faults: n < launch.n ? [{ kind: 'capacity', why: 'no capacity' }] : [] };
  };
}

const sighting = ({ id, launch, startedAt, provisionedAt }: Machine): Sighting => ({
  id,
  launch,
  startedAt,
  provisionedAt,
});

/** Machines are shown some time after their start, and for some time after their end. */
function listed({ time, chance, faults, faulty }: World, { all }: Machines): Sighting[] {
  const shown = (machine: Machine): boolean => {
    const lag = chance.between(0, 30 * second);
    const there = machine.alive || time.now() - (machine.endedAt ?? 0) < lag;
    return machine.visibleAt <= time.now() && there && !faulty(faults.omitted);
  };
  return [...all.values()].filter(shown).map(sighting);
}

function looked({ all }: Machines, id: string): Sighting | undefined {
  const machine = all.get(id);
  return machine?.alive ? sighting(machine) : undefined;
}

/** The machines end some seconds later. */
function stopped(world: World, machines: Machines, ids: string[]): { failed: string[] } {
  const { time, chance, violations } = world;
  for (const id of ids) {
    const machine = machines.all.get(id);
    if (!machine?.alive) continue;
    const young = time.now() - (machine.provisionedAt ?? machine.startedAt) < machines.ageLimitMs;
    if (machine.busyWith && young) violations.push(`busy builder ${id} stopped, it ran ${machine.busyWith}`);
    world.say(`cloud: terminate ${id}`);
    time.after(chance.between(2 * second, 20 * second), () => machines.die(machine, 'terminated'));
  }
  return { failed: [] };
}
