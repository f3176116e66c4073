// A simulated cloud: starts part of a fleet, lists late and with gaps, loses machines, ends them slowly.
import type { Launch } from '../../shared/scheduler/records.ts';
import { simulatedProvider } from './provider.ts';
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
  const { time, chance, faults, faulty } = world;

  const die = (machine: Machine, why: string): void => {
    if (!machine.alive) return;
    Object.assign(machine, { alive: false, endedAt: time.now() });
    if (machine.agent) machine.agent.alive = false;
    world.say(`cloud: ${machine.id} is gone (${why})`);
    hooks.ended(machine);
  };
  const boot = (machine: Machine): void => {
    if (machine.alive && machine.boots) hooks.boot(machine);
  };
  const start = (launch: Launch, index: number): Machine => {
    const machine: Machine = {
      id: `local-${launch.id}-${index}`,
      launch: launch.id,
      startedAt: time.now(),
      alive: true,
      visibleAt: time.now() + chance.between(0, 30 * second),
      boots: !faulty(faults.bootFails),
    };
    machines.set(machine.id, machine);
    if (faulty(faults.spot)) time.after(chance.between(0, 15 * minute), () => die(machine, 'taken away'));
    time.after(chance.between(15 * second, 60 * second), () => boot(machine));
    return machine;
  };

  const { ageLimitMs } = hooks;
  return { machines, die, provider: simulatedProvider(world, { all: machines, start, die, ageLimitMs }) };
}

export type SimulatedCloud = ReturnType<typeof simulatedCloud>;
