// The records that all pools share: what clouds could not give lately, and the money of each day.
import type { Stored, Time } from './records.ts';

/** The partition of the open table that all pools share: what clouds lack, and the money of each day. */
export const sharedPartition = '+';

/** What clouds could not give lately. There is one such record; its id is always `memory`. */
export interface Memory extends Stored {
  kind: 'memory';
  /** By shelf (`shared/contract/offerings.ts`): until when it is not asked for, and why. */
  empty: Record<string, { until: Time; why: string }>;
}

/**
 * The money of the launches of one day (UTC), in millionths of a US dollar, so that sums are exact. Its id is
 * the day, as `2026-11-21`.
 */
export interface Ledger extends Stored {
  kind: 'ledger';
  /**
   * By launch: what it may cost at most, as far as that is not known yet. An entry is put before its launch
   * is saved; when all its builders have ended it moves into `settled`.
   */
  open: Record<string, LedgerEntry>;
  /** By project: what launches have cost whose builders have ended. */
  settled: MicroUsd;
}

/** Millionths of a US dollar by project. */
export type MicroUsd = Record<string, number>;

/** `at`: when it was reserved. */
export interface LedgerEntry {
  at: Time;
  microUsd: MicroUsd;
}
