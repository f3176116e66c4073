// The ports: what the procedures need from the world. Small interfaces named
// by role; the comment is the contract.
import type { Item, ItemOf, Kind, Launch, PoolState, Scope, Time } from './records.ts';

export interface Clock {
  now(): Time;
  sleep(ms: number): Promise<void>;
}

/** A conditional write either happened, or somebody was faster. Repeating one's own write is success. */
export type Put<T> = { ok: true; item: T } | { ok: false; current: T | undefined };

/** The table of what is open. Strongly consistent; single-item conditional writes only. */
export interface OpenTable {
  /**
   * Reads a whole pool: launches before builders before jobs. Items
   * that do not parse are named, not thrown.
   */
  read(pool: string): Promise<PoolState>;
  /** One record, or undefined. An item that does not parse is an `Unreadable` error. */
  get<K extends Kind>(pool: string, kind: K, id: string): Promise<ItemOf<K> | undefined>;
  /**
   * Writes `item` if the stored version still is `item.version` (0: it must not exist); answers it with
   * the next version.
   */
  put<T extends Item>(item: T): Promise<Put<T>>;
  /** Deletes the record if its version still is `item.version`; false if not. Absent is success. */
  remove(item: Item): Promise<boolean>;
}

/** What has ended, kept for 400 days. */
export interface History {
  has(kind: Kind, id: string): Promise<boolean>;
  /** Puts or replaces: repeating is a no-op. */
  put(item: Item): Promise<void>;
  /** Newest first, by the time at which they ended. */
  recent(kind: 'job' | 'builder' | 'host' | 'receipt', limit: number): Promise<Item[]>;
}

/** Rings a pool's bell: a dispatcher pass for the pool begins soon. A lost ring costs one reaper interval. */
export interface Bell {
  ring(pool: string): Promise<void>;
}

/** A machine as a cloud shows it. `launch` is absent when it carries no launch of ours. */
export interface Sighting {
  id: string;
  launch?: string;
  startedAt: Time;
  /** When it left the cloud's queue. Absent while it waits there, and where nothing queues. */
  provisionedAt?: Time;
  /** What it was got as, and its price, where the cloud has more than one offering. */
  terms?: MachineTerms;
  /** Somebody has put the protect tag on it: the reaper leaves it alone, and says so. */
  protected?: true;
}

/** A part of a cloud (a region, a project) that did not tell in full what is there. */
export interface Silence {
  /** `us-west-2`, `project callsheet-main-gpu-small`. */
  place: string;
  why: string;
  /** May it be there? That other places lack it says nothing then. */
  hides(it: { id: string; offering?: string | undefined }): boolean;
}

/** Hears which parts of a cloud did not tell. */
export type OnSilence = (silence: Silence) => void;

/** What one machine was got as. */
export interface MachineTerms {
  /** Key of the offering. */
  offering: string;
  usdPerHour: number;
}

/** Why a provider could not start what was asked. */
export interface Fault {
  kind: 'capacity' | 'quota' | 'throttled' | 'invalid';
  why: string;
  /** The shelves that are empty, to be remembered by all pools. Absent: it is the whole rung. */
  shelves?: string[];
  /** Its code is not known here: an admin should look. */
  unknown?: true;
  /** It costs nothing to look again: rests as long as a lack of capacity. */
  cheap?: true;
}

/** `already`: the same launch was asked before with other parameters, so it has arrived. */
export type LaunchResult = {
  started: string[];
  faults: Fault[];
  already?: boolean;
  /** By id, of those that were started, where the cloud has more than one offering. */
  terms?: Record<string, MachineTerms>;
};

/** Builders that are to be asked for. `empty`: shelves that are known to be empty, not to be asked for. */
export interface Wanted {
  pool: string;
  rung: number;
  n: number;
  empty?: ReadonlySet<string>;
  /** The host that the one builder starts on, by the cloud's id, and its offering. */
  on?: { hostId: string; offering: string };
}

/** One way to get machines. */
export interface Provider {
  /** How long asking again with the same launch finds what it started, in ms. */
  readonly tokenLifeMs: number;
  /** The request that a launch freezes: all that `launch` needs to know, as text. */
  request(wanted: Wanted): string;
  /**
   * Starts up to `launch.n` builders; asking again with the same launch finds, never doubles. `again`: it was
   * asked before, and the answer was lost. Throws `Doubt` when the answer is doubtful.
   */
  launch(launch: Launch, again?: boolean): Promise<LaunchResult>;
  /**
   * Everything that is ours, also what is unexpected; or it throws, never half a list. With `onSilence` places
   * that do not tell are named to it instead, each as a whole, and the others are listed.
   */
  list(onSilence?: OnSilence): Promise<Sighting[]>;
  /** The one machine, asked for by its id, or undefined when the cloud says that it is gone. */
  look(id: string): Promise<Sighting | undefined>;
  /**
   * Absent is success; one bad id never blocks the rest. Answers the ids whose end could not be asked for.
   * `hints`: by id, the key of the offering that it was got as, where that is known. It tells where to look.
   */
  stop(ids: string[], hints?: ReadonlyMap<string, string | undefined>): Promise<{ failed: string[] }>;
}

/** What machines may leave behind: a disk or a network interface of ours that is attached to nothing. */
export interface Leftover {
  kind: 'volume' | 'interface';
  id: string;
  /** The region. */
  place: string;
  /** Absent when it carries none, or one that is not of ours. */
  launch?: string;
  /** When it was made. Absent where the cloud does not say. */
  madeAt?: Time;
  /** What it costs as long as it is there. */
  usdPerHour: number;
  protected?: true;
}

export interface Leftovers {
  /** Of all regions, as `Provider.list`. */
  list(onSilence?: OnSilence): Promise<Leftover[]>;
  /** Deletes it, if it is still attached to nothing. Absent is success. Throws `Doubt` when that is not clear. */
  remove(leftover: Leftover): Promise<void>;
}

/** Somebody outside did not answer, or not clearly: nothing may be concluded. */
export class Doubt extends Error {
  override name = 'Doubt';
  /** When they may be asked again, if they said so (a rate limit). */
  readonly retryAt: Time | undefined;
  constructor(message: string, retryAt?: Time) {
    super(message);
    this.retryAt = retryAt;
  }
}

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
  /** Jobs that are queued now in runs of the repository that are not completed: at most `limit`. */
  queued(repository: string, limit: number): Promise<GitHubJob[]>;
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
  /** All registrations of the scope whose name begins with `prefix`. */
  list(scope: Scope, prefix: string): Promise<Registration[]>;
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
}

/** Deliveries of the App's webhook. */
export interface Deliveries {
  /** Attempts, newest first: a page of them, and where the next, older one begins. */
  page(cursor?: string): Promise<{ attempts: Attempt[]; next?: string | undefined }>;
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

/** Who says to be which machine. */
export interface Claimant {
  id: string;
  launch: string;
  /** We have a record of it as a machine of that launch. */
  recorded: boolean;
  /** When the launch was asked: read by those who compare it. */
  askedAt(): Promise<Time>;
  /** The address that the call came from. */
  source?: string | undefined;
  /** The address that the record has. Absent: there is no record, or it has none yet. */
  address?: string | undefined;
}

/** What the cloud says of a machine that has proved who it is: to be written down. */
export interface Proven {
  address?: string | undefined;
  terms?: MachineTerms | undefined;
}

/** Says which machine speaks. Undefined: the proof is not good. Throws `Doubt` when that is not known now. */
export interface Proofs {
  verify(provider: string, proof: string, claimant: Claimant): Promise<Proven | undefined>;
}
