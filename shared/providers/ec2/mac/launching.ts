// Launches of Macs: one RunInstances for one machine, on the host that the launch names.
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { machineTags } from '../../../contract/machine.ts';
import { Doubt, type LaunchResult } from '../../../scheduler/ports.ts';
import type { Launch } from '../../../scheduler/records.ts';
import { type Refusal, refusalOf, wordsOf } from '../faults.ts';
import { adopted, type FindTools, hiddenMs, resultOf, startedFor } from '../finding.ts';
import { isInstanceType } from '../fleet.ts';
import { noImage, noSubnets, strange } from '../missing.ts';
import type { Places } from '../places.ts';
import { tokenOf } from '../token.ts';
import type { MacCalls } from './calls.ts';
import { faultOfStart } from './faults.ts';
import { type MacRequest, readMacRequest, termsOfRequest } from './request.ts';

export interface MacTools extends FindTools {
  calls: MacCalls;
  places: Places;
  /** Writes down where machines are. */
  note(region: string, ids: readonly string[]): void;
}

/** Starts the machine of a launch, or finds it. Throws `Doubt` when it may or may not have been started. */
export async function launchMac(tools: MacTools, launch: Launch, again: boolean): Promise<LaunchResult> {
  const request = readMacRequest(launch);
  if (!request) return { started: [], faults: [strange(launch)] };
  const found = again ? await adopted(tools, launch, soughtBy(request)) : undefined;
  const result = found ?? (await ask(tools, launch, request));
  tools.note(request.region, result.started);
  return result;
}

const soughtBy = (request: MacRequest) => ({
  region: request.region,
  n: 1,
  termsOf: () => termsOfRequest(request),
});

async function ask(tools: MacTools, launch: Launch, request: MacRequest): Promise<LaunchResult> {
  const { calls, places, installation } = tools;
  const { region, zone, image } = request;
  try {
    const subnet = (await places.subnets(region)).get(zone);
    const imageId = image && (await places.image(region, image));
    if (image && !imageId) return { started: [], faults: [noImage(region, image)] };
    if (subnet === undefined) {
      places.forget(region);
      return { started: [], faults: [noSubnets(region, [zone])] };
    }
    const input = runInput(installation, launch, request, { subnet, imageId });
    const [machine] = await calls.runInstances(region, input);
    if (!machine?.InstanceId) throw new Doubt(`launch ${launch.id}: EC2 has answered no machine`);
    return { ...resultOf([{ id: machine.InstanceId, terms: termsOfRequest(request) }]), faults: [] };
  } catch (error) {
    if (error instanceof Doubt) throw error;
    return refused(tools, launch, request, refusalOf(error));
  }
}

/**
 * The security group and all else is in the launch template, whose network interface would not go with a
 * subnet. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
function runInput(
  installation: string,
  launch: Launch,
  { host, type, template, url }: MacRequest,
  { subnet, imageId }: { subnet: string; imageId: string | undefined },
): RunInstancesCommandInput {
  const Tags = [
    { Key: machineTags.installation, Value: installation },
    { Key: machineTags.pool, Value: launch.pool },
    { Key: machineTags.launch, Value: launch.id },
    { Key: machineTags.url, Value: url },
  ];
  const resources = ['instance', 'volume', 'network-interface'] as const;
  return {
    MinCount: 1,
    MaxCount: 1,
    ClientToken: tokenOf(installation, launch.id, launch.askedAt),
    LaunchTemplate: { LaunchTemplateName: template, Version: '$Latest' },
    ...(isInstanceType(type) && { InstanceType: type }),
    ...(imageId !== undefined && { ImageId: imageId }),
    SubnetId: subnet,
    Placement: { Tenancy: 'host', HostId: host },
    TagSpecifications: resources.map((ResourceType) => ({ ResourceType, Tags })),
  };
}

async function refused(
  tools: MacTools,
  launch: Launch,
  request: MacRequest,
  refusal: Refusal,
): Promise<LaunchResult> {
  const { kind } = refusal;
  switch (kind) {
    case 'already':
      return arrived(tools, launch, request);
    case 'absent':
    case 'doubt':
      throw new Doubt(`launch ${launch.id}: ${wordsOf(refusal)}`);
    case 'capacity':
    case 'quota':
    case 'throttled':
    case 'invalid':
    case 'refused':
      if (refusal.code.startsWith('InvalidSubnet')) tools.places.forget(request.region);
      return { started: [], faults: [faultOfStart({ ...refusal, kind }, request)] };
  }
}

/** The machine that the token stands for, also one that has ended: it is what the launch has started. */
async function arrived(tools: MacTools, launch: Launch, request: MacRequest): Promise<LaunchResult> {
  const machines = await startedFor(tools, launch, request.region);
  if (machines.length === 0 && tools.now() - launch.askedAt < hiddenMs)
    throw new Doubt(`launch ${launch.id} was asked before, and EC2 does not show yet what it has started`);
  const terms = termsOfRequest(request);
  return { ...resultOf(machines.map(({ id }) => ({ id, terms }))), faults: [], already: true };
}
