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

/** One that was found in a day. `until`: the first sweep that did not find it any more. */
export interface Found extends Unowned {
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
  /** Things or abstentions beyond the most that a receipt lists. */
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
  /** Which part of rotating work comes next. */
  turn: number;
  deliveries: DeliveryMemory;
  today: DaySoFar;
}

/** How far failed deliveries have been looked for. */
export interface DeliveryMemory {
  /** All attempts before this have been looked at, but for those in `gaps`. */
  seenTo: Time;
  /** Stretches of older attempts that are still to be read: from a cursor back to a time. */
  gaps: { cursor: string; downTo: Time }[];
  /** By guid: no attempt has arrived yet. `id`: of the newest attempt. */
  failed: Record<string, { id: string; at: Time; times: number; askedAt?: Time | undefined }>;
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
