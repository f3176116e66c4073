// Asks GitHub what policy must know before a machine may start: the run of a
// waiting job, and its repository's setting.
import { admission, needsForkApproval } from '../policy/admission.ts';
import { trustOf } from '../policy/trust.ts';
import type { Policy, Terms } from '../scheduler/demand.ts';
import { Doubt, type GitHubRun } from '../scheduler/ports.ts';
import type { Job, PoolState, Run } from '../scheduler/records.ts';
import { inParallel } from './change.ts';
import { limitsOf, type Ports } from './ports.ts';
import { keep } from './state.ts';
import { endOf, verify } from './verify.ts';

/** Policy as the planner wants it, for the runs that this state knows. */
export function policyOf(ports: Pick<Ports, 'config'>, state: PoolState): Policy {
  const runs = new Map(state.runs.map((run) => [run.id, run]));
  const project = (name: string) => ports.config.projects[name];
  return {
    terms: (job) => termsOf(ports, job, runs.get(job.runId)),
    concurrency: (name) => ({
      all: project(name)?.concurrency ?? 0,
      untrusted: project(name)?.untrusted.concurrency ?? 0,
    }),
    untrustedJobMs: (name) => (project(name)?.untrusted.jobLimitMinutes ?? 60) * 60_000,
    avoidsSpot: (job) => (runs.get(job.runId)?.reruns ?? 0) > 0,
  };
}

function termsOf(ports: Pick<Ports, 'config'>, job: Job, run: Run | undefined): Terms {
  const said = admission(ports.config, job, run);
  return said.kind === 'admitted' ? { admission: 'admitted' } : { admission: said.kind, why: said.why };
}

/**
 * Looks up each run that an open job belongs to and that is not known yet, once, and the approval
 * setting of the repository of waiting jobs where admission needs it. What GitHub does not answer
 * stays unknown, and its jobs wait. A job that was taken by somebody else's runner before it was
 * admitted still has the limits of its run. A job whose run has ended is closed. Answers the runs that the
 * state now has, and the table not yet.
 */
export async function lookUpRuns(ports: Ports, state: PoolState, until: () => boolean): Promise<Run[]> {
  const known = new Set(state.runs.map((run) => run.id));
  const asked = new Map<string, Job>();
  for (const job of state.jobs) {
    if (job.phase === 'waiting' || (job.phase === 'running' && !known.has(job.runId)))
      asked.set(job.runId, job);
  }
  const found: Run[] = [];
  const lookUp = async (job: Job): Promise<void> => {
    try {
      const run = await knownRun(ports, state, job);
      if (run) found.push(run);
    } catch (error) {
      if (!(error instanceof Doubt)) throw error;
      ports.log({ unit: 'admission', pool: job.pool, job: job.id, doubt: error.message });
    }
  };
  await inParallel([...asked.values()], 8, lookUp, until);
  for (const run of found) keep(state, run);
  return found;
}

/** The run's record as it must be saved, or undefined when it is complete. */
async function knownRun(ports: Ports, state: PoolState, job: Job): Promise<Run | undefined> {
  const known = state.runs.find((run) => run.id === job.runId);
  const answer = known ? undefined : await ports.github.jobs.run(job.repository, job.runId);
  if (answer) await closeEnded(ports, state, job, answer);
  const run = answer ? judged(ports, job, answer) : known;
  if (!run) return undefined;
  const approved = await withForkApproval(ports, job, run);
  return approved === known ? undefined : approved;
}

/** Closes the waiting jobs of a run that has ended, each by what GitHub says of it. */
async function closeEnded(
  ports: Ports,
  state: PoolState,
  { repository, runId }: Job,
  run: GitHubRun,
): Promise<void> {
  const dead = state.jobs.filter(
    (job) =>
      job.phase === 'waiting' &&
      job.runId === runId &&
      job.repository === repository &&
      endOf(job, run) !== undefined,
  );
  await inParallel(dead, 4, async (job) => {
    await verify(ports, job, async () => run);
    const now = await ports.open.get(job.pool, 'job', job.id);
    if (now) keep(state, now);
  });
}

/**
 * A run as GitHub tells it, judged. A run that GitHub does not know
 * (404) is treated as doubt: the job waits.
 */
export async function askedRun(
  ports: Ports,
  job: Pick<Job, 'pool' | 'repository' | 'runId'>,
): Promise<Run | undefined> {
  const run = await ports.github.jobs.run(job.repository, job.runId);
  return run && judged(ports, job, run);
}

const judged = (
  { clock }: Pick<Ports, 'clock'>,
  { pool, repository, runId }: Pick<Job, 'pool' | 'repository' | 'runId'>,
  run: GitHubRun,
): Run => ({
  kind: 'run',
  pool,
  id: runId,
  version: 0,
  repository,
  event: run.event,
  ...trustOf(run),
  askedAt: clock.now(),
});

/** Adds the approval setting where admission needs it and the last answer is too old. */
export async function withForkApproval(
  ports: Ports,
  job: Pick<Job, 'pool' | 'project' | 'repository'>,
  run: Run,
): Promise<Run> {
  const now = ports.clock.now();
  const fresh = run.forkApproval && now - run.forkApproval.askedAt < limitsOf(ports, job.pool).forkApprovalMs;
  if (fresh || !needsForkApproval(ports.config, job, run)) return run;
  try {
    const allExternal = await ports.github.jobs.requiresApprovalForAll(job.repository);
    return { ...run, forkApproval: { allExternal, askedAt: now } };
  } catch (error) {
    if (!(error instanceof Doubt)) throw error;
    return run.forkApproval ? { ...run, forkApproval: undefined } : run;
  }
}
