// What people read about hosts: what each does, and why it is still there. Half sentences in plain text.
import type { Time } from '../scheduler/records.ts';

/** The first full minute that is not before it: `14:05 UTC`, on another day `2026-11-22 14:05 UTC`. */
export function timeOf(time: Time, now: Time): string {
  const text = new Date(Math.ceil(time / 60_000) * 60_000).toISOString();
  const today = new Date(now).toISOString().slice(0, 10);
  return `${text.startsWith(today) ? '' : `${text.slice(0, 10)} `}${text.slice(11, 16)} UTC`;
}

export const hostWhys = {
  asked: 'EC2 has not answered yet',
  releasing: 'EC2 is asked to release it',
  released: 'released',

  /** With a Mac on it. */
  booting: 'its Mac boots',
  ready: 'its Mac waits for a job',
  busy: 'a job runs',
  resetting: 'its job is done, and its Mac is made ready for the next one',
  ending: 'its Mac ends, then it cleans itself unpaid',

  /** Without one. */
  cleaning: (since: string) => `cleans itself unpaid since ${since}`,
  configuring: 'EC2 prepares it',
  assessed: 'EC2 checks whether it works (under assessment)',
  broken: 'permanent failure: nothing starts on it',
  resting: (until: string) => `EC2 refuses machines on it until ${until}`,
  strange: 'EC2 shows a machine on it that is not on record',
  vanishing: 'EC2 shows it as released',
  unknown: 'EC2 does not say whether it can be used',

  /** How long it stays. */
  paid: (until: string) => `paid until ${until}; serves jobs until then`,
  served: (until: string) => `paid until ${until}; takes no other job (paidDay: 'one-job')`,
  useless: (until: string) => `paid until ${until}; released then`,
  left: (until: string) => `its pool keeps no Macs any more; paid until ${until}, released then`,
  kept: "kept when its paid day is over (afterwards: 'keep')",
  overdue: 'its paid day is over: released when it is empty and no job wants it',
  refused: (until: string) => `EC2 does not release it before ${until}`,
};
