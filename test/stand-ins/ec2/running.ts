// RunInstances on a host, and tags on machines that run.
import type { RunInput } from './host-inputs.ts';
import { isReleased } from './hosts.ts';
import { needTemplate, type Place, tagsOf } from './reading.ts';
import { refuse } from './refused.ts';
import { oncePerToken } from './tokens.ts';
import { isLiving, type Machine, type Tags } from './world.ts';

/** A token that is known is answered with the machine of then, while that lives. */
export function launches(place: Place): (region: string, input: RunInput) => Machine {
  const launch = oncePerToken((region, input: Omit<RunInput, 'ClientToken'>) => run(place, region, input));
  return (region, input) => {
    const machine = launch(region, input);
    if (!isLiving(machine))
      refuse(
        'IdempotentInstanceTerminated',
        'The client token was used for an instance that has been terminated.',
      );
    return machine;
  };
}

function run(place: Place, region: string, input: Omit<RunInput, 'ClientToken'>): Machine {
  const { world, hosts, trouble, subnets } = place;
  const { SubnetId: subnet, InstanceType: type, Placement, TagSpecification } = input;
  const template = input.LaunchTemplate.LaunchTemplateName;
  needTemplate(place, template);
  const zone = [...subnets(region)].find(([, id]) => id === subnet)?.[0];
  if (zone === undefined)
    return refuse('InvalidSubnetID.NotFound', `The subnet ID '${subnet}' does not exist`);
  const id = Placement.HostId;
  const host = hosts.hosts.get(id);
  if (!host || host.region !== region || isReleased(host))
    return refuse('InvalidHostID.NotFound', `The host ID '${id}' does not exist`);
  if (host.zone !== zone || host.type !== type)
    refuse('InvalidParameterCombination', `Host ${id} is for ${host.type} in ${host.zone}`);
  if (!hosts.takes(host))
    refuse(
      'InsufficientCapacityOnHost',
      `Dedicated host ${id} has insufficient capacity to launch the instances in this request.`,
    );
  const slot = { region, zone, type, market: 'on-demand' } as const;
  const refusal = trouble.short?.(slot, 0);
  if (refusal) refuse(refusal.code, refusal.message ?? refusal.code);
  const resources = Object.fromEntries(
    TagSpecification.map(({ ResourceType, Tag }) => [ResourceType, tagsOf(Tag)]),
  );
  const machine = world.start({ ...slot, subnet, image: input.ImageId, template, resources, host: id });
  host.machine = machine;
  return machine;
}

/** Of machines only: nothing else of ours is tagged later. */
export function createTags({ world }: Place, region: string, ids: readonly string[], tags: Tags): void {
  const machines = ids.map((id) => {
    const machine = world.machines.get(id);
    if (machine?.region === region) return machine;
    return refuse('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  });
  for (const machine of machines) machine.tags = { ...machine.tags, ...tags };
}
