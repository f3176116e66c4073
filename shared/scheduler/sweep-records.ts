// What the reaper remembers from sweep to sweep, and the receipts that it writes. Plain data, no behaviour.
import type { Stored, Time } from './records.ts';

/** Kinds of things that a cloud or GitHub keeps for us, and that may be left without an owner. */
export type LeftKind = 'machine' | 'volume' | 'interface' | 'host' | 'registration';

/** Something of ours that nobody owns. Found twice, and not young or protected, it is ended. */
export interface Unowned {
  kind: LeftKind;
  id: string;
  /** The provider or region. */
  place?: string;
  launch?: string;
  /** It was there since then at least: by the cloud's word, else by the first sweep that found it. */
  since: Time;
  usdPerHour: number;
  protected?: true;
}

/** One that was found in a day. */
export interface Found extends Unowned {
  /** It may have had no owner since then: the sweep before the one that found it, or `since` if later. */
  unownedSince: Time;
  /** The first sweep that did not find it any more. */
  until?: Time;
}

/** A part of the sweep that did nothing, since it could not be sure. */
export interface Abstention {
  /** `provider ec2 in us-west-2`, `deliveries`. */
  part: string;
  why: string;
  since: Time;
  until?: Time;
  /** Sweeps in a row. */
  times: number;
}

/** What the sweeps of one day (UTC) have done so far. */
export interface DaySoFar {
  /** `2026-11-21`. */
  day: string;
  /** Start of the first sweep. */
  from: Time;
  sweeps: number;
  /** Sweeps with a problem. */
  troubled: number;
  /** The longest time without a sweep that ended. */
  longestPauseMs: number;
  /** By what was done, as in the log: `orphans ended`. */
  counts: Record<string, number>;
  found: Found[];
  abstentions: Abstention[];
  /** Things and abstentions of one sweep, at most, that are beyond the most that a receipt lists. */
  more: number;
}

/**
 * What the reaper remembers. There is one such record, in the shared partition; its id is always `sweep`. It
 * saves work, and makes receipts: a sweep without it is as safe.
 */
export interface SweepMemory extends Stored {
  kind: 'sweep';
  /** Start of the last sweep that ended. */
  at: Time;
  /** Pools that had records: those that left the configuration are swept until nothing of theirs is left. */
  pools: string[];
  /** By repository: when a job of it was last heard of. */
  life: Record<string, Time>;
  /** By repository: the turn in which its queued jobs were last listed. */
  listed: Record<string, number>;
  /**
   * By pool and repository (`gpu film/color`): since then GitHub knows few of the jobs asked about; with a
   * job's id behind them, since then it does not know that job.
   */
  unknown: Record<string, Time>;
  /** Which part of rotating work comes next. */
  turn: number;
  deliveries: DeliveryMemory;
  /** By part of the sweep: since when its list lacks so much that it is not believed. */
  doubted?: Record<string, Time>;
  today: DaySoFar;
}

/** How far failed deliveries have been looked for. */
export interface DeliveryMemory {
  /** All attempts before this have been looked at once, but for those in `gaps`. */
  seenTo: Time;
  /** All attempts before this were looked at when they were old enough for GitHub to list them. */
  settledTo: Time;
  /** Stretches of older attempts still to be read, the newest first: from a cursor back to a time. */
  gaps: { cursor: string; downTo: Time }[];
  /** By guid: no attempt has arrived yet. */
  failed: Record<string, FailedDelivery>;
  /** By guid, of what failed before and has arrived: when that was seen. Its failures may be seen later. */
  arrived: Record<string, Time>;
}

/** A delivery of which no attempt has arrived. */
export interface FailedDelivery {
  /** Of an attempt that can be repeated. */
  id: string;
  /** The first failure known. */
  at: Time;
  /** How often GitHub was asked to repeat it, and when last. */
  times: number;
  askedAt?: Time | undefined;
}

/** The receipt of one day: its id is the day. Written when the day is over, to history. */
export interface Receipt extends Stored, Omit<DaySoFar, 'day'> {
  kind: 'receipt';
  endedAt: Time;
  /** Nothing was left without an owner for longer than it may be. */
  isClean: boolean;
  /** What all that was found has cost. */
  usd: number;
}
