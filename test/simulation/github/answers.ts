// How a simulated GitHub shows its jobs, their runs and its runners through its API.
import type { GitHubJob, GitHubRun, Registration } from '../../../shared/scheduler/ports.ts';
import type { SimulatedJob, SimulatedRunner } from './records.ts';

const headSha = 'f'.repeat(40);

const statuses = {
  new: 'queued',
  queued: 'queued',
  assigned: 'queued',
  running: 'in_progress',
  done: 'completed',
} as const;

/** The runner is named when the job runs, not when it is assigned. */
export function asJob(job: SimulatedJob): GitHubJob {
  const named = job.state === 'running' || job.state === 'done';
  return {
    id: job.id,
    runId: job.id,
    runAttempt: 1,
    name: job.id,
    labels: job.labels,
    headSha,
    status: statuses[job.state],
    conclusion: job.outcome,
    runner: named ? job.runner : undefined,
    queuedAt: job.queuedAt,
  };
}

/** Each job has a run of its own. */
export function asRun(job: SimulatedJob): GitHubRun {
  return {
    id: job.id,
    event: job.event,
    status: 'queued',
    headSha,
    headRepositoryId: job.fork ? '2' : '1',
    baseRepositoryId: '1',
  };
}

export function asRegistration({ id, name, state }: SimulatedRunner): Registration {
  return { id, name, busy: state === 'busy', online: state !== 'offline' };
}
