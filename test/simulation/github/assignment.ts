// How a simulated GitHub brings jobs to runners: any fitting runner gets any fitting job, runs it, ends it.
import { second } from '../time.ts';
import type { World } from '../world.ts';
import type { SimulatedDeliveries } from './deliveries.ts';
import type { SimulatedJob, SimulatedRunner } from './records.ts';

/** What a simulated GitHub works with. */
export interface Inside {
  world: World;
  jobs: Map<string, SimulatedJob>;
  /** Runners that are registered, by name. */
  runners: Map<string, SimulatedRunner>;
  /** Runners that have connected, also those whose registration was deleted since. */
  connected: Map<string, SimulatedRunner>;
  deliveries: SimulatedDeliveries;
  settings: GitHubSettings;
  nextId(): string;
}

/** What an organization has set. */
export interface GitHubSettings {
  /** May a runner in this scope get jobs of this repository? */
  covers(scope: string, repository: string): boolean;
  /** Runs of all external contributors wait for approval, which they have: forks may run. */
  approvesForks: boolean;
}

/** Group scopes cover all repositories of their organization, repository scopes one. */
export const usualSettings: GitHubSettings = {
  covers(scope, repository) {
    const [kind, owner, name] = scope.split('/');
    return kind === 'group' ? repository.startsWith(`${owner}/`) : repository === `${owner}/${name}`;
  },
  approvesForks: false,
};

/** What ended is known for this long. */
const knownMs = 48 * 60 * 60 * second;

/** Gives each idle runner a job that fits, mostly the oldest. */
export function match(inside: Inside): void {
  const { time, chance } = inside.world;
  for (const runner of inside.runners.values()) {
    const job = runner.state === 'idle' ? nextJob(inside, runner) : undefined;
    if (!job) continue;
    Object.assign(job, { state: 'assigned', runner: runner.name });
    Object.assign(runner, { state: 'assigned', job });
    time.after(60 * second, () => requeue(inside, runner, job));
    time.after(chance.between(300, 3000), () => void start(inside, runner, job));
  }
}

function nextJob(
  { world: { chance }, jobs, settings }: Inside,
  runner: SimulatedRunner,
): SimulatedJob | undefined {
  const { scope, labels } = runner;
  const fits = (job: SimulatedJob): boolean =>
    settings.covers(scope, job.repository) && job.labels.every((label) => labels.includes(label));
  const fitting = [...jobs.values()].filter((job) => job.state === 'queued' && fits(job));
  if (fitting.length === 0) return undefined;
  const oldest = fitting.reduce((a, b) => (a.queuedAt <= b.queuedAt ? a : b));
  return chance.chance(0.6) ? oldest : chance.pick(fitting);
}

const isAssigned = (job: SimulatedJob, runner: SimulatedRunner): boolean =>
  job.state === 'assigned' && job.runner === runner.name;

/** A job that its runner has not taken is for any runner again. */
function requeue(inside: Inside, runner: SimulatedRunner, job: SimulatedJob): void {
  if (!isAssigned(job, runner)) return;
  Object.assign(job, { state: 'queued', runner: undefined });
  if (runner.state === 'assigned') runner.state = runner.alive() ? 'idle' : 'offline';
  match(inside);
}

async function start(inside: Inside, runner: SimulatedRunner, job: SimulatedJob): Promise<void> {
  if (!isAssigned(job, runner) || !runner.alive()) return;
  const { world, deliveries } = inside;
  Object.assign(job, { state: 'running', startedAt: world.time.now() });
  runner.state = 'busy';
  world.say(`GitHub: ${job.id} runs on ${runner.name}`);
  deliveries.send('in_progress', job);
  const allowed = (await runner.onJob?.(job)) ?? true;
  if (!allowed) return finish(inside, job, 'failure');
  if (job.fork && !inside.settings.approvesForks) world.breaks(`a refused job ran its first step: ${job.id}`);
  world.time.after(job.runMs, () => {
    if (job.state === 'running' && runner.alive()) finish(inside, job, 'success');
  });
}

/** Ends a job, and with it the registration of the runner that ran it. */
export function finish(inside: Inside, job: SimulatedJob, outcome: string): void {
  if (job.state === 'done') return;
  const { world, jobs, runners, connected, deliveries } = inside;
  const runner = connected.get(job.runner ?? '');
  Object.assign(job, { state: 'done', outcome, endedAt: world.time.now() });
  world.say(`GitHub: ${job.id} done: ${outcome}`);
  deliveries.send('completed', job);
  world.time.after(knownMs, () => jobs.delete(job.id));
  if (runner && runner.job === job) {
    runners.delete(runner.name);
    runner.onEnd?.();
  }
}
