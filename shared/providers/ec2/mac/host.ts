// What EC2 says about a host.
import type { Host as Dedicated } from '@aws-sdk/client-ec2';
import { machineTags } from '../../../contract/machine.ts';
import { poolOfLaunch, protectTag } from '../../../contract/names.ts';
import { offeringKey } from '../../../contract/offerings.ts';
import type { HostSighting } from '../../../scheduler/host-ports.ts';
import type { HostState } from '../../../scheduler/host-records.ts';
import { Doubt } from '../../../scheduler/ports.ts';
import type { Time } from '../../../scheduler/records.ts';
import { refusalOf, wordsOf } from '../faults.ts';
import type { PriceOf } from '../machine.ts';
import type { HostsWanted, MacCalls } from './calls.ts';

export const hostPattern = /^h-[0-9a-f]{8,17}$/;

/** A host of an installation, as EC2 shows it. */
export interface ShownHost extends HostSighting {
  /** Whose it is, by its tag. */
  installation: string | undefined;
}

/** Codes that say: there is no such host. */
export const isNoHost = (code: string): boolean => /^InvalidHostI[dD]\b/.test(code);

export interface HostTools {
  calls: MacCalls;
  installation: string;
  /** All regions where hosts may be. */
  regions: readonly string[];
  priceOf: PriceOf;
  now(): Time;
}

/** The region's hosts that are wanted; one that EC2 does not know is none. `Doubt` names the region. */
export async function hostsIn(
  { calls, priceOf }: HostTools,
  region: string,
  wanted: HostsWanted,
): Promise<ShownHost[]> {
  try {
    return (await calls.hosts(region, wanted)).map((host) => shown(host, region, priceOf));
  } catch (error) {
    const refusal = refusalOf(error);
    if ('ids' in wanted && isNoHost(refusal.code)) return [];
    throw new Doubt(`hosts of EC2 in ${region} cannot be read: ${wordsOf(refusal)}`);
  }
}

/**
 * Those that carry the installation's tag. EC2 documents no filter by a tag's value for hosts.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeHosts.html
 */
export async function ourHosts(tools: HostTools, region: string): Promise<ShownHost[]> {
  const found = await hostsIn(tools, region, { filters: { 'tag-key': [machineTags.installation] } });
  return found.filter(({ installation }) => installation === tools.installation);
}

function shown(host: Dedicated, region: string, priceOf: PriceOf): ShownHost {
  const { HostId, AllocationTime, State, HostProperties, AvailabilityZone, Instances, Tags = [] } = host;
  if (!HostId || !AllocationTime) throw new Error('a host without an id or a time of its allocation');
  const tag = (key: string): string | undefined => Tags.find(({ Key }) => Key === key)?.Value;
  const launch = tag(machineTags.launch);
  const type = HostProperties?.InstanceType ?? `${HostProperties?.InstanceFamily ?? 'unknown'}.metal`;
  const zone = AvailabilityZone ?? 'unknown';
  return {
    hostId: HostId,
    ...(launch !== undefined && poolOfLaunch(launch) !== undefined && { id: launch }),
    installation: tag(machineTags.installation),
    state: states.find((known) => known === State) ?? 'unknown',
    allocatedAt: AllocationTime.getTime(),
    instances: (Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []),
    offering: offeringKey({ region, market: 'on-demand', type, zone }),
    usdPerHour: priceOf(region, type) ?? 0,
    ...(tag(protectTag) !== undefined && { protected: true }),
  };
}

const states: readonly HostState[] = [
  'available',
  'pending',
  'configuring',
  'under-assessment',
  'permanent-failure',
  'released',
  'released-permanent-failure',
];

/** As the port has it. */
export const sightingOfHost = ({ installation: _, ...sighting }: ShownHost): HostSighting => sighting;
