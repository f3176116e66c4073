// Callsheet's real procedures in a simulated world: webhook, dispatcher, builder API and reaper as
// functions that die.
import type { Ports } from '../../shared/operations/ports.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { ageLimit, standardLimits } from '../../shared/scheduler/limits.ts';
import type { OpenTable } from '../../shared/scheduler/ports.ts';
import { type MemoryStore, memoryStore } from '../store/memory.ts';
import { runAgent } from './agent.ts';
import { type Machine, simulatedCloud } from './cloud.ts';
import { jobLimitMinutes } from './config.ts';
import {
  broken,
  dispatcher,
  machineGone,
  machineProvisioned,
  reaper,
  type Stage,
  webhook,
} from './functions.ts';
import { simulatedGitHub } from './github.ts';
import { overspent } from './invariants.ts';
import { mortalPorts } from './ports.ts';
import { simulatedQueue } from './queue.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

const ageLimitMs = ageLimit({ ...standardLimits, bootMs: 10 * minute, jobMs: jobLimitMinutes * minute });

/** Starts Callsheet in a world; the reaper ticks each minute until `end`. */
export function startService(world: World, config: Config, end: number) {
  const ports = (process: Process): Ports =>
    mortalPorts(world, process, { config, store, queue, github, cloud });
  const stage: Stage = { world, config, ports };
  const store = audited(memoryStore(), world, config);
  const github = simulatedGitHub(world, (delivery) => webhook(stage, delivery));
  const queue = simulatedQueue(world, (sentAt, done) => dispatcher(stage, sentAt, done));
  const cloud = simulatedCloud(world, {
    ageLimitMs,
    boot: (machine) => void runAgent({ world, github, cloud, ports }, machine).catch(broken(world, 'agent')),
    provisioned: (machine) => tellOf(stage, machine, machineProvisioned),
    ended: (machine) => {
      if (machine.runner) github.lost(machine.runner);
      tellOf(stage, machine, machineGone);
    },
  });
  startReaper(stage, end);
  return { store, github, cloud };
}

export type Service = ReturnType<typeof startService>;

/** Each ledger that is written is held against the daily limits. */
function audited({ open, history }: MemoryStore, { violations }: World, config: Config) {
  const put: OpenTable['put'] = async (item) => {
    const done = await open.put(item);
    if (item.kind === 'ledger' && done.ok) violations.push(...overspent(config, item));
    return done;
  };
  return { open: { ...open, put }, history };
}

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
