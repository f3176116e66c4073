// A simulated CreateFleet: tokens, offerings in their order, partial fleets, errors of offerings.
import type {
  CreateFleetCommandInput,
  CreateFleetError,
  CreateFleetInstance,
  CreateFleetResult,
  FleetLaunchTemplateOverridesRequest,
} from '@aws-sdk/client-ec2';
import { machineTags } from '../../../shared/contract/machine.ts';
import type { SimulatedCloud, Slot } from '../cloud.ts';
import type { World } from '../world.ts';
import type { Market } from './market.ts';

/** An error as EC2's client throws it. */
export const refusal = (code: string): Error => Object.assign(new Error(`simulated ${code}`), { name: code });

/** A call of CreateFleet, as far as it decides something here. */
export interface FleetCall {
  launch: string;
  pool: string;
  n: number;
  slots: Slot[];
  /** The same token has come before. */
  repeated: boolean;
}

export interface Fleets {
  /** What a call asks. */
  read(input: CreateFleetCommandInput): FleetCall;
  /** Throws EC2's error. */
  create(input: CreateFleetCommandInput): CreateFleetResult;
}

/** A token that is known is answered as it was then; when all its machines have ended, with an error. */
export function simulatedFleets(world: World, cloud: SimulatedCloud, market: Market): Fleets {
  const known = new Map<string, { input: string; answer: CreateFleetResult }>();
  const isAlive = (id: string): boolean => cloud.machines.get(id)?.alive === true;
  const read = (input: CreateFleetCommandInput): FleetCall => {
    const own = input.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance')?.Tags ?? [];
    const tag = (key: string): string => own.find(({ Key }) => Key === key)?.Value ?? '';
    return {
      launch: tag(machineTags.launch),
      pool: tag(machineTags.pool),
      n: input.TargetCapacitySpecification?.TotalTargetCapacity ?? 0,
      slots: overridesOf(input).flatMap((override) => slotOf(input, override) ?? []),
      repeated: known.has(input.ClientToken ?? ''),
    };
  };
  return {
    read,
    create(input) {
      const token = input.ClientToken ?? '';
      const before = known.get(token);
      if (before && before.input !== JSON.stringify(input)) {
        world.violations.push(`launch ${read(input).launch} was asked with another request`);
        throw refusal('IdempotentParameterMismatch');
      }
      const ids = before?.answer.Instances?.flatMap(({ InstanceIds = [] }) => InstanceIds) ?? [];
      if (ids.length > 0 && !ids.some(isAlive)) throw refusal('IdempotentInstanceTerminated');
      const answer = before?.answer ?? filled({ world, cloud, market }, input, read(input));
      known.set(token, { input: JSON.stringify(input), answer });
      return answer;
    },
  };
}

const overridesOf = ({ LaunchTemplateConfigs = [] }: CreateFleetCommandInput) =>
  LaunchTemplateConfigs.flatMap(({ Overrides = [] }) => Overrides);

function slotOf(
  { TargetCapacitySpecification: target }: CreateFleetCommandInput,
  { InstanceType: type, AvailabilityZone: zone }: FleetLaunchTemplateOverridesRequest,
): Slot | undefined {
  const market = target?.DefaultTargetCapacityType === 'spot' ? 'spot' : 'on-demand';
  return type && zone ? { type, zone, market } : undefined;
}

const shownOverride = (asked: FleetLaunchTemplateOverridesRequest) => ({
  InstanceType: asked.InstanceType,
  SubnetId: asked.SubnetId,
  AvailabilityZone: asked.AvailabilityZone,
});

interface Ec2 {
  world: World;
  cloud: SimulatedCloud;
  market: Market;
}

/** Spot is had where it is most available, the rest cheapest first. What lacks is not always said. */
function filled({ world, cloud, market }: Ec2, input: CreateFleetCommandInput, call: FleetCall) {
  const { chance, time } = world;
  const { launch, pool, n } = call;
  const instances: CreateFleetInstance[] = [];
  const errors: CreateFleetError[] = [];
  const overrides = overridesOf(input);
  const turned = chance.whole(0, overrides.length - 1);
  const isSpot = call.slots[0]?.market === 'spot';
  const inTurn = isSpot ? [...overrides.slice(turned), ...overrides.slice(0, turned)] : overrides;
  let missing = n;
  for (const override of inTurn) {
    const slot = slotOf(input, override);
    if (!slot || missing === 0) continue;
    const lack = market.lack(slot, time.now());
    const given = lack ? 0 : Math.min(missing, market.left(time.now()));
    const template = { LaunchTemplateAndOverrides: { Overrides: shownOverride(override) } };
    const ids = Array.from({ length: given }, () => nextId(cloud));
    for (const id of ids) cloud.start({ id, provider: 'ec2', pool, launch, slot });
    if (given > 0) instances.push({ InstanceIds: ids, InstanceType: slot.type, ...template });
    missing -= given;
    if (missing === 0 || (!lack && chance.chance(0.3)) || chance.chance(0.1)) continue;
    errors.push({
      ErrorCode: lack ?? 'InsufficientInstanceCapacity',
      ErrorMessage: 'simulated',
      ...template,
    });
  }
  const whys = [...new Set(errors.map(({ ErrorCode }) => ErrorCode))].join(', ');
  world.say(`EC2: ${launch}: ${n - missing} of ${n} started ${whys && `(${whys})`}`);
  return { Instances: instances, Errors: errors };
}

const nextId = ({ machines }: SimulatedCloud): string => `i-${machines.size.toString(16).padStart(17, '0')}`;
