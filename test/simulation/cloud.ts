// Simulated machines of all clouds: they boot, or never do, wait in a queue, are taken away, end slowly.
import type { CreateFleetInstance } from '@aws-sdk/client-ec2';
import type { Market } from '../../shared/contract/offerings.ts';
import type { BuildOrigin } from './codebuild/builds.ts';
import { patienceMinutes } from './config.ts';
import type { Thing } from './ec2/leftovers.ts';
import { broken } from './named.ts';
import { simulatedProvider } from './provider.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

const patienceMs = patienceMinutes * minute;

/** What EC2 gives a machine as. The zone says the region. */
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
  tags?: Readonly<Record<string, string>>;
  /** Of CodeBuild only. */
  build?: BuildOrigin;
  /** What its agent shows to prove who it is. Absent: any text does. */
  proof?: string;
}

/** Why a machine has ended. `dropped`: from its cloud's queue. */
export type End = 'terminated' | 'dropped' | 'taken away' | 'ended itself';

/** Whose a machine is that no launch has made: somebody's of our name, an admin's, or of others. */
export type Mark = 'stray' | 'protected' | 'foreign';

export interface Machine extends Birth {
  startedAt: number;
  alive: boolean;
  /** Its end was asked for the first time, and by which process. */
  endingAt?: number;
  stoppedBy?: string;
  /** It ignores its stop until then. */
  deafUntil?: number;
  endedAt?: number;
  end?: End;
  /** Since then nothing can run on it, and nobody pays for it: it has ended, or its cloud is about it. */
  quietAt?: number;
  /** When it left the cloud's queue. */
  provisionedAt?: number;
  visibleAt: number;
  boots: boolean;
  /** It finds that it is not fit for work, and says so instead of claiming. */
  unfit: boolean;
  /** The job that runs on it, whatever its agent says. */
  busyWith?: string | undefined;
  /** When its last job began and ended: its runner was told to run it, and ran no job any more. */
  busySince?: number;
  jobEndedAt?: number;
  /** Jobs whose first step ran on it: one at most. */
  ran: string[];
  /** Its agent has denied a job that runs, or told its end too early: who believes that may stop it. */
  denies: boolean;
  /** Its job is root and has killed its agent and its timers: only an end from outside helps. */
  rooted: boolean;
  /** The processes on it: its agent. They die with it. */
  agent?: Process;
  runner?: string;
  mark?: Mark;
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
  const others = new Map<string, Machine>();
  const lives = livesOf(world, hooks);
  const start = (birth: Birth): Machine => {
    const machine = born(world, birth);
    machines.set(machine.id, machine);
    lives.begin(machine);
    return machine;
  };
  const { die, quieten, terminate } = lives;
  const provider = simulatedProvider(world, { all: machines, start, terminate });
  return {
    /** What launches have started, also what has ended. */
    machines,
    /** What no launch of ours has made. In the end strays are gone, and all others are as they were. */
    others,
    things: new Map<string, Thing>(),
    find: (id: string): Machine | undefined => machines.get(id) ?? others.get(id),
    start,
    /** A machine appears that no launch has started, and on which nothing of ours runs. */
    plant(birth: Birth, mark: Mark): Machine {
      const machine = { ...born(world, birth), boots: false, mark };
      others.set(machine.id, machine);
      world.say(`cloud: ${machine.id} appears (${mark})`);
      return machine;
    },
    die,
    quieten,
    terminate,
    provider,
  };
}

/** Names strays that are left, and what of others is gone. */
export function wrongOthers({ others, things }: SimulatedCloud): string[] {
  const found = [
    ...[...others.values()].map(({ id, mark, alive }) => ({ what: `machine ${id}`, mark, isThere: alive })),
    ...[...things.values()].map(({ kind, id, mark, goneAt }) => ({
      ...{ what: `${kind} ${id}`, mark },
      isThere: goneAt === undefined,
    })),
  ];
  return found.flatMap(({ what, mark, isThere }) => {
    if (mark === 'stray') return isThere ? [broken(2, `stray left: ${what}`)] : [];
    return isThere ? [] : [broken(11, `${mark} ${what} is gone`)];
  });
}

function born({ time, chance, faults, faulty }: World, birth: Birth): Machine {
  return {
    ...birth,
    startedAt: time.now(),
    alive: true,
    visibleAt: time.now() + chance.between(0, 30 * second),
    boots: !faulty(faults.bootFails),
    unfit: birth.slot !== undefined && faulty(faults.unfit),
    ran: [],
    denies: false,
    rooted: false,
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
  const quieten = (machine: Machine): void => {
    if (machine.agent) machine.agent.alive = false;
    if (machine.busyWith) Object.assign(machine, { busyWith: undefined, jobEndedAt: time.now() });
    machine.quietAt ??= time.now();
  };
  const die = (machine: Machine, end: End): void => {
    if (!machine.alive) return;
    Object.assign(machine, { alive: false, endedAt: time.now(), end });
    quieten(machine);
    world.say(`cloud: ${machine.id} is gone (${end})`);
    hooks.ended(machine);
  };
  return {
    die,
    quieten,
    /** It boots, after its wait in a queue where there is one. What is on demand is not taken away. */
    begin(machine: Machine): void {
      const stays = machine.slot?.market === 'on-demand';
      if (!stays && faulty(faults.spot))
        time.after(chance.between(0, 15 * minute), () => takeAway(world, hooks, machine, die));
      const queueMs = machine.provider === 'codebuild' ? chance.between(0, 1.4 * patienceMs) : undefined;
      if (queueMs === undefined) time.after(bootMs(), () => boot(machine));
      else if (queueMs < patienceMs) time.after(queueMs, () => provision(machine));
      else time.after(patienceMs, () => die(machine, 'dropped'));
    },
    /** Begins its end, which takes some time. `by`: the process that asks for it. */
    terminate(machine: Machine, slowestMs: number, by: string): void {
      if (!machine.alive) return;
      world.breaks(...wronglyStopped(machine, time.now(), hooks.ageLimitMs));
      world.say(`cloud: ${by} terminates ${machine.id}`);
      const deafMs = deafFor(world, machine, by);
      time.after(deafMs + chance.between(2 * second, slowestMs), () => die(machine, 'terminated'));
    },
  };
}

/** Of EC2 mostly with a warning, of others without. */
function takeAway(
  { time, chance }: World,
  hooks: CloudHooks,
  machine: Machine,
  die: (machine: Machine, end: End) => void,
): void {
  const warned = machine.slot !== undefined && chance.chance(0.7);
  if (warned && machine.alive) hooks.interrupted(machine);
  time.after(warned ? 2 * minute : 0, () => die(machine, 'taken away'));
}

/** How long a machine does not hear that it is stopped: some are deaf for minutes from the first time on. */
function deafFor({ time, chance, faults, faulty }: World, machine: Machine, by: string): number {
  if (machine.endingAt === undefined) {
    Object.assign(machine, { endingAt: time.now(), stoppedBy: by });
    if (faulty(faults.deafToStop)) machine.deafUntil = time.now() + chance.between(2, 6) * minute;
  }
  return Math.max(0, (machine.deafUntil ?? 0) - time.now());
}

/** A busy one may only be stopped at its age limit, or when it denies that; what is not ours never. */
function wronglyStopped(machine: Machine, now: number, ageLimitMs: number): string[] {
  const { id, mark, busyWith, denies, endingAt, startedAt, provisionedAt = startedAt } = machine;
  if (mark === 'protected' || mark === 'foreign') return [broken(11, `${mark} machine ${id} is stopped`)];
  const isOld = now - provisionedAt >= ageLimitMs;
  const isWrong = busyWith !== undefined && !isOld && !denies && endingAt === undefined;
  return isWrong ? [broken(3, `busy builder ${id} stopped, it ran ${busyWith}`)] : [];
}

export type SimulatedCloud = ReturnType<typeof simulatedCloud>;
