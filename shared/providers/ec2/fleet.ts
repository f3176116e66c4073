// A launch as one call of CreateFleet, and what its answer says.
import type {
  _InstanceType,
  CreateFleetCommandInput,
  CreateFleetResult,
  FleetLaunchTemplateOverridesRequest,
  LaunchTemplateAndOverridesResponse,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import { machineTags } from '../../contract/machine.ts';
import { offeringKey } from '../../contract/offerings.ts';
import type { Launch } from '../../scheduler/records.ts';
import type { FleetError } from './faults.ts';
import type { Started } from './finding.ts';
import { type Asked, askedOf, type FleetRequest } from './request.ts';
import { tokenOf } from './token.ts';

/** A request, and the ids that were looked up for it. */
export interface Placed {
  request: FleetRequest;
  /** By zone. */
  subnets: ReadonlyMap<string, string>;
  /** Instead of the launch template's. */
  image: string | undefined;
}

/** Fleets that keep themselves take no more; those of type `instant` are not known to take more. */
const mostOverrides = 300;

/** Offerings that can be asked for: zones without a subnet cannot. */
export const placeable = ({ request, subnets }: Placed): Asked[] =>
  askedOf(request)
    .filter(({ zone }) => subnets.has(zone))
    .slice(0, mostOverrides);

/**
 * The strategies are those that the user guide recommends.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-allocation-strategy.html
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instant-fleet.html
 */
export function fleetInput(launch: Launch, installation: string, placed: Placed): CreateFleetCommandInput {
  const { n, market, template } = placed.request;
  return {
    Type: 'instant',
    ClientToken: tokenOf(installation, launch.id, launch.askedAt),
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: { LaunchTemplateName: template, Version: '$Latest' },
        Overrides: overridesOf(placed),
      },
    ],
    TargetCapacitySpecification: { TotalTargetCapacity: n, DefaultTargetCapacityType: market },
    ...(market === 'spot'
      ? { SpotOptions: { AllocationStrategy: 'price-capacity-optimized' } }
      : { OnDemandOptions: { AllocationStrategy: 'lowest-price' } }),
    TagSpecifications: tagsOf(launch, installation, placed.request),
  };
}

const overridesOf = (placed: Placed): FleetLaunchTemplateOverridesRequest[] =>
  placeable(placed).flatMap(({ type, zone }) =>
    isInstanceType(type)
      ? {
          InstanceType: type,
          SubnetId: placed.subnets.get(zone),
          // The subnet says it too; errors name what was asked.
          AvailabilityZone: zone,
          ...(placed.image !== undefined && { ImageId: placed.image }),
        }
      : [],
  );

/** EC2 knows its types better than the list that the SDK was released with. */
export const isInstanceType = (name: string): name is _InstanceType => /^[a-z0-9-]+\.[a-z0-9-]+$/.test(name);

/** Requests for spot machines are tagged by the launch template: CreateFleet cannot. */
function tagsOf({ id, pool }: Launch, installation: string, { url, gpu }: FleetRequest): TagSpecification[] {
  const Tags = [
    { Key: machineTags.installation, Value: installation },
    { Key: machineTags.pool, Value: pool },
    { Key: machineTags.launch, Value: id },
    { Key: machineTags.url, Value: url },
    { Key: machineTags.gpu, Value: gpu },
  ];
  const resources = ['fleet', 'instance', 'volume', 'network-interface'] as const;
  return resources.map((ResourceType) => ({ ResourceType, Tags }));
}

/** The machines of an answer, in the order of their ids, so that a later look finds the same order. */
export function startedBy({ Instances = [] }: CreateFleetResult, placed: Placed): Started[] {
  const machines = Instances.flatMap(({ InstanceIds = [], InstanceType, AvailabilityZone, ...rest }) => {
    const [offering, ...others] = offeringsOf(placed, {
      InstanceType,
      AvailabilityZone,
      ...rest.LaunchTemplateAndOverrides?.Overrides,
    });
    const terms =
      offering && others.length === 0
        ? { offering: offeringKey(offering), usdPerHour: offering.usdPerHour }
        : undefined;
    return InstanceIds.map((id) => ({ id, terms }));
  });
  return machines.sort((one, other) => one.id.localeCompare(other.id));
}

export const errorsOf = ({ Errors = [] }: CreateFleetResult, placed: Placed): FleetError[] =>
  Errors.map(({ ErrorCode, ErrorMessage, LaunchTemplateAndOverrides }) => ({
    code: ErrorCode ?? 'none',
    words: ErrorMessage ?? '',
    offerings: offeringsOf(placed, LaunchTemplateAndOverrides?.Overrides ?? {}),
  }));

type Override = Pick<
  NonNullable<LaunchTemplateAndOverridesResponse['Overrides']>,
  'InstanceType' | 'AvailabilityZone' | 'SubnetId'
>;

/** The offerings that an override is: all that fit what it says. */
function offeringsOf(placed: Placed, { InstanceType, AvailabilityZone, SubnetId }: Override): Asked[] {
  const fits = ({ type, zone }: Asked): boolean =>
    (InstanceType === undefined || type === InstanceType) &&
    (AvailabilityZone === undefined || zone === AvailabilityZone) &&
    (SubnetId === undefined || placed.subnets.get(zone) === SubnetId);
  return placeable(placed).filter(fits);
}
