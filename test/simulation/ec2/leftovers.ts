// Volumes and network interfaces of a simulated EC2 that are attached to nothing, and the calls that see and
// delete them.
import type { Filters } from '../../../shared/providers/ec2/calls.ts';
import type { LeftoverCalls } from '../../../shared/providers/ec2/leftovers/calls.ts';
import type { Mark, SimulatedCloud } from '../cloud.ts';
import { broken } from '../named.ts';
import { second } from '../time.ts';
import type { World } from '../world.ts';
import { refusal } from './fleets.ts';
import type { Regions } from './regions.ts';

export interface Thing {
  kind: 'volume' | 'interface';
  id: string;
  region: string;
  mark: Mark;
  tags: Readonly<Record<string, string>>;
  madeAt: number;
  goneAt?: number;
}

/** How a call comes to a region. */
export type Ask = <T>(region: string, what: string, effect: () => T) => Promise<T>;

/** It is shown this much later than it was made, and than it was deleted, at most. */
const lagMs = 30 * second;

/** Those of others, or with the protect tag, are never deleted. */
export function simulatedThings(world: World, { things }: Pick<SimulatedCloud, 'things'>, regions: Regions) {
  const { time, chance, breaks, say } = world;
  const isShown = ({ madeAt, goneAt = Number.POSITIVE_INFINITY }: Thing): boolean => {
    const at = time.now() - chance.between(0, lagMs);
    return madeAt <= at && at < goneAt;
  };
  const listed = (kind: Thing['kind'], region: string, filters: Filters): Thing[] => {
    if (regions.isEmptied(region)) return [];
    return [...things.values()].filter(
      (thing) => thing.kind === kind && thing.region === region && isShown(thing) && fits(thing, filters),
    );
  };
  const remove = (id: string, absent: string, by: string): void => {
    const thing = things.get(id);
    if (!thing || thing.goneAt !== undefined) throw refusal(absent);
    if (thing.mark !== 'stray') breaks(broken(11, `${thing.mark} ${thing.kind} ${id} is deleted`));
    say(`EC2: ${by} deletes ${id}`);
    thing.goneAt = time.now();
  };
  return {
    plant(thing: Pick<Thing, 'region' | 'mark' | 'tags'>): void {
      const kind = chance.pick(['volume', 'interface'] as const);
      const number = (things.size + 1).toString(16).padStart(17, '0');
      const id = `${kind === 'volume' ? 'vol' : 'eni'}-${number}`;
      things.set(id, { ...thing, kind, id, madeAt: time.now() });
      say(`EC2: ${id} appears (${thing.mark})`);
    },
    calls: (ask: Ask, by: string): LeftoverCalls => ({
      volumes: (region, filters) =>
        ask(region, 'volumes', () => listed('volume', region, filters).map(asVolume)),
      interfaces: (region, filters) =>
        ask(region, 'interfaces', () => listed('interface', region, filters).map(asInterface)),
      deleteVolume: (region, id) =>
        ask(region, `delete ${id}`, () => remove(id, 'InvalidVolume.NotFound', by)),
      deleteInterface: (region, id) =>
        ask(region, `delete ${id}`, () => remove(id, 'InvalidNetworkInterfaceID.NotFound', by)),
    }),
  };
}

const fits = ({ tags }: Thing, filters: Filters): boolean =>
  Object.entries(filters).every(([name, values]) =>
    values.includes(name === 'status' ? 'available' : (tags[name.replace(/^tag:/, '')] ?? '')),
  );

const tagList = (tags: Thing['tags']) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const asVolume = ({ id, tags, madeAt }: Thing) => ({
  VolumeId: id,
  State: 'available' as const,
  CreateTime: new Date(madeAt),
  VolumeType: 'gp3' as const,
  Size: 100,
  Iops: 3000,
  Throughput: 125,
  Tags: tagList(tags),
});

const asInterface = ({ id, tags }: Thing) => ({
  NetworkInterfaceId: id,
  Status: 'available' as const,
  TagSet: tagList(tags),
});
