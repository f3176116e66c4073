// Whose disk may be reset instead of its machine being ended: a reset leaves the internal SSD as it is.
import type { Limits } from '../limits.ts';
import type { Builder, Job, Time } from '../records.ts';
import type { HostFacts } from './facts.ts';
import type { Keeping } from './keeping.ts';

/**
 * The repository whose trusted jobs may have the machine after these jobs and a reset. Undefined: nobody may.
 * `jobs`: all that run or ran on it in this turn.
 */
export function repositoryAfter(
  builder: Builder,
  jobs: readonly Job[],
  facts: HostFacts,
  keeping: Keeping,
): string | undefined {
  const repository = jobs[0]?.repository;
  if (repository === undefined || builder.foreign || keeping.paidDay === 'one-job') return undefined;
  const areAlike = jobs.every((job) => job.repository === repository && facts.isTrusted(job) === true);
  const isSameRun = builder.run === undefined || jobs.some(({ runId }) => runId === builder.run);
  const isFaithful = builder.bound === undefined || builder.bound === repository;
  return areAlike && isSameRun && isFaithful && keeping.mayReset(builder, repository)
    ? repository
    : undefined;
}

/** The agent's word that its runner has ended may be faster than GitHub's about the job. */
export function mayProveYet(builder: Builder, facts: HostFacts, now: Time, limits: Limits): boolean {
  if (builder.foreign || now - (builder.finishedAt ?? 0) > limits.wrapMs) return false;
  const jobs = facts.jobsOn(builder);
  return jobs.length === 0 || jobs.some((job) => facts.isTrusted(job) === undefined);
}
