// DescribeVolumes, DescribeNetworkInterfaces, DeleteVolume and DeleteNetworkInterface.
import type { Belonging } from './belongings.ts';
import type { Paged } from './inputs.ts';
import { fitting, isShown, type Place, paged, tagOf, wireTags } from './reading.ts';
import { refuse } from './refused.ts';
import type { Content } from './wire.ts';

type Answer = { [name: string]: Content };

const sets = { volume: 'volumeSet', interface: 'networkInterfaceSet' } as const;

export function describeBelongings(
  place: Place,
  kind: Belonging['kind'],
  region: string,
  input: Paged,
): Answer {
  const here = [...place.belongings.things.values()].filter(
    (thing) => thing.kind === kind && thing.region === region && isShown(place, thing.madeAt),
  );
  const found = fitting(here, input.Filter, (thing, filter) => {
    if (filter === 'status') return statusOf(thing);
    return filter.startsWith('tag:') ? tagOf(thing.tags, filter) : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  return { [sets[kind]]: page.map(kind === 'volume' ? wireVolume : wireInterface), nextToken };
}

const statusOf = ({ machine }: Belonging): string => (machine ? 'in-use' : 'available');

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html */
const wireVolume = (thing: Belonging): Content => ({
  volumeId: thing.id,
  size: 100,
  availabilityZone: thing.zone,
  status: statusOf(thing),
  createTime: new Date(thing.madeAt).toISOString(),
  attachmentSet: thing.machine ? [{ volumeId: thing.id, instanceId: thing.machine.id }] : [],
  tagSet: wireTags(thing.tags),
  volumeType: 'gp3',
  iops: 3000,
  throughput: 125,
});

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html */
const wireInterface = (thing: Belonging): Content => ({
  networkInterfaceId: thing.id,
  availabilityZone: thing.zone,
  status: statusOf(thing),
  attachment: thing.machine && {
    attachmentId: `eni-attach-${thing.id.slice('eni-'.length)}`,
    instanceId: thing.machine.id,
  },
  tagSet: wireTags(thing.tags),
});

/** What is attached is refused. */
export function deleteBelonging(place: Place, kind: Belonging['kind'], region: string, id: string): Answer {
  const thing = place.belongings.things.get(id);
  if (thing?.kind !== kind || thing.region !== region) return refuseAbsent(kind, id);
  if (thing.machine) refuseAttached(kind, id, thing.machine.id);
  place.belongings.delete(id);
  return { return: 'true' };
}

const refuseAbsent = (kind: Belonging['kind'], id: string): never =>
  kind === 'volume'
    ? refuse('InvalidVolume.NotFound', `The volume '${id}' does not exist.`)
    : refuse('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);

const refuseAttached = (kind: Belonging['kind'], id: string, machine: string): never =>
  kind === 'volume'
    ? refuse('VolumeInUse', `Volume ${id} is currently attached to ${machine}`)
    : refuse('InvalidParameterValue', `Network interface '${id}' is currently in use.`);
