// The policies that are compared: a host for each job, hosts that are always on, and Callsheet.
import type { Settings } from './settings.ts';
import { minute } from './units.ts';

/** How long Callsheet lets jobs wait, in the points of its curve. In minutes. */
export const waitsOfCurve: readonly number[] = [0, 15, 30, 60, 120, 240];

/** Hosts at once where the number shall not matter: more than any pattern has jobs at once. */
const ample = 40;

/** Each job gets a host of its own, which is given back when its day is over. */
export const hostPerJob = (own: Settings): Settings => ({
  ...own,
  paidDay: 'one-job',
  afterwards: 'release',
  waitMs: 0,
  maximum: ample,
  hostsAtStart: 0,
});

/** So many hosts that are there from the beginning, and stay. */
export const alwaysOn = (own: Settings, hosts: number): Settings => ({
  ...own,
  paidDay: 'shared',
  afterwards: 'keep',
  maximum: hosts,
  hostsAtStart: hosts,
});

/** The pool as it is. */
export const callsheet = (own: Settings): Settings => ({ ...own, hostsAtStart: 0 });

/** The pool with as many hosts as it likes, or at most so many, and another patience. */
export const callsheetThatWaits = (own: Settings, minutes: number, maximum = ample): Settings => ({
  ...callsheet(own),
  paidDay: 'shared',
  afterwards: 'release',
  waitMs: minutes * minute,
  maximum,
});
