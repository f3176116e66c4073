// The records of workflow runs, and of what people are told about their jobs. Plain data, no behaviour.
import type { Stored, Time, VerdictCode } from './records.ts';

/** What GitHub says about a workflow run: asked once, shared by all its jobs. */
export interface Run extends Stored {
  kind: 'run';
  repository: string;
  event: string;
  trust: 'trusted' | 'untrusted';
  /** Why it is (un)trusted, in words. */
  why: string;
  askedAt: Time;
  /** Does the repository require approval for all external contributors? Kept ten minutes. */
  forkApproval?: { allExternal: boolean; askedAt: Time };
  /** The run was cancelled by us because a job of it was refused (`onRefusal: 'cancel'`). */
  cancelledAt?: Time;
  /** Its jobs of one attempt that failed since the cloud took their machine back (spot), to be run again. */
  lost?: { attempt: number; jobs: string[] };
  /** How often they were run again; of which attempt, and when, last. From then on its jobs keep off spot. */
  reruns?: number;
  rerunOf?: number;
  rerunAt?: Time;
}

/** A check run that tells people why a job waits or was refused: one per run and reason. */
export interface Notice extends Stored {
  kind: 'notice';
  repository: string;
  headSha: string;
  /** Name of the job that it is called after. */
  jobName: string;
  code: VerdictCode;
  state: 'open' | 'closed';
  /** GitHub's id of the check run; absent between the intent and the answer. */
  checkRunId?: string;
  /** The text as it was last sent. */
  title: string;
  summary: string;
  since: Time;
  sentAt: Time;
}
