// What is simulated: a pool's way of keeping hosts.
import type { HostOffer, Keeping } from '../scheduler/hosts/keeping.ts';

/** How a pool keeps hosts. Times are in ms. */
export interface Settings extends Pick<Keeping, 'maximum' | 'waitMs' | 'stayMs' | 'paidDay' | 'afterwards'> {
  /** What can be had, preferred first: at least one. */
  offers: readonly HostOffer[];
  /** The pool's time limits, of a boot and of a job. */
  bootMs: number;
  jobMs: number;
  /** Are disks replaced between trusted jobs of a repository? */
  resets: boolean;
  /** Hosts that are there when the month begins. */
  hostsAtStart: number;
}
