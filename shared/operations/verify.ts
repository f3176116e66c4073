// Asks GitHub how a job really is, and its run where that may have ended without it; records the answer.
import { builderOfRunner } from '../contract/names.ts';
import { confirmJob, type JobFact } from '../scheduler/observe.ts';
import { Doubt, type GitHubJob, type GitHubRun } from '../scheduler/ports.ts';
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

/** Answers how a job's run is, or undefined when GitHub does not know it. */
export type RunOf = (job: Pick<Job, 'repository' | 'runId'>) => Promise<GitHubRun | undefined>;

/** Asks GitHub about each run once. */
export function askedRuns({ github }: Pick<Ports, 'github'>): RunOf {
  const asked = new Map<string, Promise<GitHubRun | undefined>>();
  return ({ repository, runId }) => {
    const key = `${repository} ${runId}`;
    const answer = asked.get(key) ?? github.jobs.run(repository, runId);
    asked.set(key, answer);
    return answer;
  };
}

/**
 * Asks about one job, and with `runOf` about the run of one that GitHub has queued. Answers whether that was
 * news: the job no longer is what the record said. Throws `Doubt` when GitHub does not answer, or does not
 * know the job: after incidents it says so of jobs that it has. Sweeps find out whether it keeps to that.
 */
export async function verify(ports: Ports, job: Job, runOf?: RunOf): Promise<boolean> {
  const answer = await ports.github.jobs.job(job.repository, job.id);
  if (!answer) throw new Doubt(`GitHub does not know job ${job.id} of ${job.repository}, or not now`);
  return recordAnswer(ports, job, answer, runOf);
}

/** Records what GitHub has answered. A job that it does not know any more has ended. Else as `verify`. */
export async function recordAnswer(
  ports: Ports,
  job: Job,
  answer: GitHubJob | undefined,
  runOf?: RunOf,
): Promise<boolean> {
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
  const outcome = answer?.status === 'queued' ? endOf(job, await runOf?.(job)) : undefined;
  if (outcome === undefined) return false;
  await writeJob(ports, { ...fact, phase: 'done', outcome }, job);
  return true;
}

/**
 * How the job's run has ended, if it has. GitHub may keep a job of it in the queue (`startup_failure`): no
 * runner will ever get it.
 */
export function endOf(job: Pick<Job, 'runAttempt'>, run: GitHubRun | undefined): string | undefined {
  // A job of the next attempt is told of before its run is.
  if (run?.status !== 'completed' || (run.attempt ?? 1) < job.runAttempt) return undefined;
  return run.conclusion ?? 'cancelled';
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
