// The hosts of a simulated month as their cloud has them: what is on them, and what they cost.
import type { HostSighting } from '../scheduler/host-ports.ts';
import type { Time } from '../scheduler/records.ts';
import { between } from './luck.ts';
import { day, hour, minute } from './units.ts';

/** A Dedicated Host. One machine at a time is on it; when that has ended, the host cleans itself. */
export interface CloudHost {
  hostId: string;
  /** Its tag. */
  id: string;
  offering: string;
  usdPerHour: number;
  allocatedAt: Time;
  releasedAt?: Time;
  machine?: string;
  cleansSince?: Time;
  /** Time of cleanings that are over, in ms: it counts as allocated, and is not paid. */
  cleanedMs: number;
}

/** The part of a range that a machine takes, 0 to 1, as chance has it. */
type Part = number;

/**
 * What things take on a Mac of EC2, in ms. A boot takes 6 to 20 minutes; a machine that ends is `stopping`
 * for about 15. Cleaning takes up to 110 minutes as a rule, with updates of the firmware up to 4.5 hours.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html
 */
export const takes = {
  boot: (part: Part): number => between(6, 20, part) * minute,
  reset: (part: Part): number => between(8, 20, part) * minute,
  stop: 15 * minute,
  /** From the end of a reset to the first word of the agent. */
  start: minute,
  scrub: (part: Part): number => {
    if (part < 0.1) return between(10, 40, part / 0.1) * minute;
    return part < 0.9
      ? between(40, 110, (part - 0.1) / 0.8) * minute
      : between(110, 270, (part - 0.9) / 0.1) * minute;
  },
};

/** No host is released before, whether it was used or not. */
const leastMs = day;

export const isHeld = ({ releasedAt }: CloudHost): boolean => releasedAt === undefined;

/** Would the cloud take the host back now? */
export const isReleasable = (host: CloudHost, now: Time): boolean =>
  host.machine === undefined && host.cleansSince === undefined && now >= host.allocatedAt + leastMs;

/** How the host is shown in a list. */
export function sightingOf(host: CloudHost): HostSighting {
  const { hostId, id, offering, usdPerHour, allocatedAt, machine } = host;
  const state = host.cleansSince === undefined ? 'available' : 'pending';
  return {
    hostId,
    id,
    state: isHeld(host) ? state : 'released',
    allocatedAt,
    instances: machine === undefined ? [] : [machine],
    offering,
    usdPerHour,
  };
}

/**
 * What the host costs, in US dollars. It is paid by the second while it is allocated, but for the time in
 * which it cleans itself. `until`: the end of the bill for hosts that were never released.
 */
export function costOf(host: CloudHost, until: Time): number {
  const end = host.releasedAt ?? until;
  const cleansMs = host.cleansSince === undefined ? 0 : Math.max(0, end - host.cleansSince);
  const paidMs = Math.max(0, end - host.allocatedAt - host.cleanedMs - cleansMs);
  return (host.usdPerHour * paidMs) / hour;
}
