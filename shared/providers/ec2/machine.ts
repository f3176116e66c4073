// What EC2 says about a machine.
import type { Instance } from '@aws-sdk/client-ec2';
import { machineTags } from '../../contract/machine.ts';
import { poolOfLaunch, protectTag } from '../../contract/names.ts';
import { type Market, offeringKey } from '../../contract/offerings.ts';
import { Doubt, type MachineTerms, type Sighting } from '../../scheduler/ports.ts';
import type { Time } from '../../scheduler/records.ts';
import type { Ec2Calls, Filters } from './calls.ts';
import { refusalOf, wordsOf } from './faults.ts';

/** An instance as far as it matters here. Tags that are not there, or not as ours are, are undefined. */
export interface Machine {
  id: string;
  region: string;
  /** `pending`, `running`, `stopping`, `stopped`, `shutting-down` or `terminated`. */
  state: string;
  launchedAt: Time;
  type: string;
  zone: string;
  market: Market;
  /** On a host of its own, as all Macs are: such machines are those of the provider `mac`. */
  isMac: boolean;
  /** Its public address. */
  address: string | undefined;
  installation: string | undefined;
  pool: string | undefined;
  launch: string | undefined;
  /** It has the protect tag. */
  isProtected: boolean;
}

/** States in which a machine is there, and may cost. */
export const livingStates = ['pending', 'running', 'stopping', 'stopped'] as const;

export const isThere = ({ state }: Machine): boolean => livingStates.some((living) => living === state);

export const instancePattern = /^i-[0-9a-f]{8,17}$/;

/** Price of an instance type in a region, in US dollars for an hour on demand. Undefined: not known. */
export type PriceOf = (region: string, type: string) => number | undefined;

/** The region's machines that fit all filters. Throws `Doubt`, with the region, when EC2 does not tell. */
export async function machinesIn(
  calls: Pick<Ec2Calls, 'instances'>,
  region: string,
  filters: Filters,
): Promise<Machine[]> {
  try {
    return (await calls.instances(region, filters)).map((instance) => machineOf(instance, region));
  } catch (error) {
    throw new Doubt(`machines of EC2 in ${region} cannot be read: ${wordsOf(refusalOf(error))}`);
  }
}

function machineOf(instance: Instance, region: string): Machine {
  const { InstanceId, State, LaunchTime, InstanceType, Placement, InstanceLifecycle, Tags = [] } = instance;
  if (!InstanceId || !LaunchTime) throw new Error('an instance without an id or a time of its launch');
  const tag = (key: string): string | undefined => Tags.find(({ Key }) => Key === key)?.Value;
  const launch = tag(machineTags.launch);
  return {
    id: InstanceId,
    region,
    state: State?.Name ?? '',
    launchedAt: LaunchTime.getTime(),
    type: InstanceType ?? '',
    zone: Placement?.AvailabilityZone ?? '',
    market: InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    isMac: Placement?.Tenancy === 'host' || /^mac/.test(InstanceType ?? ''),
    address: instance.PublicIpAddress,
    installation: tag(machineTags.installation),
    pool: tag(machineTags.pool),
    launch: launch !== undefined && poolOfLaunch(launch) !== undefined ? launch : undefined,
    isProtected: tag(protectTag) !== undefined,
  };
}

/**
 * What it was got as. Undefined where its price is not known. Spot counts as if it were on demand; a Mac
 * costs nothing, its host does.
 */
export function termsOf(machine: Machine, priceOf: PriceOf): MachineTerms | undefined {
  const usdPerHour = machine.isMac ? 0 : priceOf(machine.region, machine.type);
  return usdPerHour === undefined ? undefined : { offering: offeringKey(machine), usdPerHour };
}

export function sightingOf(machine: Machine, priceOf: PriceOf): Sighting {
  const { id, launch, launchedAt, isProtected } = machine;
  const terms = termsOf(machine, priceOf);
  return {
    id,
    startedAt: launchedAt,
    ...(launch !== undefined && { launch }),
    ...(terms && { terms }),
    ...(isProtected && { protected: true }),
  };
}
