// A simulated cloud: starts part of a fleet, lists late and with gaps, loses machines, ends them slowly.
import type { Provider, Sighting } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

export interface Machine {
  id: string;
  launch: string;
  startedAt: number;
  alive: boolean;
  endedAt?: number;
  visibleAt: number;
  boots: boolean;
  /** Is a job running on it now, by GitHub's and the machine's word? */
  busyWith?: string;
  /** The processes on it: its agent. They die with it. */
  agent?: Process;
  runner?: string;
}

export interface CloudHooks {
  boot(machine: Machine): void;
  /** The cloud's event that a machine has ended; it is lost now and then. */
  ended(machine: Machine): void;
  /** Age at which stopping a busy builder is right. */
  ageLimitMs: number;
}

/** Makes a cloud with one provider, `local` by name. */
export function simulatedCloud(world: World, hooks: CloudHooks) {
  const machines = new Map<string, Machine>();
  const answers = new Map<string, { request: string; started: string[]; at: number }>();
  const { time, chance, faults } = world;
  const tokenLifeMs = 60 * minute;

  const die = (machine: Machine, why: string): void => {
    if (!machine.alive) return;
    Object.assign(machine, { alive: false, endedAt: time.now() });
    if (machine.agent) machine.agent.alive = false;
    world.say(`cloud: ${machine.id} is gone (${why})`);
    hooks.ended(machine);
  };

  const start = (launch: Launch, index: number): Machine => {
    const machine: Machine = {
      id: `local-${launch.id}-${index}`,
      launch: launch.id,
      startedAt: time.now(),
      alive: true,
      visibleAt: time.now() + chance.between(0, 30 * second),
      boots: !world.faulty(faults.bootFails),
    };
    machines.set(machine.id, machine);
    if (world.faulty(faults.spot))
      time.after(chance.between(0, 15 * minute), () => die(machine, 'taken away'));
    time.after(
      chance.between(15 * second, 60 * second),
      () => machine.alive && machine.boots && hooks.boot(machine),
    );
    return machine;
  };

  const launchNow = (launch: Launch) => {
    const before = answers.get(launch.id);
    if (before && time.now() - before.at < tokenLifeMs) {
      if (before.request !== launch.request)
        world.violations.push(`launch ${launch.id} was asked with another request`);
      return { started: before.started, faults: [] };
    }
    const n = world.faulty(faults.partial) ? chance.whole(0, launch.n) : launch.n;
    const started = Array.from({ length: n }, (_, index) => start(launch, index).id);
    answers.set(launch.id, { request: launch.request, started, at: time.now() });
    world.say(`cloud: ${launch.id}: ${n} of ${launch.n} started`);
    const short = n < launch.n;
    return { started, faults: short ? [{ kind: 'capacity', why: 'no capacity' } as const] : [] };
  };

  const stopNow = (id: string): void => {
    const machine = machines.get(id);
    if (!machine?.alive) return;
    const young = time.now() - machine.startedAt < hooks.ageLimitMs;
    if (machine.busyWith && young)
      world.violations.push(`busy builder ${id} stopped, it ran ${machine.busyWith}`);
    world.say(`cloud: terminate ${id}`);
    time.after(chance.between(2 * second, 20 * second), () => die(machine, 'terminated'));
  };

  const shown = (machine: Machine): boolean => {
    const lag = chance.between(0, 30 * second);
    const there = machine.alive || time.now() - (machine.endedAt ?? 0) < lag;
    return machine.visibleAt <= time.now() && there && !world.faulty(faults.omitted);
  };

  const sighting = ({ id, launch, startedAt }: Machine): Sighting => ({ id, launch, startedAt });

  return {
    machines,
    die,
    provider: (process: Process): Provider => {
      const options = { lost: faults.cloud, answerLost: faults.cloud, low: 300, high: 2000 };
      return {
        tokenLifeMs,
        launch: (launch) => world.call(process, `launch ${launch.id}`, () => launchNow(launch), options),
        list: () =>
          world.call(process, 'list', () => [...machines.values()].filter(shown).map(sighting), options),
        look: (id) =>
          world.call(
            process,
            `look ${id}`,
            () => {
              const machine = machines.get(id);
              return machine?.alive ? sighting(machine) : undefined;
            },
            options,
          ),
        stop: (ids) =>
          world.call(
            process,
            `stop ${ids}`,
            () => {
              for (const id of ids) stopNow(id);
              return { failed: [] };
            },
            options,
          ),
      };
    },
  };
}

export type SimulatedCloud = ReturnType<typeof simulatedCloud>;
