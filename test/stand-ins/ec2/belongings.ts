// Volumes and network interfaces: each machine has one of each. They go with it, as a rule.
import { createHash } from 'node:crypto';
import type { Trouble } from './trouble.ts';
import type { Machine, Tags, Time, World } from './world.ts';

export interface Belonging {
  kind: 'volume' | 'interface';
  /** `vol-…` or `eni-…` */
  id: string;
  region: string;
  zone: string;
  madeAt: Time;
  tags: Tags;
  /** What it is attached to. Undefined: nothing. */
  machine: Machine | undefined;
}

export interface Belongings {
  /** In the order of their making. */
  readonly things: ReadonlyMap<string, Belonging>;
  /** Makes one that is attached to nothing. */
  plant(kind: Belonging['kind'], tags: Tags, at: { region: string; zone: string }): Belonging;
  delete(id: string): void;
  /** Lets happen what is due by now. */
  tick(): void;
}

const prefixes = { volume: 'vol', interface: 'eni' } as const;

export function belongingsOf(world: World, trouble: Trouble, now: () => Time): Belongings {
  const things = new Map<string, Belonging>();
  const equipped = new Set<string>();
  let number = 0;

  function make(kind: Belonging['kind'], made: Omit<Belonging, 'kind' | 'id'>): Belonging {
    number += 1;
    const digits = createHash('sha256').update(`${made.region}/${kind}/${number}`).digest('hex').slice(0, 17);
    const thing = { ...made, kind, id: `${prefixes[kind]}-${digits}` };
    things.set(thing.id, thing);
    return thing;
  }

  function equip(machine: Machine): void {
    const { region, zone, launchedAt: madeAt, resources } = machine;
    equipped.add(machine.id);
    make('volume', { region, zone, madeAt, machine, tags: resources.volume ?? {} });
    make('interface', { region, zone, madeAt, machine, tags: resources['network-interface'] ?? {} });
  }

  /** It is deleted with its machine, unless EC2 does not keep to that. */
  function advance(thing: Belonging): void {
    if (thing.machine?.state !== 'terminated') return;
    if (trouble.leaves?.(thing.machine)) thing.machine = undefined;
    else things.delete(thing.id);
  }

  return {
    things,
    plant: (kind, tags, at) => make(kind, { ...at, madeAt: now(), machine: undefined, tags }),
    delete: (id) => void things.delete(id),
    tick() {
      for (const machine of world.machines.values()) if (!equipped.has(machine.id)) equip(machine);
      things.forEach(advance);
    },
  };
}
