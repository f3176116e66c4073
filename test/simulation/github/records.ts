// What a simulated GitHub keeps: jobs and their runs, runners, and what it delivers about jobs.

export interface SimulatedJob {
  /** Digits, as all ids. */
  id: string;
  repository: string;
  labels: string[];
  event: string;
  fork: boolean;
  runMs: number;
  /** `waiting`: for an environment, no runner may have it. `assigned`: its runner has not begun yet. */
  state: 'new' | 'waiting' | 'queued' | 'assigned' | 'running' | 'done';
  queuedAt: number;
  /** The name of its runner. */
  runner?: string;
  startedAt?: number;
  endedAt?: number;
  outcome?: string;
  cancelled: boolean;
  /** Jobs that name the same are of one run. Default: its id, a run of its own, which no other may name. */
  runId?: string;
  /** Grows with each re-run. Default: 1. */
  attempt?: number;
  /** Default: its id. A re-run of the job has the same. */
  name?: string;
  /** An environment keeps it from the queue for so long. */
  waitsMs?: number;
  /** What its steps come to. Default: success. */
  comesTo?: 'success' | 'failure';
  /** Why a job that nobody here has asked for is there: GitHub has made it itself. */
  made?: 'rerun' | 'dead' | 'thief';
  /** It ran on a runner of somebody else. */
  elsewhere?: true;
}

export const runIdOf = (job: SimulatedJob): string => job.runId ?? job.id;
export const attemptOf = (job: SimulatedJob): number => job.attempt ?? 1;
export const jobNameOf = (job: SimulatedJob): string => job.name ?? job.id;

/** What a runner's environment tells of its job, which its hook passes on. */
export const jobWords = (job: SimulatedJob) => ({
  runId: runIdOf(job),
  runAttempt: attemptOf(job),
  job: jobNameOf(job),
});

export interface SimulatedRun {
  id: string;
  repository: string;
  event: string;
  fork: boolean;
  createdAt: number;
  headSha: string;
  /** Grows with each re-run. */
  attempt: number;
  /** Of all attempts. */
  jobs: SimulatedJob[];
  /** The fork that its commit came from is deleted. */
  headIsGone: boolean;
  /** It has failed to start: it has completed, whatever its jobs are. */
  dead: boolean;
}

/** The runner program on a machine, as far as GitHub deals with it. */
export interface RunnerLife {
  /** Called when the runner gets a job; answers whether its hook lets the job run. */
  onJob?: (job: SimulatedJob) => Promise<boolean>;
  /** Called when its job has ended, or when it loses its registration while idle. */
  onEnd?: () => void;
  alive: () => boolean;
}

export interface SimulatedRunner extends RunnerLife {
  name: string;
  id: string;
  /** The account that it belongs to, and its group or its repository: `group/film/render`. */
  scope: string;
  labels: string[];
  state: 'offline' | 'idle' | 'assigned' | 'busy';
  job?: SimulatedJob;
  /** Lists show it, and that it is busy, from then on. */
  listedAt: number;
  busyFrom: number;
}

export type Action = 'queued' | 'waiting' | 'in_progress' | 'completed';

/** What a webhook gets, but for the signature. */
export interface Delivery {
  /** The header `x-github-delivery`: the same for all attempts. */
  guid: string;
  /** The header `x-github-event`. */
  event: 'workflow_job';
  /** JSON as GitHub sends it. */
  body: string;
  /** In words, for a story: `queued 12`. */
  about: string;
}

/** Each token and configuration that this GitHub gives away has this in it: it may be nowhere else. */
export const secretMark = 'SIMULATED-SECRET';

const configStart = `${secretMark}-jit-`;

export const jitConfigOf = (runner: string): string => configStart + runner;

/** The runner that a configuration was made for; a name is its own. */
export const runnerIn = (word: string): string =>
  word.startsWith(configStart) ? word.slice(configStart.length) : word;
