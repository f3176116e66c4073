// Asks GitHub how a job really is, and records the answer.
import { builderOfRunner } from '../contract/names.ts';
import { confirmJob, type JobFact } from '../scheduler/observe.ts';
import { Doubt, type GitHubJob } from '../scheduler/ports.ts';
import type { Job } from '../scheduler/records.ts';
import { changeRead } from './change.ts';
import type { Ports } from './ports.ts';
import { writeJob } from './record.ts';

const phases = {
  environment: 'waiting',
  queued: 'waiting',
  in_progress: 'running',
  completed: 'done',
} as const;

/** What GitHub says about a job, as a fact. */
export function factOf(repository: string, job: GitHubJob): JobFact {
  return {
    id: job.id,
    phase: phases[job.status],
    repository,
    labels: job.labels,
    name: job.name,
    runId: job.runId,
    runAttempt: job.runAttempt,
    headSha: job.headSha,
    queuedAt: job.queuedAt,
    runner: job.runner,
    outcome: job.conclusion,
  };
}

/**
 * Asks about one job. A job that GitHub does not know any more has ended. Answers whether that was news: the
 * job no longer is what the record said. Throws `Doubt` when GitHub does not answer, or not believably.
 */
export async function verify(ports: Ports, job: Job): Promise<boolean> {
  const answer = await ports.github.jobs.job(job.repository, job.id);
  if (!answer && (await isHere(ports, job)))
    throw new Doubt(`job ${job.id} runs here, and GitHub does not know it`);
  const fact: JobFact = answer ? factOf(job.repository, answer) : vanished(job);
  const namesRunner = fact.runner !== undefined && job.runner === undefined && job.phase !== 'waiting';
  if (fact.phase !== job.phase || namesRunner) {
    await writeJob(ports, fact, job);
    return true;
  }
  const now = ports.clock.now();
  const same = (current: Job | undefined) =>
    current && current.phase === job.phase ? confirmJob(current, now) : undefined;
  await changeRead(ports.open, job, same);
  return false;
}

/** A job on a living builder of ours: one 404, as when a repository is transferred, must not stop it. */
async function isHere(ports: Ports, job: Job): Promise<boolean> {
  const id = job.phase === 'running' && job.runner && builderOfRunner(ports.config.installation, job.runner);
  const builder = id ? await ports.open.get(job.pool, 'builder', id) : undefined;
  return builder !== undefined && builder.phase !== 'gone';
}

/** What the record says, as a fact. */
export function factOfRecord({
  id,
  phase,
  repository,
  labels,
  name,
  runId,
  runAttempt,
  headSha,
  queuedAt,
  isPublic,
}: Job): JobFact {
  return { id, phase, repository, labels, name, runId, runAttempt, headSha, queuedAt, isPublic };
}

/** GitHub does not know the job any more: its run was deleted. */
const vanished = (job: Job): JobFact => ({ ...factOfRecord(job), phase: 'done', outcome: 'cancelled' });
