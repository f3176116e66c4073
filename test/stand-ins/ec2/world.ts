// Machines in virtual time: they are pending, run, and end. They are shown for an hour after their end.
import { createHash } from 'node:crypto';
import type { Slot } from './trouble.ts';

/** Milliseconds since 1970-01-01 UTC. */
export type Time = number;

export type State = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export const taggable = ['fleet', 'instance', 'volume', 'network-interface'] as const;
export type Resource = (typeof taggable)[number];
export type Tags = Record<string, string>;

export interface Machine extends Slot {
  /** `i-…` */
  id: string;
  subnet: string;
  /** The Dedicated Host that it is on. */
  host?: string | undefined;
  /** Absent: the launch template has one. */
  image: string | undefined;
  template: string;
  state: State;
  launchedAt: Time;
  endedAt: Time | undefined;
  /** When it is over, once its end has begun. */
  overAt: Time | undefined;
  /** Its public address. */
  address: string;
  /** Of the instance. */
  tags: Tags;
  /** Of all that was tagged with it, the instance included. */
  resources: Partial<Record<Resource, Tags>>;
  /** Aborted when its end begins: for those who run something as the machine. */
  ended: AbortSignal;
}

export type Birth = Slot & Pick<Machine, 'subnet' | 'image' | 'template' | 'resources' | 'host'>;

export interface WorldSettings {
  now: () => Time;
  /** From the launch until it runs. Default: 0. */
  bootMs?: number | undefined;
  /** From the wish that it ends until it has. Default: 0. */
  endMs?: number | undefined;
  /** The same for a machine on a host, as it is when its end begins. */
  hostedEndMs: () => number;
  /** It has begun this state. */
  onState?: ((machine: Machine) => void) | undefined;
}

export interface World {
  /** In the order of their start. */
  readonly machines: ReadonlyMap<string, Machine>;
  start(birth: Birth): Machine;
  /** One that ends, or has ended, stays as it is. */
  end(id: string): void;
  setState(id: string, state: State): void;
  /** Lets happen what is due by now. */
  tick(): void;
}

export const shownMs = 60 * 60_000;

export const isLiving = ({ state }: Machine): boolean => state !== 'shutting-down' && state !== 'terminated';

export function world({ now, bootMs = 0, endMs = 0, hostedEndMs, onState }: WorldSettings): World {
  const machines = new Map<string, Machine>();
  const endings = new Map<string, AbortController>();

  function enter(machine: Machine, state: State): void {
    machine.state = state;
    onState?.(machine);
  }

  function advance(machine: Machine): void {
    const { state, launchedAt, endedAt = now(), overAt = now() } = machine;
    if (state === 'pending' && now() - launchedAt >= bootMs) enter(machine, 'running');
    if (state === 'shutting-down' && now() >= overAt) enter(machine, 'terminated');
    if (state === 'terminated' && now() - endedAt > shownMs) machines.delete(machine.id);
  }

  return {
    machines,
    start(birth) {
      const ending = new AbortController();
      const machine = newMachine(birth, endings.size + 1, now(), ending.signal);
      machines.set(machine.id, machine);
      endings.set(machine.id, ending);
      enter(machine, 'pending');
      return machine;
    },
    end(id) {
      const machine = machines.get(id);
      if (!machine || !isLiving(machine)) return;
      machine.endedAt = now();
      machine.overAt = now() + (machine.host === undefined ? endMs : hostedEndMs());
      endings.get(id)?.abort();
      enter(machine, 'shutting-down');
    },
    setState(id, state) {
      const machine = machines.get(id);
      if (machine) enter(machine, state);
    },
    tick: () => machines.forEach(advance),
  };
}

/** Ids are those of no order, as in EC2. */
const newMachine = (birth: Birth, number: number, launchedAt: Time, ended: AbortSignal): Machine => ({
  ...birth,
  id: `i-${createHash('sha256').update(`${birth.region}/${number}`).digest('hex').slice(0, 17)}`,
  state: 'pending',
  launchedAt,
  endedAt: undefined,
  overAt: undefined,
  address: `198.18.${number >> 8}.${number & 255}`,
  tags: birth.resources.instance ?? {},
  ended,
});
