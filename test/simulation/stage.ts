// Callsheet's real procedures in a simulated world: webhook, dispatcher, builder API and reaper as
// functions that die.
import type { Ports } from '../../shared/operations/ports.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { ageLimit, standardLimits } from '../../shared/scheduler/limits.ts';
import type { Proofs, Provider } from '../../shared/scheduler/ports.ts';
import { memoryStore } from '../store/memory.ts';
import { runAgent } from './agent.ts';
import { watchedTable } from './books.ts';
import { type Machine, type SimulatedCloud, simulatedCloud } from './cloud.ts';
import { jobLimitMinutes } from './config.ts';
import { simulatedEc2 } from './ec2/calls.ts';
import type { Market } from './ec2/market.ts';
import {
  broken,
  dispatcher,
  machineGone,
  machineInterrupted,
  machineProvisioned,
  reaper,
  type Stage,
  webhook,
} from './functions.ts';
import { simulatedGitHub } from './github.ts';
import { mortalPorts } from './ports.ts';
import { simulatedQueue } from './queue.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

const ageLimitMs = ageLimit({ ...standardLimits, bootMs: 10 * minute, jobMs: jobLimitMinutes * minute });

export interface Scene {
  config: Config;
  /** What EC2 has to give. */
  market: Market;
  /** The reaper ticks each minute until then. */
  end: number;
}

/** Starts Callsheet in a world. */
export function startService(world: World, { config, market, end }: Scene) {
  const memory = memoryStore();
  const runs = (launch: string): boolean => isAnyUp(cloud, launch);
  const { open, books } = watchedTable(world, config, memory.open, runs);
  const store = { open, history: memory.history };
  const ring = (pool: string): void => queues.get(pool)?.send();
  const providers = (process: Process): Record<string, Provider> => ({
    local: cloud.provider(process, 'local'),
    codebuild: cloud.provider(process, 'codebuild'),
    ec2: ec2.provider(process),
  });
  const proofs = (process: Process): Proofs => ({
    verify: (provider, _proof, claimant) =>
      provider === 'ec2' && !claimant.address ? ec2.verify(process, claimant) : Promise.resolve({}),
  });
  const ports = (process: Process): Ports =>
    mortalPorts(world, process, { config, store, ring, github, providers, proofs });
  const stage: Stage = { world, config, ports };
  const github = simulatedGitHub(world, (delivery) => webhook(stage, delivery));
  const queues = new Map(
    Object.keys(config.pools).map((pool) => [
      pool,
      simulatedQueue(world, (sentAt, done) => dispatcher(stage, pool, sentAt, done)),
    ]),
  );
  const cloud = simulatedCloud(world, {
    ageLimitMs,
    boot: (machine) => void runAgent({ world, github, cloud, ports }, machine).catch(broken(world, 'agent')),
    provisioned: (machine) => tellOf(stage, machine, machineProvisioned),
    interrupted: (machine) => tellOf(stage, machine, machineInterrupted),
    ended: (machine) => {
      if (machine.runner) github.lost(machine.runner);
      tellOf(stage, machine, machineGone);
    },
  });
  const ec2 = simulatedEc2(world, { config, cloud, market, recordOf: books.recordOf });
  startReaper(stage, end);
  return { store, books, github, cloud };
}

export type Service = ReturnType<typeof startService>;

/** A machine of a launch that is there, and has not begun to end. */
const isAnyUp = ({ machines }: SimulatedCloud, launch: string): boolean =>
  [...machines.values()].some(
    (machine) => machine.launch === launch && machine.alive && machine.endingAt === undefined,
  );

/** An event of the cloud comes some seconds late; one in ten is lost. */
function tellOf(stage: Stage, machine: Machine, told: (stage: Stage, machine: Machine) => void): void {
  const { time, chance, faulty } = stage.world;
  if (faulty(0.1)) return;
  time.after(chance.between(second, 10 * second), () => told(stage, machine));
}

/** A sweep each minute; now and then two at a time. */
function startReaper(stage: Stage, end: number): void {
  const { time, chance, faults } = stage.world;
  const tick = (): void => reaper(stage);
  for (let at = minute; at < end - time.now(); at += minute) {
    time.after(at + chance.between(0, 2000), tick);
    if (chance.chance(0.03) && faults.overlap > 0) time.after(at + 3000, tick);
  }
}
