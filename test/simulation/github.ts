// A simulated GitHub: any fitting runner gets any fitting job; deliveries are lost, repeated, late; busy is
// stale.
import type { GitHub } from '../../shared/scheduler/ports.ts';
import { finish, type GitHubSettings, type Inside, match, usualSettings } from './github/assignment.ts';
import { simulatedDeliveries } from './github/deliveries.ts';
import { portsOf } from './github/ports.ts';
import type { Delivery, RunnerLife, SimulatedJob } from './github/records.ts';
import { minute, second } from './time.ts';
import type { Process, World } from './world.ts';

export type { Delivery, SimulatedJob };

/** Makes a GitHub. `deliver` brings a delivery to the webhook and answers whether it was taken. */
export function simulatedGitHub(
  world: World,
  deliver: (delivery: Delivery) => Promise<boolean>,
  settings: GitHubSettings = usualSettings,
) {
  let ids = 0;
  const nextId = (): string => String(++ids);
  const deliveries = simulatedDeliveries(world, deliver, nextId);
  const inside: Inside = {
    world,
    jobs: new Map(),
    runners: new Map(),
    connected: new Map(),
    deliveries,
    settings,
    nextId,
  };
  return {
    /** The registrations, by name. */
    runners: inside.runners,
    queue: (job: SimulatedJob): void => queue(inside, job),
    /** Does any job wait? */
    isAsked: (): boolean => [...inside.jobs.values()].some(({ state }) => state === 'queued'),
    cancel: (job: SimulatedJob): void => cancel(inside, job),
    /** A runner program has started with the configuration made under this name. */
    connect: (name: string, life: RunnerLife): boolean => connect(inside, name, life),
    /** The machine of a runner is no more: GitHub notices after ten minutes. */
    lost: (name: string): void => lost(inside, name),
    ports: (process: Process): GitHub => portsOf(inside, process),
  };
}

export type SimulatedGitHub = ReturnType<typeof simulatedGitHub>;

function queue(inside: Inside, job: SimulatedJob): void {
  const { world, jobs, deliveries } = inside;
  Object.assign(job, { state: 'queued', queuedAt: world.time.now() });
  jobs.set(job.id, job);
  world.say(`GitHub: ${job.id} queued (${job.repository}${job.fork ? ', fork' : ''})`);
  deliveries.send('queued', job);
  match(inside);
}

/** A running job takes five seconds to end; any other ends now, and its runner is free for the next. */
function cancel(inside: Inside, job: SimulatedJob): void {
  if (job.state === 'done' || job.state === 'new') return;
  const { world, runners } = inside;
  job.cancelled = true;
  world.say(`GitHub: ${job.id} cancelled while ${job.state}`);
  if (job.state === 'running') {
    world.time.after(5 * second, () => finish(inside, job, 'cancelled'));
    return;
  }
  const runner = job.runner === undefined ? undefined : runners.get(job.runner);
  if (runner?.state === 'assigned') Object.assign(runner, { state: 'idle', job: undefined });
  job.runner = undefined;
  finish(inside, job, 'cancelled');
  match(inside);
}

function connect(inside: Inside, name: string, life: RunnerLife): boolean {
  const runner = inside.runners.get(name);
  if (!runner) return false;
  Object.assign(runner, { ...life, state: 'idle' });
  inside.connected.set(name, runner);
  match(inside);
  return true;
}

function lost(inside: Inside, name: string): void {
  const { world, jobs, runners } = inside;
  const runner = runners.get(name);
  const job = [...jobs.values()].find((one) => one.runner === name && one.state === 'running');
  if (runner && runner.state === 'idle') runner.state = 'offline';
  if (job) world.time.after(10 * minute, () => job.runner === name && finish(inside, job, 'failure'));
}
