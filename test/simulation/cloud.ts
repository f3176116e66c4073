// A simulated cloud: starts part of a fleet, lists late and with gaps, loses machines, ends them slowly.
import type { Launch } from '../../shared/scheduler/records.ts';
import { patienceMinutes } from './config.ts';
import { simulatedProvider } from './provider.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

const patienceMs = patienceMinutes * minute;

export interface Machine {
  id: string;
  launch: string;
  startedAt: number;
  alive: boolean;
  endedAt?: number;
  /** When it left the cloud's queue. */
  provisionedAt?: number;
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
  /** The cloud's event that a machine has left its queue; it is lost now and then. */
  provisioned(machine: Machine): void;
  /** The cloud's event that a machine has ended; it is lost now and then. */
  ended(machine: Machine): void;
  /** Age at which stopping a busy builder is right. */
  ageLimitMs: number;
}

/** Makes a cloud with one provider. What is launched as `codebuild` waits in a queue first, or in vain. */
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
  const bootMs = (): number => chance.between(15 * second, 60 * second);
  const provision = (machine: Machine): void => {
    if (!machine.alive) return;
    machine.provisionedAt = time.now();
    hooks.provisioned(machine);
    time.after(bootMs(), () => boot(machine));
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
    const queueMs = launch.provider === 'codebuild' ? chance.between(0, 1.4 * patienceMs) : undefined;
    if (queueMs === undefined) time.after(bootMs(), () => boot(machine));
    else if (queueMs < patienceMs) time.after(queueMs, () => provision(machine));
    else time.after(patienceMs, () => die(machine, 'dropped from the queue'));
    return machine;
  };

  const { ageLimitMs } = hooks;
  return { machines, die, provider: simulatedProvider(world, { all: machines, start, die, ageLimitMs }) };
}

export type SimulatedCloud = ReturnType<typeof simulatedCloud>;
