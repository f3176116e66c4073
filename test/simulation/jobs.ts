// The jobs of a world: what they are, when they are queued, which are cancelled, and which run again.
import { labelsOf, repositories } from './config.ts';
import type { SimulatedGitHub, SimulatedJob } from './github.ts';
import type { Options } from './options.ts';
import { minute, second } from './time.ts';
import type { World } from './world.ts';

/** Runs with several jobs have them one after the other. */
export function drawnJobs(world: World, options: Options): SimulatedJob[] {
  const jobs: SimulatedJob[] = [];
  const count = options.jobs ?? world.chance.whole(8, 26);
  for (let id = 1; id <= count; id += 1) jobs.push(drawnJob(world, options, String(id), jobs.at(-1)));
  return jobs;
}

function drawnJob(
  { chance }: World,
  { forks = 0, pools = 1, matrices = 0, environments = 0, failures = 0 }: Options,
  id: string,
  before: SimulatedJob | undefined,
): SimulatedJob {
  const isNext = chance.chance(matrices);
  const fork = chance.chance(forks);
  const fresh = { fork, event: fork ? 'pull_request' : 'push', repository: chance.pick(repositories) };
  const run = isNext && before ? siblingOf(before) : fresh;
  const waitsMs = chance.between(second, 10 * minute);
  return {
    ...run,
    id,
    labels: [chance.pick(labelsOf(pools))],
    runMs: chance.between(20 * second, 4 * minute),
    state: 'new',
    queuedAt: 0,
    cancelled: false,
    ...(chance.chance(environments) && !fork && { waitsMs }),
    ...(chance.chance(failures) && { comesTo: 'failure' as const }),
  };
}

const siblingOf = ({ id, runId = id, fork, event, repository }: SimulatedJob) => {
  return { runId, fork, event, repository };
};

/**
 * Queues each job at a drawn time, and may cancel it, or run it again; a fork, which never runs, is always
 * cancelled in the end.
 */
export function schedule(
  { time, chance }: World,
  github: SimulatedGitHub,
  jobs: SimulatedJob[],
  options: Options,
): void {
  const { burst = false, cancelled = 0, reruns = 0, without = [] } = options;
  for (const job of jobs) {
    const at = burst ? minute + chance.between(0, 2 * second) : chance.between(0, 32 * minute);
    const isCancelled = !job.fork && chance.chance(cancelled);
    const cancelledAt = job.fork ? 70 * minute : at + chance.between(second, 5 * minute);
    const isRerun = !job.fork && chance.chance(reruns);
    const rerunAt = at + chance.between(5 * minute, 20 * minute);
    if (without.includes(job.id)) continue;
    time.after(at, () => github.queue(job));
    if (job.fork || isCancelled) time.after(cancelledAt, () => github.cancel(job));
    if (isRerun) time.after(rerunAt, () => github.rerun(job, isCancelled));
  }
}

/** What was queued by somebody who wants it to run: no dead runs, and no jobs of thieves. */
export const queuedOf = ({ jobs }: SimulatedGitHub): SimulatedJob[] =>
  [...jobs.values()].filter(({ made }) => made === undefined || made === 'rerun');

/** Jobs that must have run: neither cancelled nor refused. */
export const wantedOf = (github: SimulatedGitHub): SimulatedJob[] =>
  queuedOf(github).filter(({ cancelled, fork }) => !cancelled && !fork);

/** When it may be served: its environment has let it go. */
export const askedAt = ({ queuedAt, waitsMs = 0 }: SimulatedJob): number => queuedAt + waitsMs;
