// Lost jobs: those that failed because their cloud took the machine back. Pure; found in what is.
import type { Builder, Job, PoolState, Run } from './records.ts';

export type Lost = NonNullable<Run['lost']>;

/**
 * The lost jobs of each run, as long as the job and its builder stand in the table: an hour. A runner that is
 * ended by a signal fails its job, as does GitHub after its silence; `cancelled` is somebody's will
 * (https://github.com/actions/runner/pull/1792). `isSpot`: may the cloud take this machine back? A
 * stranger's job may end its own machine to be run again: of those only the cloud's word counts.
 */
export function lostJobs(state: PoolState, isSpot: (builder: Builder) => boolean): Map<string, Job[]> {
  const builders = new Map(state.builders.map((builder) => [builder.runner, builder]));
  const untrusted = new Set(state.runs.filter((run) => run.trust === 'untrusted').map(({ id }) => id));
  const lost = new Map<string, Job[]>();
  for (const job of state.jobs) {
    const builder = job.runner === undefined ? undefined : builders.get(job.runner);
    const mayVanish = (one: Builder): boolean => isSpot(one) && !untrusted.has(job.runId);
    if (job.outcome !== 'failure' || !builder || !wasTaken(builder, job, mayVanish)) continue;
    lost.set(job.runId, [...(lost.get(job.runId) ?? []), job]);
  }
  return lost;
}

/** The cloud has said so before the job ended; or the machine went, and neither we nor its agent ended it. */
function wasTaken(builder: Builder, { endedAt = 0 }: Job, mayVanish: (builder: Builder) => boolean): boolean {
  const { interruptedAt, phase, stoppingAt } = builder;
  if (interruptedAt !== undefined) return endedAt >= interruptedAt;
  return phase === 'gone' && stoppingAt === undefined && mayVanish(builder);
}

/** What a run has lost, together with what is written there; of its latest attempt, and not yet run again. */
export function lostOf(run: Run, found: readonly Job[]): Lost | undefined {
  const attempt = Math.max(run.lost?.attempt ?? 0, ...found.map((job) => job.runAttempt));
  if (attempt <= (run.rerunOf ?? 0)) return undefined;
  const known = run.lost?.attempt === attempt ? run.lost.jobs : [];
  const news = found.filter((job) => job.runAttempt === attempt).map(({ id }) => id);
  return { attempt, jobs: [...new Set([...known, ...news])] };
}
