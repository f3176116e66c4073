// How a simulated GitHub spells jobs, runs, runners and accounts, in webhooks and in answers alike.
import {
  attemptOf,
  jobNameOf,
  runIdOf,
  type SimulatedJob,
  type SimulatedRun,
  type SimulatedRunner,
} from './records.ts';
import { ownerOf } from './settings.ts';

/** ISO 8601 in whole seconds: GitHub's times have no fractions. */
export const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const statuses = {
  new: 'queued',
  waiting: 'waiting',
  queued: 'queued',
  assigned: 'queued',
  running: 'in_progress',
  done: 'completed',
} as const;

/** A number for each name, the same in every world (FNV-1a). */
export const numberOf = (name: string): number => {
  let hash = 2_166_136_261;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 16_777_619);
  return (hash >>> 0) + 1;
};

export const account = (login: string, type: 'User' | 'Organization') => ({
  login,
  id: numberOf(login),
  type,
  site_admin: false,
});

export const repositoryShape = (fullName: string) => ({
  id: numberOf(fullName),
  name: fullName.split('/')[1] ?? '',
  full_name: fullName,
  private: false,
  owner: account(ownerOf(fullName), 'Organization'),
  fork: false,
  default_branch: 'main',
});

/** GitHub names no runner before a job has begun, and runner 0 for one that ended without having begun. */
function runnerShapeOf({ state, runner }: SimulatedJob) {
  const empty = state === 'done' ? { id: 0, name: '' } : { id: null, name: null };
  const named = state === 'running' || state === 'done' ? runner : undefined;
  return {
    runner_id: named === undefined ? empty.id : numberOf(named),
    runner_name: named ?? empty.name,
    runner_group_id: named === undefined ? empty.id : 1,
    runner_group_name: named === undefined ? empty.name : 'Default',
  };
}

/** The job of webhooks and of `GET /repos/{owner}/{repo}/actions/jobs/{job_id}`. */
export function jobShape(job: SimulatedJob, run: SimulatedRun) {
  const { endedAt, queuedAt, startedAt } = job;
  // A job that never ran has a start after its end, as GitHub reports it.
  const neverRan = endedAt === undefined ? queuedAt : endedAt + 1000;
  const url = `https://api.github.com/repos/${job.repository}/actions`;
  return {
    id: Number(job.id),
    run_id: Number(runIdOf(job)),
    workflow_name: 'CI',
    head_branch: run.fork ? 'patch-1' : 'main',
    run_url: `${url}/runs/${run.id}`,
    run_attempt: attemptOf(job),
    node_id: `CR_${job.id}`,
    head_sha: run.headSha,
    url: `${url}/jobs/${job.id}`,
    html_url: `https://github.com/${job.repository}/actions/runs/${run.id}/job/${job.id}`,
    status: statuses[job.state],
    conclusion: job.outcome ?? null,
    created_at: seconds(queuedAt),
    started_at: seconds(startedAt ?? neverRan),
    completed_at: endedAt === undefined ? null : seconds(endedAt),
    name: jobNameOf(job),
    steps: [],
    check_run_url: `https://api.github.com/repos/${job.repository}/check-runs/${job.id}`,
    labels: job.labels,
    ...runnerShapeOf(job),
  };
}

/** The jobs that count: of each name the one of the last attempt. */
export function latestJobs({ jobs }: SimulatedRun): SimulatedJob[] {
  return [...new Map(jobs.map((job) => [jobNameOf(job), job])).values()];
}

/** A run's state follows from its jobs, unless it could not start. */
export function statusOf(run: SimulatedRun): { status: string; conclusion: string | null } {
  if (run.dead) return { status: 'completed', conclusion: 'startup_failure' };
  const jobs = latestJobs(run);
  if (jobs.every(({ state }) => state === 'done')) {
    const came = (outcome: string): boolean => jobs.some((job) => job.outcome === outcome);
    const bad = came('failure') ? 'failure' : 'cancelled';
    return { status: 'completed', conclusion: came(bad) ? bad : 'success' };
  }
  if (jobs.every(({ state }) => state === 'waiting')) return { status: 'waiting', conclusion: null };
  const waits = jobs.every(({ state }) => state === 'queued' || state === 'assigned' || state === 'waiting');
  return { status: waits ? 'queued' : 'in_progress', conclusion: null };
}

/** The run of `GET /repos/{owner}/{repo}/actions/runs/{run_id}`. */
export function runShape(run: SimulatedRun) {
  const base = repositoryShape(run.repository);
  const fork = { ...base, id: base.id + 500_000_000, fork: true };
  return {
    id: Number(run.id),
    name: 'CI',
    head_branch: run.fork ? 'patch-1' : 'main',
    head_sha: run.headSha,
    run_attempt: run.attempt,
    event: run.event,
    ...statusOf(run),
    created_at: seconds(run.createdAt),
    run_started_at: seconds(run.createdAt),
    repository: base,
    head_repository: run.headIsGone ? null : run.fork ? fork : base,
  };
}

/** A registration, as it is shown: late, and late busy. */
export const registrationShape = ({ id, name, state, labels, busyFrom }: SimulatedRunner, now: number) => ({
  id: Number(id),
  runner_group_id: 1,
  name,
  os: state === 'offline' ? 'unknown' : 'Linux',
  status: state === 'offline' ? 'offline' : 'online',
  busy: state === 'busy' && now >= busyFrom,
  labels: labels.map((label, index) => ({ id: index + 1, name: label, type: 'custom' })),
  ephemeral: true,
});
