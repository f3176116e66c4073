// The operations of EC2 that Callsheet calls, over the stand-in's machines and hosts.
import type * as z from 'zod/mini';
import { deleteBelonging, describeBelongings } from './belonging-operations.ts';
import { fleets } from './fleets.ts';
import { allocations, describeHosts, releaseHosts } from './host-operations.ts';
import { inputs, type Paged } from './inputs.ts';
import {
  fitting,
  isShown,
  type Place,
  paged,
  parse,
  type StandInImage,
  tagOf,
  tagsOf,
  wireTags,
} from './reading.ts';
import { refuse } from './refused.ts';
import type { Resets } from './resets.ts';
import { createTags, launches } from './running.ts';
import type { Operation } from './trouble.ts';
import type { Content, Form } from './wire.ts';
import type { Machine } from './world.ts';

/** Does one call. Throws `Refused`. */
export type Perform = (operation: Operation, region: string, form: Form) => { [name: string]: Content };

export function performer(place: Place, resets: Resets, tick: () => void): Perform {
  const createFleet = fleets(place);
  const allocate = allocations(place);
  const launch = launches(place);
  return (operation, region, form) => {
    tick();
    switch (operation) {
      case 'CreateFleet':
        return createFleet(region, parse(inputs.CreateFleet, form));
      case 'DescribeInstances':
        return describeInstances(place, region, parse(inputs.DescribeInstances, form));
      case 'TerminateInstances':
        return terminate(place, region, parse(inputs.TerminateInstances, form).InstanceId);
      case 'DescribeSubnets':
        return describeSubnets(place, region, parse(inputs.DescribeSubnets, form));
      case 'DescribeImages':
        return describeImages(place, parse(inputs.DescribeImages, form));
      case 'RunInstances':
        return { instancesSet: [wireMachine(launch(region, parse(inputs.RunInstances, form)))] };
      case 'AllocateHosts':
        return allocate(region, parse(inputs.AllocateHosts, form));
      case 'DescribeHosts':
        return describeHosts(place, region, parse(inputs.DescribeHosts, form));
      case 'ReleaseHosts':
        return releaseHosts(place, region, parse(inputs.ReleaseHosts, form).HostId);
      case 'CreateReplaceRootVolumeTask':
        return resets.create(region, parse(inputs.CreateReplaceRootVolumeTask, form));
      case 'DescribeReplaceRootVolumeTasks':
        return resets.describe(region, parse(inputs.DescribeReplaceRootVolumeTasks, form));
      case 'CreateTags': {
        const { ResourceId, Tag } = parse(inputs.CreateTags, form);
        createTags(place, region, ResourceId, tagsOf(Tag));
        return { return: 'true' };
      }
      case 'DescribeVolumes':
        return describeBelongings(place, 'volume', region, parse(inputs.DescribeVolumes, form));
      case 'DescribeNetworkInterfaces':
        return describeBelongings(place, 'interface', region, parse(inputs.DescribeNetworkInterfaces, form));
      case 'DeleteVolume':
        return deleteBelonging(place, 'volume', region, parse(inputs.DeleteVolume, form).VolumeId);
      case 'DeleteNetworkInterface': {
        const { NetworkInterfaceId } = parse(inputs.DeleteNetworkInterface, form);
        return deleteBelonging(place, 'interface', region, NetworkInterfaceId);
      }
    }
  };
}

function describeInstances(place: Place, region: string, input: Paged) {
  const here = [...place.world.machines.values()].filter(
    (machine) =>
      machine.region === region &&
      isShown(place, machine.launchedAt) &&
      !place.trouble.unlisted?.includes(machine.id),
  );
  const found = fitting(here, input.Filter, (machine, filter) => {
    if (filter === 'instance-id') return machine.id;
    if (filter === 'instance-state-name') return machine.state;
    return filter.startsWith('tag:') ? tagOf(machine.tags, filter) : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  return { reservationSet: page.map((machine) => ({ instancesSet: [wireMachine(machine)] })), nextToken };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html */
const wireMachine = (machine: Machine): Content => ({
  instanceId: machine.id,
  imageId: machine.image ?? 'ami-0123456789abcdef0',
  instanceState: { name: machine.state },
  instanceType: machine.type,
  launchTime: new Date(machine.launchedAt).toISOString(),
  placement: {
    availabilityZone: machine.zone,
    tenancy: machine.host === undefined ? 'default' : 'host',
    hostId: machine.host,
  },
  subnetId: machine.subnet,
  ipAddress: machine.state === 'running' ? machine.address : undefined,
  instanceLifecycle: machine.market === 'spot' ? 'spot' : undefined,
  tagSet: wireTags(machine.tags),
});

/** One id that is not there, and nothing ends; one that is guarded saves its zone. */
function terminate(place: Place, region: string, ids: readonly string[]) {
  const { world, trouble } = place;
  const malformed = ids.find((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (malformed !== undefined) refuse('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  const there = ids.flatMap((id) => {
    const machine = world.machines.get(id);
    return machine && machine.region === region && isShown(place, machine.launchedAt) ? machine : [];
  });
  const absent = ids.filter((id) => !there.some((machine) => machine.id === id));
  if (absent.length === 1)
    refuse('InvalidInstanceID.NotFound', `The instance ID '${absent[0]}' does not exist`);
  if (absent.length > 1)
    refuse('InvalidInstanceID.NotFound', `The instance IDs '${absent.join(', ')}' do not exist`);
  const guarded = there.filter(({ id }) => trouble.guarded?.includes(id));
  for (const { id, zone } of there) if (!guarded.some((machine) => machine.zone === zone)) world.end(id);
  if (guarded.length > 0)
    refuse(
      'OperationNotPermitted',
      `The instance '${guarded[0]?.id}' may not be terminated. Modify its 'disableApiTermination' attribute.`,
    );
  world.tick();
  return {
    instancesSet: there.map(({ id, state }) => ({ instanceId: id, currentState: { name: state } })),
  };
}

function describeSubnets(place: Place, region: string, input: Paged) {
  const all = [...place.subnets(region)].map(([zone, id]) => ({ zone, id }));
  const found = fitting(all, input.Filter, (_, filter) => {
    if (filter === 'state') return 'available';
    return filter.startsWith('tag:') ? tagOf(place.subnetTags, filter) : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  return {
    subnetSet: page.map(({ zone, id }) => ({ subnetId: id, availabilityZone: zone, state: 'available' })),
    nextToken,
  };
}

function describeImages(place: Place, input: z.infer<typeof inputs.DescribeImages>) {
  const owned = place.images.filter(({ owner }) => input.Owner.includes(owner));
  const found = fitting(owned, input.Filter, (image, filter) => {
    if (filter === 'state') return 'available';
    if (filter === 'name') return image.name;
    return filter === 'architecture' ? image.architecture : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  const wire = ({ id, name, createdAt }: StandInImage): Content => ({
    imageId: id,
    name,
    creationDate: createdAt,
    imageState: 'available',
  });
  return { imagesSet: page.map(wire), nextToken };
}
