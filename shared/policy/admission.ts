// Admission: may a builder serve this job? Asked before a machine starts, and again for the job that came.
import type { Job, Run } from '../scheduler/records.ts';
import type { Config } from './config.ts';
import { poolNamed, projectNamed, spelling } from './lookup.ts';
import * as texts from './texts.ts';

/** `unknown`: GitHub has not answered, so the job waits. `refused`: never, unless what `why` says changes. */
export type Admission =
  | { kind: 'admitted' }
  | { kind: 'unknown'; why: string }
  | { kind: 'refused'; why: string };

type Asked = Pick<Job, 'pool' | 'project' | 'repository'>;

/** Decides by the configuration, the run's trust and its `forkApproval`, whose age the caller minds. */
export function admission(config: Config, job: Asked, run: Run | undefined): Admission {
  const foreign = notConfigured(config, job);
  if (foreign) return { kind: 'refused', why: foreign };
  if (!run) return { kind: 'unknown', why: texts.trustUnknownWhy };
  if (run.trust === 'trusted') return { kind: 'admitted' };
  const closed = closedToUntrusted(config, job, run);
  if (closed) return { kind: 'refused', why: closed };
  if (!run.forkApproval) return { kind: 'unknown', why: texts.approvalUnknownWhy(job.repository) };
  if (run.forkApproval.allExternal) return { kind: 'admitted' };
  return { kind: 'refused', why: texts.approvalOffWhy(job.repository) };
}

/** Does admission turn on the repository's approval setting? Then `run.forkApproval` must be fresh. */
export function needsForkApproval(config: Config, job: Asked, run: Run): boolean {
  return run.trust === 'untrusted' && !notConfigured(config, job) && !closedToUntrusted(config, job, run);
}

/** The configuration may have changed since the job was routed. */
function notConfigured(config: Config, { pool, project, repository }: Asked): string | undefined {
  if (!poolNamed(config, pool)) return texts.noSuchPoolWhy(pool);
  const own = projectNamed(config, project);
  if (!own || spelling(own, repository) === undefined) return texts.notInProjectWhy(repository, project);
  return own.pools.includes(pool) ? undefined : texts.poolNotAllowedWhy(project, pool);
}

/** Why no untrusted run of this kind is served here, or undefined when only approval is left to ask about. */
function closedToUntrusted(config: Config, job: Asked, run: Run): string | undefined {
  if (poolNamed(config, job.pool)?.trustedOnly) return texts.trustedOnlyWhy(run.why, job.pool);
  if (run.event !== 'pull_request') return texts.eventWhy(run.why);
  const forks = projectNamed(config, job.project)?.forks ?? 'never';
  switch (forks) {
    case 'never':
      return texts.forksNeverWhy(run.why, job.project);
    case 'github-approved':
      return undefined;
  }
}
