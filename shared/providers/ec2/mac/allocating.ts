// Allocates hosts: one for each record. After a lost answer it is looked for by its launch tag.
import type { AllocateHostsCommandInput } from '@aws-sdk/client-ec2';
import { machineTags } from '../../../contract/machine.ts';
import type { HostAnswer, HostSighting } from '../../../scheduler/host-ports.ts';
import type { Host } from '../../../scheduler/host-records.ts';
import { Doubt } from '../../../scheduler/ports.ts';
import { type Refusal, refusalOf, wordsOf } from '../faults.ts';
import { hiddenMs, skewMs } from '../finding.ts';
import { tokenOf } from '../token.ts';
import { faultOfAllocation, type HostPlace, hostPlace } from './faults.ts';
import { type HostTools, hostsIn, ourHosts, sightingOfHost } from './host.ts';

/** Allocates the host of a record, or finds it. Throws `Doubt` when there may be one or not. */
export async function allocateHost(tools: HostTools, host: Host, again: boolean): Promise<HostAnswer> {
  const place = hostPlace(host.offering);
  if (!place) {
    const why = `host ${host.id} is asked for as '${host.offering}', which is no offering`;
    return { faults: [{ kind: 'invalid', why }] };
  }
  const found = again ? await allocatedBefore(tools, host, place) : undefined;
  return found ? { host: found, faults: [] } : ask(tools, host, place);
}

async function ask(tools: HostTools, host: Host, place: HostPlace): Promise<HostAnswer> {
  try {
    const [hostId] = await tools.calls.allocateHosts(place.region, allocateInput(tools, host, place));
    if (!hostId) throw new Doubt(`host ${host.id}: EC2 has answered no host`);
    return { host: await fresh(tools, host, place, hostId), faults: [] };
  } catch (error) {
    if (error instanceof Doubt) throw error;
    return refused(tools, host, place, refusalOf(error));
  }
}

/**
 * Without auto-placement, nobody else's machine lands on it.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateHosts.html
 */
const allocateInput = (
  { installation }: HostTools,
  { id, pool, askedAt }: Host,
  { zone, type }: HostPlace,
): AllocateHostsCommandInput => ({
  AvailabilityZone: zone,
  InstanceType: type,
  Quantity: 1,
  AutoPlacement: 'off',
  ClientToken: tokenOf(installation, id, askedAt),
  TagSpecifications: [
    {
      ResourceType: 'dedicated-host',
      Tags: [
        { Key: machineTags.installation, Value: installation },
        { Key: machineTags.pool, Value: pool },
        { Key: machineTags.launch, Value: id },
      ],
    },
  ],
});

/** EC2 may not show it yet; then its state is unknown, and it is paid for from now on at the latest. */
async function fresh(tools: HostTools, host: Host, place: HostPlace, hostId: string): Promise<HostSighting> {
  const { id, offering, usdPerHour } = host;
  const [shown] = await hostsIn(tools, place.region, { ids: [hostId] }).catch(() => []);
  if (shown) return { ...sightingOfHost(shown), id, usdPerHour };
  return { hostId, id, state: 'unknown', allocatedAt: tools.now(), instances: [], offering, usdPerHour };
}

async function refused(
  tools: HostTools,
  host: Host,
  place: HostPlace,
  refusal: Refusal,
): Promise<HostAnswer> {
  const { kind } = refusal;
  switch (kind) {
    case 'already': {
      const found = await allocatedBefore(tools, host, place);
      if (found) return { host: found, faults: [] };
      throw new Doubt(`host ${host.id} was asked for before, and EC2 shows none: ${wordsOf(refusal)}`);
    }
    case 'absent':
    case 'doubt':
      throw new Doubt(`host ${host.id}: ${wordsOf(refusal)}`);
    case 'capacity':
    case 'quota':
    case 'throttled':
    case 'invalid':
    case 'refused':
      return { faults: [faultOfAllocation({ ...refusal, kind }, place)] };
  }
}

/** Undefined: there was none, and none will appear. Throws `Doubt` while one may. */
async function allocatedBefore(
  tools: HostTools,
  { id, askedAt, usdPerHour }: Host,
  { region }: HostPlace,
): Promise<HostSighting | undefined> {
  const hosts = await ourHosts(tools, region);
  // An older table may have had a host of the same number.
  const found = hosts.find((host) => host.id === id && host.allocatedAt >= askedAt - skewMs);
  if (!found && tools.now() - askedAt < hiddenMs)
    throw new Doubt(`host ${id} was asked for before, and EC2 may not show it yet`);
  return found && { ...sightingOfHost(found), usdPerHour };
}
