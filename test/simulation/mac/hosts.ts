// Simulated Dedicated Hosts by EC2's rules for Macs: paid for a day, one machine at a time, then cleaned.
import { macs } from '../../../shared/policy/macs.ts';
import type { HostState } from '../../../shared/scheduler/host-records.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import { hostStates } from './host-states.ts';
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
  const { time, chance } = world;
  const all = new Map<string, SimulatedHost>();
  const recent = new Set<SimulatedHost>();
  const { begin, enter, clean, note } = hostStates(world, moods, lose);
  return {
    all,
    /** Those that are shown: all that are held, and what was released lately. */
    recent,
    allocate(birth: Birth): SimulatedHost {
      const host = newHost(birth, all.size + 1, time.now(), chance.between(0, lagMs));
      all.set(host.id, host);
      recent.add(host);
      begin(host);
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

const newHost = (birth: Birth, number: number, now: number, hiddenMs: number): SimulatedHost => ({
  ...birth,
  id: `h-${number.toString(16).padStart(17, '0')}`,
  usdPerHour: priceOf(birth.type),
  allocatedAt: now,
  state: 'available',
  unbilledMs: 0,
  cleanings: 0,
  takesFrom: 0,
  jobs: 0,
  dirty: false,
  visibleAt: now + hiddenMs,
  past: [],
});

export type SimulatedHosts = ReturnType<typeof simulatedHosts>;

/** What EC2 bills for a host until it was released, in US dollars. */
export const billOf = ({ allocatedAt, releasedAt = allocatedAt, unbilledMs, usdPerHour }: SimulatedHost) =>
  (usdPerHour * (releasedAt - allocatedAt - unbilledMs)) / (60 * minute);
