// What people see of jobs and builders: the rows of GET /api/jobs and GET /api/builders.

/** Times are ISO 8601 in UTC. */
export interface JobView {
  id: string;
  repository: string;
  project: string;
  name: string;
  labels: string[];
  pool: string;
  /** `held`: it waits, and no machine may be started for it now. `why` says what would change that. */
  phase: 'waiting' | 'held' | 'running' | 'done';
  /** GitHub's conclusion (`success`, `failure`, `cancelled`, …), or `refused`. Null until it is done. */
  outcome: string | null;
  why: string | null;
  /** The builder that it runs or ran on, if that is one of ours. */
  builder: string | null;
  queuedAt: string;
  startedAt: string | null;
  endedAt: string | null;
}

export interface BuilderView {
  id: string;
  pool: string;
  provider: string;
  /** `busy`: it has taken its job. A builder serves one, so it is never ready again. */
  phase: 'booting' | 'claimed' | 'ready' | 'busy' | 'retiring' | 'stopping' | 'gone';
  /** The job that it took; until then the one that it was called for. */
  job: string | null;
  why: string | null;
  /** The end of its log when it failed, at most 4 kB: plain text from a stranger. */
  log: string | null;
  launchedAt: string;
  readyAt: string | null;
  endedAt: string | null;
  /** Cost so far, in US dollars. */
  usd: number;
  /** What was got of the cloud, as `us-east-1/spot/g4dn.xlarge/us-east-1a`. */
  offering: string | null;
  /** What its agent says of its machine, once it has claimed. */
  machine: MachineView | null;
}

export interface MachineView {
  os: string;
  arch: string;
  bootSeconds: number;
  gpus: { name: string; driver: string; memoryMiB: number; computeCapability: string }[];
  /** What of its GPUs works in a container: `cuda`, `optix`, `egl`, `vulkan`. */
  features: string[];
}
