// Theft at a simulated GitHub: jobs that nobody here knows take our runners, runners of others our jobs.
import { minute, second } from '../time.ts';
import { assign, finish } from './assignment.ts';
import { type Inside, tell } from './inside.ts';
import type { SimulatedJob } from './records.ts';
import { enrol } from './runs.ts';

/** A runner of somebody else takes the job, if it still waits for one then. */
export function loseToOthers(inside: Inside, job: SimulatedJob): void {
  const { world } = inside;
  if (job.fork || !world.faulty(world.faults.thief / 2)) return;
  world.time.after(world.chance.between(5, 90) * second, () => {
    if (job.state !== 'queued') return;
    const name = `render-farm-${world.chance.whole(1, 9)}`;
    inside.line.drop(job);
    Object.assign(job, { state: 'running', runner: name, startedAt: world.time.now(), elsewhere: true });
    world.say(`GitHub: ${job.id} runs on ${name}, which is not ours`);
    tell(inside, 'in_progress', job);
    world.time.after(job.runMs, () => finish(inside, job, job.comesTo ?? 'success'));
  });
}

/**
 * A job that nobody here has on record takes the runner that has just connected: one of another repository
 * of its group, or with only some of its labels.
 */
export function stealFor(inside: Inside, name: string): void {
  const { world, runners, nextId } = inside;
  const runner = runners.get(name);
  if (runner?.state !== 'idle' || !world.faulty(world.faults.thief / 2)) return;
  const foreign = foreignJob(inside, runner.scope, runner.labels);
  if (!foreign) return;
  const job: SimulatedJob = {
    ...{ id: nextId(), ...foreign, event: 'push', fork: false, made: 'thief', cancelled: false },
    ...{ runMs: world.chance.between(20 * second, 4 * minute), state: 'queued', queuedAt: world.time.now() },
  };
  enrol(inside, job);
  world.say(`GitHub: ${job.id} of ${job.repository} [${job.labels}] takes ${runner.name}`);
  tell(inside, 'queued', job);
  assign(inside, runner, job);
}

function foreignJob(
  { settings, world }: Inside,
  scope: string,
  labels: string[],
): Pick<SimulatedJob, 'repository' | 'labels'> | undefined {
  const [kind, owner = '', name = ''] = scope.split('/');
  const elsewhere = `${owner}/unheard-of`;
  if (kind === 'group' && settings.covers(scope, elsewhere)) return { repository: elsewhere, labels };
  const common = labels.filter((label) => /^(self-hosted|linux|macos|x64|arm64)$/i.test(label));
  const repository = kind === 'group' ? undefined : `${owner}/${name}`;
  return repository && common.length > 0 ? { repository, labels: [world.chance.pick(common)] } : undefined;
}
