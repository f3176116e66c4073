// What a simulated GitHub keeps: jobs, runners, and the deliveries about jobs.

export interface SimulatedJob {
  id: string;
  repository: string;
  labels: string[];
  event: string;
  fork: boolean;
  runMs: number;
  state: 'new' | 'queued' | 'assigned' | 'running' | 'done';
  queuedAt: number;
  runner?: string;
  startedAt?: number;
  endedAt?: number;
  outcome?: string;
  cancelled: boolean;
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
  scope: string;
  labels: string[];
  state: 'offline' | 'idle' | 'assigned' | 'busy';
  job?: SimulatedJob;
}

export interface Delivery {
  job: SimulatedJob;
  action: 'queued' | 'in_progress' | 'completed';
}
