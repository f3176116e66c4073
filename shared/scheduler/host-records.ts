// Hosts: machines are started on them, and they are paid for by the day. Plain data, no behaviour.
import type { Stored, Time } from './records.ts';
import type { MicroUsd } from './shared-records.ts';

/** What a cloud says of a host (EC2's words). `available` may come too early. */
export type HostState =
  | 'available'
  | 'pending'
  | 'configuring'
  | 'under-assessment'
  | 'permanent-failure'
  | 'released'
  | 'released-permanent-failure'
  | 'unknown';

/**
 * A Dedicated Host of EC2, which one Mac at a time runs on. It is paid for at least 24 hours. The record is
 * written before the cloud is asked; its id is `<pool>-<number>`, a number of the pool's launches, and also
 * the launch tag of the host.
 */
export interface Host extends Stored {
  kind: 'host';
  phase: 'asked' | 'held' | 'releasing' | 'gone';
  /** Index into the pool's ladder. */
  rung: number;
  /** Key of the offering that is asked for, or was got (`shared/contract/offerings.ts`), and its price. */
  offering: string;
  usdPerHour: number;
  /** The job that it was asked for, and the project that pays. Absent for a host that was found. */
  job?: string;
  project?: string;
  askedAt: Time;
  /** The cloud's id, `h-…`, and since when it is paid for by the cloud's word. */
  hostId?: string;
  allocatedAt?: Time;
  /** As last seen, since when at the latest, and the machines that were on it. */
  state?: HostState;
  stateSince?: Time;
  seenAt?: Time;
  instances?: string[];
  /** A list of the cloud lacked it at this time. */
  missingAt?: Time;
  /** Time in `pending` states that have ended, in ms: nothing is paid while a host cleans itself. */
  unbilledMs: number;
  /** It refused a machine although it was shown as available: nothing is started on it until then. */
  restsUntil?: Time;
  /** How often in a row. */
  rests?: number;
  /** A job has begun on it: its machine's record, which may be all that tells so, is not kept for long. */
  used?: true;
  /** The last jobs that ran on it, oldest first (at most 50), and the sum of those before. */
  served: Served[];
  earlier: { jobs: number; ms: number };
  /** Money is reserved for it until then; by day (UTC) of the reservation. */
  reservedUntil: Time;
  reserved: MicroUsd;
  /** The ledgers have its final cost. */
  settledAt?: Time;
  releasingAt?: Time;
  /** By the cloud's word it cannot be released before. */
  notBefore?: Time;
  endedAt?: Time;
  /** Why it ended, or what stands in the way. */
  why?: string;
}

/** A job that ran on a host. `runner`: the name of its registration, which no other job has. */
export interface Served {
  runner: string;
  job: string;
  repository: string;
  startedAt: Time;
  endedAt: Time;
}
