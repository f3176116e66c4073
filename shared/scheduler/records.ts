// The records of the open table: what Callsheet knows about one pool. Plain data, no behaviour.
import type { Host } from './host-records.ts';
import type { Notice, Run } from './run-records.ts';
import type { Ledger, Memory } from './shared-records.ts';
import type { Receipt, SweepMemory } from './sweep-records.ts';

export type { Notice, Run } from './run-records.ts';

/** Milliseconds since 1970-01-01 UTC. */
export type Time = number;

/**
 * Where a runner registers and whose jobs it may therefore get, as one string (see
 * `shared/contract/scope.ts`).
 * The scheduler only compares scopes; it never looks inside.
 */
export type Scope = string;

/** Fields that every record has. A record is found by (pool, kind, id). */
export interface Stored {
  pool: string;
  id: string;
  /**
   * Number of writes so far; 0 means that the record does not exist yet. Every write is conditional on it.
   */
  version: number;
}

/** A GitHub Actions job. Its phases are a ladder: a fact never lowers the phase. */
export interface Job extends Stored {
  kind: 'job';
  phase: 'waiting' | 'running' | 'done';
  repository: string;
  project: string;
  scope: Scope;
  labels: string[];
  name: string;
  runId: string;
  runAttempt: number;
  headSha: string;
  queuedAt: Time;
  /** Name of the runner that GitHub gave the job to, ours or not. */
  runner?: string;
  startedAt?: Time;
  endedAt?: Time;
  /** GitHub's conclusion (`success`, `failure`, `cancelled`, …), or `refused` when policy ended it. */
  outcome?: string;
  /** GitHub has said that its repository is public. Absent: it has not said so. */
  isPublic?: boolean;
  /** When GitHub last told us about this job, by a delivery or because we asked. */
  heardAt: Time;
  /**
   * Why it waits, is held or was refused, in words for people. Stored to
   * be shown, decided anew in every pass.
   */
  verdict?: Verdict;
}

/** What the last pass said about a waiting job. `code` is stable, `why` is for people. */
export interface Verdict {
  state: 'waiting' | 'held' | 'refused';
  code: VerdictCode;
  why: string;
  since: Time;
}

export type VerdictCode =
  | 'starting'
  | 'no-room'
  | 'no-rung'
  | 'concurrency'
  | 'untrusted-concurrency'
  | 'trust-unknown'
  | 'trust-refused'
  | 'scope-refused'
  | 'builders-failed'
  | 'host-busy'
  | 'daily-limit';

/** `resetting`: its job is done, and its disk is wiped from outside, or that is decided now (Macs only). */
export type BuilderPhase = 'booting' | 'claimed' | 'ready' | 'resetting' | 'retiring' | 'stopping' | 'gone';

/**
 * A machine or process that was started to serve one job. `busy` is derived, never stored.
 */
export interface Builder extends Stored {
  kind: 'builder';
  phase: BuilderPhase;
  provider: string;
  /** Index into the pool's ladder. */
  rung: number;
  /** The launch that started it: a `Launch.id` of the same pool. */
  launch: string;
  launchedAt: Time;
  /** It may wait in the cloud's queue until then. Absent where nothing queues. */
  queueUntil?: Time;
  /** When it left that queue and began to boot. */
  provisionedAt?: Time;
  /** The scope that the planner dealt to it, and the job that this was done for. */
  scope?: Scope;
  job?: string;
  /** Which job of its machine it does (what cannot be wiped has one), and how often it registered. */
  turn: number;
  count: number;
  /** SHA-256 (hex) of the key that the agent made at boot. */
  keyHash?: string;
  /** Name and GitHub's id of its present registration. */
  runner?: string;
  runnerId?: string;
  /** First claim; first configuration asked for; last configuration handed over. */
  askedAt?: Time;
  claimedAt?: Time;
  readyAt?: Time;
  /** Last sign of life of its agent. */
  heardAt?: Time;
  /** Busy by its own word, or because GitHub refused to delete its registration. */
  startedAt?: Time;
  /** The run whose job asked for leave to start, by its hook. */
  run?: string;
  /** A job without our labels that GitHub gave to its runner. */
  foreign?: { job: string; repository: string; endedAt?: Time };
  retiringAt?: Time;
  /** GitHub has accepted to delete its registration, which proves nothing yet. */
  deletedAt?: Time;
  stoppingAt?: Time;
  /** The runner has exited, by the agent's word. */
  finishedAt?: Time;
  endedAt?: Time;
  /** Its registration is known to be gone. */
  unregisteredAt?: Time;
  /** A list of the cloud lacked it at this time. */
  missingAt?: Time;
  /** Why it is being ended. */
  why?: string;
  /** End of its log when it failed, at most 4 kB, plain text from a stranger. */
  log?: string;
  machine?: MachineFacts;
  usdPerHour: number;
  /** The project that pays for it: that of the job it was started for. Absent until it is dealt one. */
  project?: string;
  /** What was asked of the cloud and got: the key of an offering (`shared/contract/offerings.ts`). */
  offering?: string;
  /** The public address that its calls come from, by the cloud's word. */
  address?: string;
  /** The cloud has said that it takes the machine back (spot): it is no supply any more. */
  interruptedAt?: Time;
  /** The host that it runs on: a `Host.id` of the same pool. */
  host?: string;
  /** When its present turn began, after the first. */
  turnAt?: Time;
  /** Its disk was reset, not its hardware: it serves trusted jobs of this repository only. */
  bound?: string;
  /** Its disk is being replaced: asked for then, as this task of the cloud. */
  reset?: { askedAt: Time; task?: string };
}

/**
 * What an agent says about its machine. Shown, and compared with what the
 * rung promised; never trusted further.
 */
export interface MachineFacts {
  os: string;
  arch: string;
  agent: string;
  bootSeconds: number;
  gpus: { name: string; driver: string; memoryMiB: number; computeCapability: string }[];
  /** What of its GPUs works in a container: `cuda`, `optix`, `egl`, `vulkan`. */
  features?: string[];
}

/**
 * A recorded intent to start `n` builders, written before the cloud is asked. Its
 * id is
 * `<pool>-<number>`, which is also the tag on its machines.
 */
export interface Launch extends Stored {
  kind: 'launch';
  phase: 'asked' | 'answered' | 'closed';
  provider: string;
  rung: number;
  n: number;
  /** The exact request of the provider; asked again byte for byte. */
  request: string;
  /** The scopes and jobs that the builders are for, in the order of the provider's answer. */
  deal: Deal[];
  askedAt: Time;
  answeredAt?: Time;
  /** Ids that the provider has started. */
  started?: string[];
  /** What a builder of it costs at most, as reserved in the ledger. Absent where machines cost nothing. */
  usdPerHour?: number;
  /** The ledger has its final cost: all its builders have ended. */
  settledAt?: Time;
  /** The host that its one builder starts on: a `Host.id` of the same pool. */
  host?: string;
  why?: string;
}

export interface Deal {
  scope: Scope;
  job: string;
  /** Pays for the builder. Absent in what older releases wrote. */
  project?: string;
}

/** What is true of the pool as a whole. Its id is always `pool`. */
export interface Pool extends Stored {
  kind: 'pool';
  /** Highest launch number ever given out. */
  lastLaunch: number;
  /** Start of the last pass that finished: the fence of skipped rings. */
  passBeganAt?: Time;
  /** Scopes where GitHub refused a registration. */
  refusedScopes: Record<Scope, RefusedScope>;
  /** Rungs that are not asked for now, by their index. */
  closedRungs: Record<string, RungRest>;
}

/** Until when a rung is not asked for, and why. */
export interface RungRest {
  until: Time;
  /** How often in a row its builders have failed. */
  times: number;
  why: string;
  /** The first time in a row that it could not give what was asked; patience counts from there. */
  since?: Time;
  /** How often since then it was refused, or got no answer: each such rest is longer than the one before. */
  refusals?: number;
}

/** `liftedAt`: it got another chance then. It stays on record, so that the next refusal counts longer. */
export interface RefusedScope {
  since: Time;
  why: string;
  /** How often in a row it was refused. */
  times: number;
  liftedAt?: Time;
}

/** A pool of which nothing is known yet. */
export const emptyPool = (pool: string): Pool => ({
  kind: 'pool',
  pool,
  id: 'pool',
  version: 0,
  lastLaunch: 0,
  refusedScopes: {},
  closedRungs: {},
});

/** A machine that nobody owns, seen once: it takes two sightings to end it. */
export interface Sight extends Stored {
  kind: 'sight';
  at: Time;
}

export type Item =
  | Pool
  | Host
  | Launch
  | Builder
  | Job
  | Run
  | Notice
  | Sight
  | Memory
  | Ledger
  | SweepMemory
  | Receipt;
export type Kind = Item['kind'];
export type ItemOf<K extends Kind> = Extract<Item, { kind: K }>;

/** One read of a pool, in the order hosts, launches, builders, jobs. It is no snapshot. */
export interface PoolState {
  pool: Pool;
  hosts: Host[];
  launches: Launch[];
  builders: Builder[];
  jobs: Job[];
  runs: Run[];
  notices: Notice[];
  sights: Sight[];
  /** Of the shared partition only. */
  memories: Memory[];
  ledgers: Ledger[];
  sweeps: SweepMemory[];
  /** Sort keys of items that could not be parsed: set aside and reported, they stop nobody. */
  unreadable: string[];
}
