// What people see of jobs, builders, hosts and the reaper's days: the rows of GET /api/jobs and its siblings.

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

/** What the sweeps of one day (UTC) have found and done. Money is in US dollars. */
export interface ReceiptView {
  /** `2026-11-21`. */
  day: string;
  /** Its receipt is written. Of today it is what is known so far. */
  isOver: boolean;
  /** The first sweep. */
  from: string;
  endedAt: string | null;
  /** Nothing stood without an owner for more than 15 minutes, and nothing protected is left without one. */
  isClean: boolean;
  /** One sentence: `nothing leaked`, or what; and what could not be seen. */
  words: string;
  /** What could not be seen for more than 15 minutes. */
  doubts: string[];
  sweeps: number;
  /** Sweeps with a problem. */
  troubled: number;
  /** The longest time without a sweep that ended. */
  longestPauseMinutes: number;
  /** By what was done: `orphans ended`. */
  counts: Record<string, number>;
  /** All that was found without an owner. */
  found: FoundView[];
  /** Parts of sweeps that did nothing, since they could not be sure. */
  abstentions: AbstentionView[];
  /** Things and abstentions that have no place in the lists. */
  more: number;
  /** What all that was found has cost on this day. */
  usd: number;
}

/** Something without an owner. */
export interface FoundView {
  kind: 'machine' | 'volume' | 'interface' | 'host' | 'registration';
  id: string;
  /** The provider or region. */
  place: string | null;
  launch: string | null;
  /** It was there since then at least. */
  since: string;
  /** The first sweep that did not find it any more. */
  until: string | null;
  /** What it has cost on this day, and since it is there. */
  usd: number;
  usdSoFar: number;
  protected: boolean;
}

export interface AbstentionView {
  part: string;
  why: string;
  since: string;
  until: string | null;
  /** Sweeps in a row. */
  times: number;
}

/** What everybody may see of it. */
export type PublicReceiptView = Pick<
  ReceiptView,
  'day' | 'isOver' | 'isClean' | 'words' | 'sweeps' | 'counts'
>;
