// Runs of a simulated GitHub and their jobs: queued, kept by an environment, cancelled, run again, dead.
import { minute, second } from '../time.ts';
import { finish, match, release } from './assignment.ts';
import { type Inside, tell } from './inside.ts';
import { attemptOf, jobNameOf, runIdOf, type SimulatedJob, type SimulatedRun } from './records.ts';
import { latestJobs, numberOf, statusOf } from './shapes.ts';

const hour = 60 * minute;

/** GitHub fails a job that no runner takes for so long (https://docs.github.com/actions/reference/limits). */
const queuedAtMostMs = 24 * hour;

/** Queues a job in its run, which begins with the first of its jobs. */
export function queue(inside: Inside, job: SimulatedJob): void {
  const { world } = inside;
  if (world.faulty(world.faults.deadRun)) queueDead(inside, job);
  Object.assign(job, { state: job.waitsMs === undefined ? 'queued' : 'waiting', queuedAt: world.time.now() });
  enrol(inside, job);
  world.say(`GitHub: ${job.id} ${job.state} (${job.repository}${job.fork ? ', fork' : ''})`);
  world.time.after(queuedAtMostMs, () => {
    if (job.state === 'queued') finish(inside, job, 'failure');
  });
  if (job.waitsMs === undefined) enter(inside, job);
  else keep(inside, job, job.waitsMs);
}

/** Its environment keeps it, which GitHub tells in one of two ways. */
function keep(inside: Inside, job: SimulatedJob, forMs: number): void {
  const { chance, time } = inside.world;
  tell(inside, chance.chance(0.5) ? 'waiting' : 'queued', job);
  time.after(forMs, () => approve(inside, job));
}

/** Its environment lets it go. */
function approve(inside: Inside, job: SimulatedJob): void {
  if (job.state !== 'waiting') return;
  job.state = 'queued';
  inside.world.say(`GitHub: ${job.id} queued, its environment has approved it`);
  enter(inside, job);
}

function enter(inside: Inside, job: SimulatedJob): void {
  inside.line.add(job);
  tell(inside, 'queued', job);
  match(inside);
}

/** Notes the job, and adds it to its run. */
export function enrol({ jobs, runs, open, world }: Inside, job: SimulatedJob): void {
  jobs.set(job.id, job);
  const id = runIdOf(job);
  const { repository, event, fork } = job;
  const fresh: SimulatedRun = {
    ...{ id, repository, event, fork, createdAt: world.time.now(), attempt: attemptOf(job), jobs: [] },
    headSha: BigInt(id).toString(16).padStart(40, 'f'),
    headIsGone: fork && numberOf(id) % 8 === 0,
    dead: job.made === 'dead',
  };
  const run = runs.get(id) ?? fresh;
  runs.set(id, run);
  run.jobs.push(job);
  run.attempt = Math.max(run.attempt, attemptOf(job));
  const others = open.get(repository) ?? new Set();
  open.set(repository, others);
  if (!run.dead) others.add(run);
}

/** A run fails to start, and its job stays queued: no runner ever gets it. */
function queueDead(inside: Inside, { repository, labels, event, fork, runMs }: SimulatedJob): void {
  const { world, nextId } = inside;
  const job: SimulatedJob = {
    ...{ id: nextId(), repository, labels, event, fork, runMs, cancelled: false, made: 'dead' },
    ...{ state: 'queued', queuedAt: world.time.now() },
  };
  enrol(inside, job);
  world.say(`GitHub: ${job.id} queued (${job.repository}), in a run that has failed to start`);
  tell(inside, 'queued', job);
  world.time.after(queuedAtMostMs, () => finish(inside, job, 'failure'));
}

/** A running job takes five seconds to end; any other ends now, and its runner is free for the next. */
export function cancel(inside: Inside, job: SimulatedJob): void {
  if (job.state === 'done' || job.state === 'new') return;
  const { world, connected } = inside;
  job.cancelled = true;
  world.say(`GitHub: ${job.id} cancelled while ${job.state}`);
  if (job.state === 'running') {
    world.time.after(5 * second, () => finish(inside, job, 'cancelled'));
    return;
  }
  const runner = connected.get(job.runner ?? '');
  job.runner = undefined;
  if (runner) release(inside, runner);
  finish(inside, job, 'cancelled');
  match(inside);
}

/** False: the run has completed. */
export function cancelRun(inside: Inside, run: SimulatedRun): boolean {
  if (statusOf(run).status === 'completed') return false;
  for (const job of run.jobs) cancel(inside, job);
  return true;
}

/**
 * Runs the failed and cancelled jobs of a completed run again, as new jobs; or with `all` every one. Answers
 * the new jobs, or why not, in GitHub's words.
 */
export function rerun(inside: Inside, run: SimulatedRun, all = false): SimulatedJob[] | string {
  if (statusOf(run).status !== 'completed') return 'This workflow is already running';
  if (run.dead) return 'This workflow run cannot be retried';
  const again = latestJobs(run).filter(({ outcome }) => all || outcome !== 'success');
  if (again.length === 0) return 'There are no failed jobs to run again';
  const attempt = run.attempt + 1;
  const jobs = again.map((job) => {
    const { repository, labels, event, fork, runMs } = job;
    const next: SimulatedJob = {
      ...{ id: inside.nextId(), repository, labels, event, fork, runMs, attempt, made: 'rerun' },
      ...{ runId: run.id, name: jobNameOf(job), state: 'new', queuedAt: 0, cancelled: false },
    };
    return next;
  });
  for (const job of jobs) queue(inside, job);
  return jobs;
}

/** A repository is deleted: its jobs end, its registrations go, and nothing is told. */
export function deleteRepository(inside: Inside, repository: string): void {
  const { deleted, jobs, runners } = inside;
  inside.world.say(`GitHub: ${repository} is deleted`);
  deleted.add(repository);
  for (const job of jobs.values()) if (job.repository === repository) cancel(inside, job);
  for (const { name } of runners.of(repository)) runners.delete(name);
}

/** The runs of a repository with this status, newest first. */
export const runsWith = (inside: Inside, repository: string, status: string): SimulatedRun[] =>
  [...(inside.open.get(repository) ?? [])].reverse().filter((run) => statusOf(run).status === status);
