// CreateFleet of type `instant`: tokens, offerings in their order, partial fleets, errors for each offering.
import { createHash } from 'node:crypto';
import type { FleetInput } from './inputs.ts';
import { needTemplate, type Place, tagsOf } from './reading.ts';
import { oncePerToken } from './tokens.ts';
import type { Refusal, Slot } from './trouble.ts';
import type { Content } from './wire.ts';
import { type Birth, isLiving, type Machine } from './world.ts';

export type FleetAnswer = { [name: string]: Content };

type Override = FleetInput['LaunchTemplateConfigs'][number]['Overrides'][number];

/** Answers a token that is known with what was answered then, whatever has become of the machines. */
export const fleets = (place: Place): ((region: string, input: FleetInput) => FleetAnswer) =>
  oncePerToken((region, input) => createFleet(place, region, input));

function createFleet(place: Place, region: string, input: Omit<FleetInput, 'ClientToken'>): FleetAnswer {
  const [config] = input.LaunchTemplateConfigs;
  const template = config?.LaunchTemplateSpecification.LaunchTemplateName ?? '';
  needTemplate(place, template);
  const { TotalTargetCapacity: wanted, DefaultTargetCapacityType: market } =
    input.TargetCapacitySpecification;
  const resources = Object.fromEntries(
    input.TagSpecification.map(({ ResourceType, Tag }) => [ResourceType, tagsOf(Tag)]),
  );
  const machines: Machine[] = [];
  const errors: Content[] = [];
  for (const override of config?.Overrides ?? []) {
    const slot = { region, zone: override.AvailabilityZone, type: override.InstanceType, market };
    const birth = { ...slot, subnet: override.SubnetId, image: override.ImageId, template, resources };
    const refusal = fill(place, birth, wanted, machines);
    if (refusal) errors.push(errorOf(override, slot, refusal));
  }
  const number = createHash('sha256').update(JSON.stringify(machines.map(({ id }) => id)));
  return {
    fleetId: `fleet-${number.digest('hex').slice(0, 32)}`,
    fleetInstanceSet: config?.Overrides.flatMap((override) => instancesOf(override, machines)) ?? [],
    errorSet: errors,
  };
}

/** Starts machines as one slot until there are enough. Answers why there are not. */
function fill({ world, subnets, trouble }: Place, birth: Birth, wanted: number, machines: Machine[]) {
  if (machines.length < wanted && subnets(birth.region).get(birth.zone) !== birth.subnet)
    return {
      code: 'InvalidSubnetID.NotFound',
      message: `The subnet ID '${birth.subnet}' does not exist`,
    };
  while (machines.length < wanted) {
    const refusal = trouble.short?.(birth, runningAs(birth, world.machines));
    if (refusal) return refusal;
    machines.push(world.start(birth));
  }
  return undefined;
}

const runningAs = (slot: Slot, machines: ReadonlyMap<string, Machine>): number =>
  [...machines.values()].filter(
    (each) =>
      isLiving(each) &&
      each.region === slot.region &&
      each.zone === slot.zone &&
      each.type === slot.type &&
      each.market === slot.market,
  ).length;

const wireOverride = ({ InstanceType, SubnetId, AvailabilityZone, ImageId }: Override): Content => ({
  overrides: {
    instanceType: InstanceType,
    subnetId: SubnetId,
    availabilityZone: AvailabilityZone,
    imageId: ImageId,
  },
});

const errorOf = (override: Override, { market }: Slot, { code, message = code }: Refusal): Content => ({
  errorCode: code,
  errorMessage: message,
  lifecycle: market,
  launchTemplateAndOverrides: wireOverride(override),
});

function instancesOf(override: Override, machines: readonly Machine[]): Content[] {
  const own = machines.filter(
    ({ type, subnet }) => type === override.InstanceType && subnet === override.SubnetId,
  );
  const [first] = own;
  if (!first) return [];
  return [
    {
      instanceIds: own.map(({ id }) => id),
      instanceType: first.type,
      lifecycle: first.market,
      launchTemplateAndOverrides: wireOverride(override),
    },
  ];
}
