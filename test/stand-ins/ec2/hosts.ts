// Dedicated Hosts in virtual time, by EC2's rules for Macs: a paid day, one machine at a time, then cleaned.
import { createHash } from 'node:crypto';
import type { Slot } from './trouble.ts';
import { type Machine, shownMs, type Tags, type Time } from './world.ts';

/** What things take, in ms: each is read when it begins, so that tests may change it. All are 0 at first. */
export interface HostTimes {
  /** From the allocation until a host is available. */
  readyMs: number;
  /** From the wish that a machine ends until it has. */
  stopMs: number;
  /** For how long a host cleans itself then. */
  scrubMs: number;
  /** For how long it then refuses machines although it is shown as available. */
  earlyMs: number;
  /** What the reset of a machine takes. */
  resetMs: number;
  /** For how long a host that was released still counts as one. */
  countedMs: number;
}

export type HostState =
  | 'available'
  | 'pending'
  | 'configuring'
  | 'under-assessment'
  | 'permanent-failure'
  | 'released'
  | 'released-permanent-failure';

export interface StandInHost extends Omit<Slot, 'market'> {
  /** `h-…` */
  id: string;
  state: HostState;
  allocatedAt: Time;
  releasedAt: Time | undefined;
  tags: Tags;
  /** The machine on it. */
  machine: Machine | undefined;
  /** When it has cleaned itself, while it does so. */
  cleanAt: Time | undefined;
  /** It refuses machines until then. */
  refusesUntil: Time;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html */
export const leastMs = 24 * 60 * 60_000;

export interface Hosts {
  readonly times: HostTimes;
  /** In the order of their allocation. */
  readonly hosts: ReadonlyMap<string, StandInHost>;
  allocate(slot: Omit<Slot, 'market'>, tags: Tags): StandInHost;
  /** Hosts of a family that count in its quota. */
  counted(region: string, family: string): number;
  /** Would it take a machine now, whatever it is shown as? */
  takes(host: StandInHost): boolean;
  release(host: StandInHost): void;
  setState(id: string, state: HostState): void;
  /** Lets happen what is due by now. */
  tick(): void;
}

export const isReleased = ({ state }: StandInHost): boolean => state.startsWith('released');

export const familyOf = (type: string): string => type.split('.')[0] ?? '';

export function hostWorld(now: () => Time, times: HostTimes): Hosts {
  const hosts = new Map<string, StandInHost>();
  let number = 0;

  return {
    times,
    hosts,
    allocate(slot, tags) {
      number += 1;
      const host = newHost(slot, tags, number, now());
      hosts.set(host.id, host);
      if (times.readyMs > 0 || times.earlyMs > 0) clean(host, now() + times.readyMs, times);
      return host;
    },
    counted: (region, family) =>
      [...hosts.values()].filter(
        (host) =>
          host.region === region &&
          familyOf(host.type) === family &&
          (host.releasedAt === undefined || now() - host.releasedAt < times.countedMs),
      ).length,
    takes: (host) => host.state === 'available' && !host.machine && now() >= host.refusesUntil,
    release(host) {
      host.releasedAt = now();
      host.state = host.state === 'permanent-failure' ? 'released-permanent-failure' : 'released';
    },
    setState(id, state) {
      const host = hosts.get(id);
      if (!host) return;
      host.state = state;
      host.cleanAt = undefined;
    },
    tick() {
      for (const host of hosts.values()) {
        advance(host, now(), times);
        if (host.releasedAt !== undefined && now() - host.releasedAt > shownMs) hosts.delete(host.id);
      }
    },
  };
}

/** It is occupied until its machine is over, and cleans itself from then on, however late that is seen. */
function advance(host: StandInHost, now: Time, times: HostTimes): void {
  const { machine } = host;
  if (machine?.overAt !== undefined && now >= machine.overAt) {
    host.machine = undefined;
    if (host.state === 'available') clean(host, machine.overAt + times.scrubMs, times);
  }
  if (host.state === 'pending' && host.cleanAt !== undefined && now >= host.cleanAt) {
    host.state = 'available';
    host.cleanAt = undefined;
  }
}

function clean(host: StandInHost, until: Time, { earlyMs }: HostTimes): void {
  host.state = 'pending';
  host.cleanAt = until;
  host.refusesUntil = until + earlyMs;
}

/** Ids are those of no order, as in EC2. */
const newHost = (
  { region, zone, type }: Omit<Slot, 'market'>,
  tags: Tags,
  number: number,
  allocatedAt: Time,
): StandInHost => ({
  region,
  zone,
  type,
  id: `h-${createHash('sha256').update(`${region}/host/${number}`).digest('hex').slice(0, 17)}`,
  state: 'available',
  allocatedAt,
  releasedAt: undefined,
  tags,
  machine: undefined,
  cleanAt: undefined,
  refusesUntil: 0,
});
