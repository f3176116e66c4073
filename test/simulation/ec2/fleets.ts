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
  tags: Readonly<Record<string, string>>;
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
    const tags: Record<string, string> = Object.fromEntries(
      own.map(({ Key = '', Value = '' }) => [Key, Value]),
    );
    return {
      launch: tags[machineTags.launch] ?? '',
      pool: tags[machineTags.pool] ?? '',
      tags,
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
        world.breaks(`launch ${read(input).launch} was asked with another request`);
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

interface Ec2 {
  world: World;
  cloud: SimulatedCloud;
  market: Market;
}

function filled(
  ec2: Ec2,
  input: CreateFleetCommandInput,
  { launch, pool, tags, n }: FleetCall,
): CreateFleetResult {
  const { world, cloud, market } = ec2;
  const instances: CreateFleetInstance[] = [];
  const errors: CreateFleetError[] = [];
  let missing = n;
  for (const { slot, shown } of inTurn(world, input)) {
    if (missing === 0) break;
    const lack = market.lack(slot, world.time.now());
    const given = lack ? 0 : Math.min(missing, market.left(world.time.now()));
    const born = Array.from({ length: given }, () =>
      cloud.start({ id: nextId(cloud), provider: 'ec2', pool, launch, tags, slot }),
    );
    const ids = born.map(({ id }) => id);
    if (given > 0) instances.push({ InstanceIds: ids, InstanceType: slot.type, ...shown });
    missing -= given;
    if (missing > 0 && isSaid(world, lack)) errors.push({ ErrorCode: lack ?? usualCode, ...shown });
  }
  const whys = [...new Set(errors.map(({ ErrorCode }) => ErrorCode))].join(', ');
  world.say(`EC2: ${launch}: ${n - missing} of ${n} started ${whys && `(${whys})`}`);
  return { Instances: instances, Errors: errors };
}

const usualCode = 'InsufficientInstanceCapacity';

/** What lacks is not always said, and less often where some was had. */
const isSaid = ({ chance }: World, lack: string | undefined): boolean => chance.chance(lack ? 0.9 : 0.6);

/** Spot is had where it is most available, which is anywhere; the rest cheapest first. */
function inTurn({ chance }: World, input: CreateFleetCommandInput) {
  const asked = overridesOf(input).flatMap((override) => {
    const slot = slotOf(input, override);
    const { InstanceType, SubnetId, AvailabilityZone } = override;
    const Overrides = { InstanceType, SubnetId, AvailabilityZone };
    return slot ? [{ slot, shown: { LaunchTemplateAndOverrides: { Overrides } } }] : [];
  });
  const first = asked[0]?.slot.market === 'spot' ? chance.whole(0, asked.length - 1) : 0;
  return [...asked.slice(first), ...asked.slice(0, first)];
}

/** The id of the next instance. */
export const nextId = ({ machines, others }: SimulatedCloud): string =>
  `i-${(machines.size + others.size).toString(16).padStart(17, '0')}`;
