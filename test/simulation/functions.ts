// Callsheet's functions in a simulated world: each run is a process with a time limit that may die at any
// call.
import { dispatch } from '../../shared/operations/pass.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import {
  recordEnded,
  recordGone,
  recordInterrupted,
  recordJob,
  recordProvisioned,
} from '../../shared/operations/record.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { route } from '../../shared/policy/route.ts';
import type { Config } from '../../shared/policy/schema.ts';
import type { Machine } from './cloud.ts';
import { asJob } from './github/answers.ts';
import type { Delivery } from './github.ts';
import { second } from './time.ts';
import type { Process, World } from './world.ts';

/** Where the functions run. */
export interface Stage {
  world: World;
  config: Config;
  /** The ports of one process. */
  ports(process: Process): Ports;
}

/** Answers whether the delivery was taken within GitHub's ten seconds. */
export async function webhook(stage: Stage, { job, action }: Delivery): Promise<boolean> {
  const seat = route(stage.config, job);
  if (seat.kind === 'ignored') return true;
  const process = lambda(stage, `webhook ${action} ${job.id}`, 10);
  const told = asJob(job);
  const fact = {
    ...told,
    phase: ({ queued: 'waiting', in_progress: 'running', completed: 'done' } as const)[action],
    runner: action === 'queued' ? undefined : told.runner,
    repository: job.repository,
    outcome: job.outcome,
    startedAt: job.startedAt,
  };
  const taken = recordJob(stage.ports(process), fact, seat).then(() => true);
  return Promise.race([taken, stage.world.time.sleep(10 * second).then(() => false)]);
}

/** One pass over a batch of rings; `done` takes the batch off the queue. */
export function dispatcher(stage: Stage, pool: string, sentAt: number[], done: () => void): void {
  const process = lambda(stage, `dispatcher of ${pool}`, 30);
  dispatch(stage.ports(process), pool, sentAt).then(
    () => process.alive && done(),
    broken(stage.world, 'dispatcher'),
  );
}

/** One sweep. It may report what did not answer, nothing else. */
export function reaper(stage: Stage): void {
  const complain = broken(stage.world, 'reaper');
  sweep(stage.ports(lambda(stage, 'reaper', 55))).then(({ problems }) => {
    for (const problem of problems) if (!/answer|RequestLimitExceeded/.test(problem)) complain(problem);
  }, complain);
}

/** Takes the cloud's event that a machine has ended. Those of EC2 do not say whose it was. */
export function machineGone(stage: Stage, { id, launch, pool, provider }: Machine): void {
  const ports = stage.ports(lambda(stage, `gone ${id}`, 30));
  if (provider === 'ec2') void recordEnded(ports, candidateOf(stage, id), 'its instance is terminated');
  else void recordGone(ports, { pool, launch, id, provider });
}

/** Takes EC2's event that it takes a machine back. */
export function machineInterrupted(stage: Stage, { id }: Machine): void {
  const ports = stage.ports(lambda(stage, `interrupted ${id}`, 30));
  void recordInterrupted(ports, candidateOf(stage, id), stage.world.time.now());
}

const candidateOf = ({ config }: Stage, id: string) => ({ id, pools: Object.keys(config.pools) });

/** Takes the cloud's event that a machine has left its queue. */
export function machineProvisioned(stage: Stage, { id, pool, provisionedAt = 0 }: Machine): void {
  const process = lambda(stage, `provisioned ${id}`, 30);
  void recordProvisioned(stage.ports(process), { pool, id }, provisionedAt);
}

/** Takes an error that escaped from a process: none may. */
export function broken(world: World, name: string): (error: unknown) => void {
  return (error) => void world.breaks(`${name} threw ${String(error)}`);
}

/** Starts a process that ends at its time limit, and may die before. */
export function lambda({ world }: Pick<Stage, 'world'>, name: string, limitSeconds: number): Process {
  const process = world.process(name, true);
  world.time.after(limitSeconds * second, () => {
    process.alive = false;
  });
  return process;
}
