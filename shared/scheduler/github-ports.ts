// The ports of GitHub: jobs and runs, runners, check runs, deliveries, and what is left of its rate limit.
import type { Scope, Time } from './records.ts';

export interface GitHubJob {
  id: string;
  runId: string;
  runAttempt: number;
  name: string;
  labels: string[];
  headSha: string;
  /** `environment`: it waits for the approval of an environment, no runner may take it. */
  status: 'environment' | 'queued' | 'in_progress' | 'completed';
  conclusion?: string;
  runner?: string;
  queuedAt: Time;
}

export interface GitHubRun {
  id: string;
  event: string;
  status: string;
  /** Of a completed run: `success`, `startup_failure`, … */
  conclusion?: string;
  /** Grows by one each time it is run again. Absent: GitHub has not said. */
  attempt?: number;
  headSha: string;
  /** Numeric ids as strings; absent when the head repository is deleted. */
  headRepositoryId?: string;
  baseRepositoryId: string;
}

/** Jobs and runs. Each call answers undefined for 404 and throws `Doubt` for everything unclear. */
export interface Jobs {
  job(repository: string, jobId: string): Promise<GitHubJob | undefined>;
  run(repository: string, runId: string): Promise<GitHubRun | undefined>;
  /**
   * Jobs that are queued now in runs of the repository that are not completed: at most `limit`. Looks at no
   * more than `runs` of its runs, at others a minute later.
   */
  queued(repository: string, limit: number, runs?: number): Promise<GitHubJob[]>;
  cancelRun(repository: string, runId: string): Promise<void>;
  /**
   * Runs the failed jobs of a completed run again, and those that depend on them. Repeating while it runs is
   * a no-op. Undefined: they run; else why GitHub refuses, in words for an admin.
   */
  rerun(repository: string, runId: string): Promise<string | undefined>;
  /** Does the repository require approval of runs for all external contributors? */
  requiresApprovalForAll(repository: string): Promise<boolean>;
}

export interface Registration {
  id: string;
  name: string;
  busy: boolean;
  online: boolean;
}

/** Runner registrations. */
export interface Runners {
  /**
   * Makes a single-use configuration. `refused`: GitHub will not have a
   * runner there (404, 403): design rule 10.
   */
  register(
    scope: Scope,
    name: string,
    labels: string[],
  ): Promise<{ kind: 'made'; jitConfig: string; runnerId: string } | { kind: 'refused'; why: string }>;
  /**
   * By its id if known, else by its name. `busy` proves that a job runs; `deleted` proves nothing.
   */
  remove(scope: Scope, runner: { name: string; id?: string }): Promise<'deleted' | 'absent' | 'busy'>;
  /**
   * All registrations where the scope's runners are (its organization, or its repository) whose name begins
   * with `prefix`. With `some` at most so many pages of 100 are read: of a longer list others at each turn.
   */
  list(scope: Scope, prefix: string, some?: { pages: number; turn: number }): Promise<Registration[]>;
  /** Would GitHub accept a registration now? Costs no machine. Undefined: yes; else why not. */
  refusal(scope: Scope): Promise<string | undefined>;
  /** The runner program that GitHub expects, with the SHA-256 (hex) of the archive. */
  download(scope: Scope, os: string, arch: string): Promise<{ url: string; sha256: string }>;
}

export interface CheckRun {
  repository: string;
  headSha: string;
  name: string;
  /** Ours: finds the check run again after a lost answer. */
  externalId: string;
  status: 'in_progress' | 'completed';
  conclusion?: 'neutral' | 'success' | 'cancelled';
  title: string;
  summary: string;
}

export interface Checks {
  /** Creates the check run, or finds the one with the same `externalId` when `mayExist`. Answers its id. */
  create(check: CheckRun, mayExist: boolean): Promise<string>;
  update(id: string, check: CheckRun): Promise<void>;
}

/** One attempt to deliver. All attempts of a delivery share its guid. */
export interface Attempt {
  id: string;
  guid: string;
  at: Time;
  hasArrived: boolean;
  /** It repeats an earlier attempt. */
  again?: true;
}

/** Deliveries of the App's webhook. */
export interface Deliveries {
  /**
   * Attempts, newest first: a page of them, and where the next, older one begins. Undefined: GitHub does not
   * take the cursor (any more).
   */
  page(cursor?: string): Promise<{ attempts: Attempt[]; next?: string | undefined } | undefined>;
  redeliver(id: string): Promise<void>;
}

/** What is left of a rate limit, by GitHub's last word. */
export interface Allowance {
  remaining: number;
  limit: number;
  /** It is filled up again then. */
  resetAt: Time;
}

export interface GitHub {
  jobs: Jobs;
  runners: Runners;
  checks: Checks;
  deliveries: Deliveries;
  /** Of calls for the repositories and runners of an owner. Undefined: GitHub has not said anything yet. */
  allowance(owner: string): Allowance | undefined;
}
