// The life of a job: queued, assigned to any runner that fits, started by it, ended.
import { type Hub, post, removeRunner } from './hub.ts';
import { fits } from './matching.ts';
import type { Conclusion, GitHubEvent, JobRequest } from './surface.ts';
import {
  isOnline,
  type Job,
  jobSnapshot,
  jobsOfRun,
  newSha,
  type Run,
  type Runner,
  runnerSnapshot,
} from './world.ts';

const logLimit = 1_000_000;

const tell = (hub: Hub, what: Exclude<GitHubEvent['what'], 'output' | 'check'>, job: Job): void =>
  hub.tell({ what, job: jobSnapshot(job) });

/** Queues a job. Throws on a repository or run that does not exist. */
export function queueJob(hub: Hub, request: JobRequest): Job {
  const run = request.sameRun ? existingRun(hub, request) : newRun(hub, request);
  const job: Job = {
    id: String(hub.world.nextId()),
    run,
    name: request.name ?? 'build',
    labels: [...request.labels],
    command: request.run,
    always: request.always ?? false,
    status: 'queued',
    queuedAt: Date.now(),
    log: '',
  };
  hub.world.jobs.set(job.id, job);
  tell(hub, 'queued', job);
  hub.deliver('queued', job);
  match(hub);
  return job;
}

function newRun(hub: Hub, request: JobRequest): Run {
  const repository = hub.world.repositories.get(request.repository);
  if (!repository) throw new Error(`unknown repository '${request.repository}'`);
  const fork = request.fork ?? false;
  const run: Run = {
    id: String(hub.world.nextId()),
    repository,
    number: hub.world.runs.size + 1,
    event: request.event ?? (fork ? 'pull_request' : 'push'),
    fork,
    headSha: request.headSha ?? newSha(),
    createdAt: Date.now(),
  };
  hub.world.runs.set(run.id, run);
  return run;
}

function existingRun(hub: Hub, request: JobRequest): Run {
  const run = hub.world.runs.get(request.sameRun ?? '');
  const same = run?.repository.fullName.toLowerCase() === request.repository.toLowerCase();
  if (!run || !same) throw new Error(`no run '${request.sameRun}' in '${request.repository}'`);
  return run;
}

/** Gives queued jobs to idle runners that are online, whatever a runner was started for. */
export function match(hub: Hub): void {
  const now = Date.now();
  const queued = [...hub.world.jobs.values()].filter((job) => job.status === 'queued');
  for (const runner of hub.world.runners.values()) {
    if (runner.job || !isOnline(runner, now, hub.delays.offlineMs)) continue;
    const candidates = queued.filter((job) => !job.runner && fits(job, runner));
    const job = chosen(hub, candidates, runner);
    if (job) assign(hub, job, runner);
  }
}

function chosen(hub: Hub, candidates: Job[], runner: Runner): Job | undefined {
  if (!hub.options.choose || candidates.length === 0) return candidates[0];
  const choice = hub.options.choose(candidates.map(jobSnapshot), runnerSnapshot(runner, true));
  return candidates.find((job) => job.id === choice?.id);
}

function assign(hub: Hub, job: Job, runner: Runner): void {
  job.runner = runner;
  job.assignedAt = Date.now();
  runner.job = job;
  post(runner, { kind: 'job', job: job.id });
  tell(hub, 'assigned', job);
}

/** The runner picks up the job that it was assigned. Undefined: it is not its job any more. */
export function startJob(hub: Hub, runner: Runner, id: string): Job | undefined {
  const job = runner.job;
  if (job?.id !== id || job.status !== 'queued') return undefined;
  job.status = 'in_progress';
  job.startedAt = Date.now();
  tell(hub, 'started', job);
  hub.deliver('in_progress', job);
  return job;
}

/** Takes an assigned job back from its runner, which stays idle. */
export function takeBack(job: Job): void {
  const runner = job.runner;
  if (!runner || job.status !== 'queued') return;
  runner.job = undefined;
  runner.messages = runner.messages.filter((message) => message.job !== job.id);
  job.runner = undefined;
  job.assignedAt = undefined;
}

/** Adds to the output; every complete line is told. */
export function appendLog(hub: Hub, job: Job, text: string): void {
  const open = job.log.lastIndexOf('\n') + 1;
  const lines = (job.log.slice(open) + text).split('\n').slice(0, -1);
  job.log = (job.log + text).slice(-logLimit);
  const snapshot = jobSnapshot(job);
  for (const line of lines) hub.tell({ what: 'output', job: snapshot, text: line });
}

/** Ends a job once. A runner that has picked it up was there for this one job only, and is removed. */
export function endJob(hub: Hub, job: Job, conclusion: Conclusion): void {
  if (job.status === 'completed') return;
  takeBack(job);
  if (job.log && !job.log.endsWith('\n')) appendLog(hub, job, '\n');
  job.status = 'completed';
  job.conclusion = conclusion;
  job.completedAt = Date.now();
  if (job.runner) removeRunner(hub, job.runner);
  tell(hub, 'done', job);
  hub.deliver('completed', job);
  match(hub);
}

/** A queued job ends at once; the runner of a running one is told to stop it. */
export function cancelJob(hub: Hub, job: Job): void {
  if (job.status === 'queued') endJob(hub, job, 'cancelled');
  if (job.status !== 'in_progress' || job.cancelledAt !== undefined) return;
  job.cancelledAt = Date.now();
  if (job.runner) post(job.runner, { kind: 'cancel', job: job.id });
}

export function cancelRun(hub: Hub, run: Run): void {
  for (const job of jobsOfRun(hub.world, run)) cancelJob(hub, job);
}
