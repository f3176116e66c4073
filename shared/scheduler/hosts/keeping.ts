// What the keeper of hosts is given, and what it decides. Plain data, no behaviour.
import type { Host } from '../host-records.ts';
import type { Builder, Job, Time } from '../records.ts';
import type { Ending } from '../supply.ts';

/** What may be asked for: the key of an offering, and what it costs. */
export interface HostOffer {
  offering: string;
  usdPerHour: number;
}

/** How a pool keeps hosts: its rung of Macs, as it is now. Times are in ms. */
export interface Keeping {
  /** Index into the pool's ladder. */
  rung: number;
  /** What can be asked for now, preferred first. Empty: the cloud lacks all of it for a while. */
  offers: readonly HostOffer[];
  /** Does the pool still ask for hosts of this offering? One that it got before is of no use otherwise. */
  fits(offering: string): boolean;
  /** Hosts at once. */
  maximum: number;
  /** How long a job may wait before another host is worth its price. */
  waitMs: number;
  /** How long a machine waits for the next job before its host cleans itself. */
  stayMs: number;
  paidDay: 'shared' | 'one-job';
  afterwards: 'release' | 'keep';
  /** What cleaning takes, as a rule. */
  scrubMs: number;
  /** May this machine be reset, if it has served a trusted job of this repository? */
  mayReset(builder: Builder, repository: string): boolean;
}

/** A job that waits for a host that is there already. */
export interface HostWait {
  job: Job;
  /** The host's id, and when it is expected to be ready for the job. */
  host: string;
  at: Time;
}

/** What one pass does about hosts. */
export interface HostPlan {
  /** A host to be asked for. `reservedUntil`: its money is reserved until then, before anything else. */
  allocate?: { id: string; rung: number; offer: HostOffer; job: Job; reservedUntil: Time } | undefined;
  /** The host that the plan's launch goes to; money is reserved for it until then first, if it is not yet. */
  launchOn?: { host: Host; reservedUntil: Time } | undefined;
  /** Hosts whose answer is missing: asked again, or given up. */
  askAgain: Host[];
  close: Host[];
  /**
   * Hosts whose machine is dealt a job (in the plan's `assign`), or that are kept, beyond what is reserved:
   * the money comes first.
   */
  extend: { host: Host; reservedUntil: Time }[];
  /** Machines whose job is done: their disk is replaced, for the next trusted job of this repository. */
  reset: { builder: Builder; bound: string; reservedUntil: Time }[];
  /** Machines whose reset is under way: the cloud is asked how it goes. */
  resetting: Builder[];
  /** Machines that end, so that their host cleans itself or is released. They are in the plan's `stop`. */
  relaunch: Ending[];
  /** Hosts that are empty and past their paid time. */
  release: Host[];
  /** Hosts whose record changes by what they have served. */
  served: Host[];
  waits: HostWait[];
}
