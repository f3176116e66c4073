// Simulated machines of all clouds: they boot, or never do, wait in a queue, are taken away, end slowly.
import type { CreateFleetInstance } from '@aws-sdk/client-ec2';
import type { Market } from '../../shared/contract/offerings.ts';
import { patienceMinutes } from './config.ts';
import { simulatedProvider } from './provider.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

const patienceMs = patienceMinutes * minute;

/** What EC2 gives a machine as. */
export interface Slot {
  type: NonNullable<CreateFleetInstance['InstanceType']>;
  zone: string;
  market: Market;
}

/** `queue`: it waits in its cloud's queue first, or in vain. */
export interface Birth {
  id: string;
  provider: 'local' | 'codebuild' | 'ec2';
  pool: string;
  launch: string;
  /** Of EC2 only. */
  slot?: Slot;
}

export interface Machine extends Birth {
  startedAt: number;
  alive: boolean;
  /** Its end was asked for. */
  endingAt?: number;
  endedAt?: number;
  /** When it left the cloud's queue. */
  provisionedAt?: number;
  visibleAt: number;
  boots: boolean;
  /** It finds that it is not fit for work, and says so instead of claiming. */
  unfit: boolean;
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
  /** The cloud's event that it takes a machine back in two minutes; it is lost now and then. */
  interrupted(machine: Machine): void;
  /** The cloud's event that a machine has ended; it is lost now and then. */
  ended(machine: Machine): void;
  /** Age at which stopping a busy builder is right. */
  ageLimitMs: number;
}

/** Makes the machines of all clouds. What is launched as `codebuild` waits in a queue first, or in vain. */
export function simulatedCloud(world: World, hooks: CloudHooks) {
  const machines = new Map<string, Machine>();
  const lives = livesOf(world, hooks);
  const start = (birth: Birth): Machine => {
    const machine = born(world, birth);
    machines.set(machine.id, machine);
    lives.begin(machine);
    return machine;
  };
  const { die, terminate } = lives;
  const provider = simulatedProvider(world, { all: machines, start, terminate });
  return { machines, start, die, terminate, provider };
}

function born({ time, chance, faults, faulty }: World, birth: Birth): Machine {
  return {
    ...birth,
    startedAt: time.now(),
    alive: true,
    visibleAt: time.now() + chance.between(0, 30 * second),
    boots: !faulty(faults.bootFails),
    unfit: birth.slot !== undefined && faulty(faults.unfit),
  };
}

/** What happens to machines. */
function livesOf(world: World, hooks: CloudHooks) {
  const { time, chance, faults, faulty } = world;
  const bootMs = (): number => chance.between(15 * second, 60 * second);
  const boot = (machine: Machine): void => {
    if (machine.alive && machine.endingAt === undefined && machine.boots) hooks.boot(machine);
  };
  const provision = (machine: Machine): void => {
    if (!machine.alive) return;
    machine.provisionedAt = time.now();
    hooks.provisioned(machine);
    time.after(bootMs(), () => boot(machine));
  };
  const die = (machine: Machine, why: string): void => {
    if (!machine.alive) return;
    Object.assign(machine, { alive: false, endedAt: time.now() });
    if (machine.agent) machine.agent.alive = false;
    world.say(`cloud: ${machine.id} is gone (${why})`);
    hooks.ended(machine);
  };
  /** Of EC2 mostly with a warning, of others without. */
  const takeAway = (machine: Machine): void => {
    const warned = machine.slot !== undefined && chance.chance(0.7);
    if (warned && machine.alive) hooks.interrupted(machine);
    time.after(warned ? 2 * minute : 0, () => die(machine, 'taken away'));
  };
  return {
    die,
    /** It boots, after its wait in a queue where there is one. What is on demand is not taken away. */
    begin(machine: Machine): void {
      const stays = machine.slot?.market === 'on-demand';
      if (!stays && faulty(faults.spot)) time.after(chance.between(0, 15 * minute), () => takeAway(machine));
      const queueMs = machine.provider === 'codebuild' ? chance.between(0, 1.4 * patienceMs) : undefined;
      if (queueMs === undefined) time.after(bootMs(), () => boot(machine));
      else if (queueMs < patienceMs) time.after(queueMs, () => provision(machine));
      else time.after(patienceMs, () => die(machine, 'dropped from the queue'));
    },
    /** Begins its end, which takes some time. A busy one may only be ended at its age limit. */
    terminate(machine: Machine, slowest: number): void {
      const { id, alive, busyWith, endingAt, startedAt, provisionedAt = startedAt } = machine;
      if (!alive) return;
      const young = time.now() - provisionedAt < hooks.ageLimitMs;
      if (busyWith && young && endingAt === undefined)
        world.breaks(`busy builder ${id} stopped, it ran ${busyWith}`);
      world.say(`cloud: terminate ${id}`);
      machine.endingAt ??= time.now();
      time.after(chance.between(2 * second, slowest), () => die(machine, 'terminated'));
    },
  };
}

export type SimulatedCloud = ReturnType<typeof simulatedCloud>;
