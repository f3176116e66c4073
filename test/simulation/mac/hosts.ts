// Simulated Dedicated Hosts by EC2's rules for Macs: paid for a day, one machine at a time, cleaned after each.
import { macs } from '../../../shared/policy/macs.ts';
import type { HostState } from '../../../shared/scheduler/host-records.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import type { Mac } from './macs.ts';
import type { Moods } from './moods.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-mac-instances.html */
export const leastMs = 24 * 60 * minute;

/** What was released counts in its quota, and is shown, for so long. */
const countedMs = 5 * minute;
const shownMs = 30 * minute;

/** How much later than it happens a state is shown, at most. */
export const lagMs = 30 * second;

export interface SimulatedHost {
  id: string;
  /** Its tags: the installation, and our id of it. */
  tags: Record<string, string>;
  type: string;
  zone: string;
  usdPerHour: number;
  allocatedAt: number;
  state: HostState;
  /** The machine on it, until that has ended. */
  mac?: Mac | undefined;
  /** Since when it cleans itself, and for how long it has before, in ms: it costs nothing then. */
  pendingSince?: number | undefined;
  unbilledMs: number;
  cleanings: number;
  /** Shown as available, it refuses machines until then. */
  takesFrom: number;
  /** Jobs whose first step ran on it. */
  jobs: number;
  /** A machine has ended on it since it was cleaned. */
  dirty: boolean;
  releasedAt?: number;
  visibleAt: number;
  /** How it was in the last while, oldest first: what is shown may be old. */
  past: Shot[];
}

interface Shot {
  at: number;
  state: HostState;
  machines: string[];
}

export type Birth = Pick<SimulatedHost, 'tags' | 'type' | 'zone'>;

const prices = new Map(Object.values(macs).map(({ type, usdPerHour }) => [String(type), usdPerHour]));

/** US dollars for an hour of a host. */
export const priceOf = (type: string): number => prices.get(type) ?? 0;

export const isReleased = ({ state }: SimulatedHost): boolean => state.startsWith('released');

/** Hosts, and what happens to them. `lose`: the machine on a host ends with it. */
export function simulatedHosts(world: World, moods: Moods, lose: (mac: Mac) => void) {
  const { time, chance, say } = world;
  const hosts = new Map<string, SimulatedHost>();
  const recent = new Set<SimulatedHost>();

  const enter = (host: SimulatedHost, state: HostState): void => {
    if (host.state === 'pending') {
      host.unbilledMs += time.now() - (host.pendingSince ?? time.now());
      host.pendingSince = undefined;
    }
    host.state = state;
    if (state === 'pending') host.pendingSince = time.now();
    note(host);
    say(`EC2: ${host.id} is ${state}`);
  };
  const note = (host: SimulatedHost): void => {
    host.past.push({ at: time.now(), state: host.state, machines: host.mac ? [host.mac.id] : [] });
    while (host.past[1] && host.past[1].at < time.now() - lagMs) host.past.shift();
  };
  const clean = (host: SimulatedHost, ms: number): void => {
    host.cleanings += 1;
    host.dirty = false;
    enter(host, 'pending');
    const early = chance.chance(moods.early) ? chance.between(minute, 14 * minute) : 0;
    time.after(ms, () => {
      if (host.state !== 'pending') return;
      host.takesFrom = time.now() + early;
      enter(host, 'available');
    });
  };
  /** It is looked into, and is well again, or never. */
  const assess = (host: SimulatedHost): void => {
    if (isReleased(host) || host.state === 'permanent-failure') return;
    enter(host, 'under-assessment');
    const isLost = chance.chance(0.4);
    if (host.mac && chance.chance(0.7)) lose(host.mac);
    time.after(chance.between(5 * minute, 60 * minute), () => {
      if (isReleased(host)) return;
      if (isLost) enter(host, 'permanent-failure');
      else if (host.dirty) clean(host, moods.scrubMs());
      else enter(host, 'available');
    });
  };
  const settle = (host: SimulatedHost): void => {
    const way = chance.between(0, 1);
    if (way < 0.3) clean(host, chance.between(minute, 20 * minute));
    else if (way < 0.4) {
      enter(host, 'configuring');
      time.after(chance.between(minute, 5 * minute), () => {
        if (host.state === 'configuring') enter(host, 'available');
      });
    }
    if (chance.chance(moods.frail)) time.after(chance.between(0, leastMs), () => assess(host));
  };

  return {
    all: hosts,
    /** Those that are shown: all that are held, and what was released lately. */
    recent,
    allocate(birth: Birth): SimulatedHost {
      const host: SimulatedHost = {
        ...birth,
        id: `h-${(hosts.size + 1).toString(16).padStart(17, '0')}`,
        usdPerHour: priceOf(birth.type),
        allocatedAt: time.now(),
        state: 'available',
        unbilledMs: 0,
        cleanings: 0,
        takesFrom: 0,
        jobs: 0,
        dirty: false,
        visibleAt: time.now() + chance.between(0, lagMs),
        past: [],
      };
      hosts.set(host.id, host);
      recent.add(host);
      note(host);
      say(`EC2: ${host.id} is allocated (${birth.type} in ${birth.zone})`);
      settle(host);
      return host;
    },
    /** Hosts of a type that count in its quota. */
    counted: (type: string): number =>
      [...recent].filter(
        ({ type: own, releasedAt }) =>
          own === type && (releasedAt === undefined || time.now() - releasedAt < countedMs),
      ).length,
    /** Would it take a machine now, whatever it is shown as? */
    takes: (host: SimulatedHost): boolean =>
      host.state === 'available' && !host.mac && time.now() >= host.takesFrom,
    occupy(host: SimulatedHost, mac: Mac): void {
      host.mac = mac;
      note(host);
    },
    /** Its machine has ended. */
    vacate(host: SimulatedHost): void {
      host.mac = undefined;
      host.dirty = true;
      note(host);
      if (host.state === 'available') clean(host, moods.scrubMs());
    },
    release(host: SimulatedHost): void {
      host.releasedAt = time.now();
      time.after(shownMs, () => recent.delete(host));
      enter(host, host.state === 'permanent-failure' ? 'released-permanent-failure' : 'released');
    },
    /** The host as it was some moments ago. Undefined: it is not shown yet, or not any more. */
    shown(host: SimulatedHost): Shot | undefined {
      const { visibleAt, past } = host;
      if (visibleAt > time.now() || !recent.has(host)) return undefined;
      const at = time.now() - chance.between(0, lagMs);
      return past.findLast((shot) => shot.at <= at) ?? past[0];
    },
  };
}

export type SimulatedHosts = ReturnType<typeof simulatedHosts>;

/** What EC2 bills for a host until it was released, in US dollars. */
export const billOf = ({ allocatedAt, releasedAt = allocatedAt, unbilledMs, usdPerHour }: SimulatedHost) =>
  (usdPerHour * (releasedAt - allocatedAt - unbilledMs)) / (60 * minute);
