// What the embedded GitHub takes and gives: options, snapshots, the events of its story.

/** A repository's setting: runs of which outside contributors wait for an approval. */
export type ForkApproval =
  | 'first_time_contributors_new_to_github'
  | 'first_time_contributors'
  | 'all_external_contributors';

export interface RepositoryOptions {
  /** `owner/name`. The owner becomes an organization. */
  fullName: string;
  id?: number;
  /** Default `first_time_contributors`, as on GitHub. */
  forkApproval?: ForkApproval;
  private?: boolean;
}

/** A runner group by its name, or one that only some repositories (`owner/name`) may use. */
export type GroupOptions = string | { name: string; repositories: string[] };

/** What goes wrong with deliveries, so that tests can show that nothing depends on it. */
export interface Faults {
  /** Every delivery is sent twice. */
  duplicate?: boolean;
  /** Deliveries are held for a moment and sent one by one, the newest first. */
  reverse?: boolean;
  /** Is attempt `n` (0, 1, 2, …, redeliveries included) lost on its way? It is then listed as failed. */
  lose?: (n: number) => boolean;
}

export interface GitHubOptions {
  /** Of the server on 127.0.0.1. Default 0: any free port. */
  port?: number;
  webhook: { url: string; secret: string };
  repositories: RepositoryOptions[];
  /** Owner → installation id. Owners that are absent have not installed the App. */
  installations: Record<string, number>;
  /** Organization → its runner groups besides `Default`. */
  groups: Record<string, GroupOptions[]>;
  appId: number;
  /** Divides GitHub's own delays (see `delays.ts`). Default 1. */
  pace?: number;
  /** Path of the Node binary that the runner program uses. */
  node: string;
  faults?: Faults;
  /** Which of the fitting jobs (oldest first) an idle runner gets. Default: the oldest. */
  choose?: (candidates: JobSnapshot[], runner: RunnerSnapshot) => JobSnapshot | undefined;
  /** Every runner program is refused as too old. */
  refuseRunnerVersion?: boolean;
  /** How long a delivery waits for its answer, in ms. Default 10 s, as GitHub; not divided by `pace`. */
  deliveryTimeoutMs?: number;
}

/** A job to queue. */
export interface JobRequest {
  repository: string;
  labels: string[];
  /** The shell command that is the job's only step. */
  run: string;
  /** The step has `if: always()`: it runs also after a hook that has failed. Default false. */
  always?: boolean;
  /** Default `push`, or `pull_request` for a fork. */
  event?: string;
  /** Does the run's head commit lie in a fork? GitHub has approved the run already. */
  fork?: boolean;
  /** Default `build`. */
  name?: string;
  /** Id of a run of the same repository that gets this job as one more. */
  sameRun?: string;
  headSha?: string;
}

export type Conclusion = 'success' | 'failure' | 'cancelled';

/** Times are milliseconds since 1970 UTC. */
export interface JobSnapshot {
  id: string;
  runId: string;
  repository: string;
  name: string;
  labels: string[];
  event: string;
  fork: boolean;
  headSha: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  /** Name of the runner that has the job, also before it has picked it up. */
  runner: string | null;
  queuedAt: number;
  startedAt: number | null;
  completedAt: number | null;
}

export interface RunnerSnapshot {
  id: number;
  name: string;
  /** The organization and its group, or the repository. */
  place: string;
  labels: string[];
  online: boolean;
  busy: boolean;
  /** The job it has, also before it has picked it up. */
  job: string | null;
}

export interface CheckRunSnapshot {
  id: number;
  repository: string;
  headSha: string;
  name: string;
  externalId: string;
  status: string;
  conclusion: string | null;
  title: string | null;
  summary: string | null;
  /** How often it was written, its creation included. */
  writes: number;
}

/** What happens, for a terminal or a test. `text` is one line of a job's output without its end. */
export type GitHubEvent =
  | { what: 'queued' | 'assigned' | 'started' | 'done'; job: JobSnapshot }
  | { what: 'output'; job: JobSnapshot; text: string }
  | { what: 'check'; check: CheckRunSnapshot };

export interface EmbeddedGitHub {
  /** Base URL of its REST API, its runner downloads and its runners' connections. */
  url: string;
  /** RSA 2048, PKCS#8. */
  appPrivateKeyPem: string;
  /** Names (`owner/name`) of the repositories that it knows. */
  repositories: string[];
  /** Throws on an unknown repository or run. Answers the job's id. */
  queueJob(request: JobRequest): string;
  /** False: no such job. A job that has ended stays as it is. */
  cancelJob(id: string): boolean;
  /** False: no such run. */
  cancelRun(id: string): boolean;
  /** Oldest first. */
  jobs(): JobSnapshot[];
  runners(): RunnerSnapshot[];
  checkRuns(): CheckRunSnapshot[];
  /** A job's output so far (the last megabyte), or undefined for an unknown job. */
  log(jobId: string): string | undefined;
  /** Calls that no route answers, as `METHOD /path`. */
  unknownRoutes(): string[];
  /** Answers a function that ends the listening. */
  on(listener: (event: GitHubEvent) => void): () => void;
  /** Ends the server and all that waits; deliveries that wait for an answer are cut. */
  close(): Promise<void>;
}
