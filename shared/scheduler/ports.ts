// The ports: what the procedures need from the world. Small interfaces named
// by role; the comment is the contract.
import type { Item, ItemOf, Kind, Launch, PoolState, Time } from './records.ts';

export type {
  Allowance,
  Attempt,
  CheckRun,
  Checks,
  Deliveries,
  GitHub,
  GitHubJob,
  GitHubRun,
  Jobs,
  Registration,
  Runners,
} from './github-ports.ts';

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
   * Everything that is ours, also what is unexpected; or it throws, never half a list. With `onSilence`
   * places that do not tell are named to it instead, each as a whole, and the others are listed.
   */
  list(onSilence?: OnSilence): Promise<Sighting[]>;
  /**
   * The one machine, asked for by its id, or undefined when the cloud says that it is gone. `hint`: the key
   * of the offering that it was got as, where that is known. It tells where to look: it may be a place that
   * is listed no more.
   */
  look(id: string, hint?: string): Promise<Sighting | undefined>;
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
  /** Deletes it, if it is still attached to nothing. Absent is success. Throws `Doubt` when it is unclear. */
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
