// What people see of jobs, builders and hosts: the rows of GET /api/jobs, /api/builders and /api/hosts.

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
  /** `busy`: it has taken its job. Only a Mac is made ready for another one, by `resetting` its disk. */
  phase: 'booting' | 'claimed' | 'ready' | 'busy' | 'resetting' | 'retiring' | 'stopping' | 'gone';
  /** The job that it took; until then the one that it was called for. */
  job: string | null;
  why: string | null;
  /** The end of its log when it failed, at most 4 kB: plain text from a stranger. */
  log: string | null;
  launchedAt: string;
  readyAt: string | null;
  endedAt: string | null;
  /** Cost so far, in US dollars; 0 for a Mac on a host, which is paid for instead. */
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

/** A host that Macs run on. Money is in US dollars, times are ISO 8601 in UTC. */
export interface HostView {
  /** Of the cloud, as `h-…`; ours while the cloud has not answered. */
  id: string;
  pool: string;
  /** What it was got as, as `us-east-1/on-demand/mac2.metal/us-east-1a`. */
  offering: string;
  /** `cleaning`: between two machines, which costs nothing. `unusable`: by the cloud's word. */
  phase:
    | 'asked'
    | 'idle'
    | 'booting'
    | 'busy'
    | 'resetting'
    | 'cleaning'
    | 'unusable'
    | 'releasing'
    | 'released';
  /** Why it is still there, or why it ended. */
  why: string;
  /** Pays for it: that of the job it was allocated for. Null for a host that was found. */
  project: string | null;
  /** The builder on it. */
  builder: string | null;
  allocatedAt: string | null;
  /** The end of the 24 hours that are paid for at least. */
  paidUntil: string | null;
  /** When it is released, as things stand; null: it is kept, or that is not known. */
  releaseAt: string | null;
  releasedAt: string | null;
  usdPerHour: number;
  /** Cost so far. */
  usd: number;
  /** What it will have cost at least: until its 24 hours are over more than `usd`, unless it has ended. */
  usdCommitted: number;
  jobs: number;
  /** Of `usdCommitted`: on its first day each further job makes all of them cheaper. */
  usdPerJob: number | null;
  /** Hours that were paid for, in which jobs ran, and in which it cleaned itself unpaid. */
  hoursPaid: number;
  hoursUsed: number;
  hoursCleaning: number;
}
