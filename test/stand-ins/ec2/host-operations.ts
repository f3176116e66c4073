// AllocateHosts, DescribeHosts and ReleaseHosts.
import type { AllocateInput, HostsInput } from './host-inputs.ts';
import { familyOf, isReleased, leastMs, type StandInHost } from './hosts.ts';
import { fitting, isShown, type Place, paged, tagsOf, wireTags } from './reading.ts';
import { refuse } from './refused.ts';
import { oncePerToken } from './tokens.ts';
import type { Content } from './wire.ts';

type Answer = { [name: string]: Content };

/** A token that is known is answered with the host of then, whatever has become of it. */
export const allocations = (place: Place): ((region: string, input: AllocateInput) => Answer) =>
  oncePerToken((region, input) => allocateHost(place, region, input));

function allocateHost(
  { hosts, trouble, subnets }: Place,
  region: string,
  input: Omit<AllocateInput, 'ClientToken'>,
) {
  const { AvailabilityZone: zone, InstanceType: type, TagSpecification } = input;
  const slot = { region, zone, type };
  if (!subnets(region).has(zone)) refuse('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
  const family = familyOf(type);
  const most = trouble.hostQuotas?.[family] ?? Number.POSITIVE_INFINITY;
  const now = hosts.counted(region, family);
  if (now >= most)
    refuse(
      'HostLimitExceeded',
      `The number of Dedicated hosts you've requested (1) would bring your total up to ${now + 1} for the ` +
        `specified group of instance types (${family}). This exceeds your current limit of ${most}.`,
    );
  const refusal = trouble.noHosts?.({ ...slot, market: 'on-demand' });
  if (refusal) refuse(refusal.code, refusal.message ?? refusal.code);
  const host = hosts.allocate(slot, tagsOf(TagSpecification.flatMap(({ Tag }) => Tag)));
  return { hostIdSet: [host.id] };
}

/** EC2's filters for hosts: there is none by the value of a tag. */
export function describeHosts(place: Place, region: string, input: HostsInput): Answer {
  const { HostId: ids, MaxResults } = input;
  if (ids && MaxResults !== undefined)
    refuse('InvalidParameterCombination', 'The parameters hostIds and maxResults cannot be used together');
  if (MaxResults !== undefined && MaxResults > 500)
    refuse('InvalidParameterValue', `Value ( ${MaxResults} ) for parameter maxResults is invalid.`);
  const here = [...place.hosts.hosts.values()].filter(
    (host) => host.region === region && isShown(place, host.allocatedAt),
  );
  const absent = ids?.find((id) => !here.some((host) => host.id === id));
  if (absent !== undefined) refuse('InvalidHostID.NotFound', `The host ID '${absent}' does not exist`);
  const wanted = ids ? here.filter(({ id }) => ids.includes(id)) : here;
  const found = fitting(wanted, input.Filter, (host, filter) => {
    if (filter === 'state') return host.state;
    if (filter === 'instance-type') return host.type;
    if (filter === 'availability-zone') return host.zone;
    return filter === 'tag-key' ? Object.keys(host.tags) : undefined;
  });
  const { page, nextToken } = paged(place, input, found);
  return { hostSet: page.map(wireHost), nextToken };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Host.html */
const wireHost = (host: StandInHost): Content => ({
  hostId: host.id,
  autoPlacement: 'off',
  availabilityZone: host.zone,
  state: host.state,
  allocationTime: new Date(host.allocatedAt).toISOString(),
  releaseTime: host.releasedAt === undefined ? undefined : new Date(host.releasedAt).toISOString(),
  hostProperties: { instanceType: host.type },
  instances: host.machine ? [{ instanceId: host.machine.id, instanceType: host.type }] : [],
  tagSet: wireTags(host.tags),
});

/**
 * Each host by itself: the call succeeds whatever becomes of them.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseHosts.html
 */
export function releaseHosts({ hosts, now }: Place, region: string, ids: readonly string[]): Answer {
  const successful: string[] = [];
  const unsuccessful: Content[] = [];
  for (const id of ids) {
    const host = hosts.hosts.get(id);
    const here = host?.region === region ? host : undefined;
    const error = whyKept(id, here, now());
    if (error) unsuccessful.push({ resourceId: id, error });
    else if (here) {
      hosts.release(here);
      successful.push(id);
    }
  }
  return { successful, unsuccessful };
}

function whyKept(id: string, host: StandInHost | undefined, now: number) {
  if (!host) return { code: 'Client.InvalidHostID.NotFound', message: `The host ID '${id}' does not exist` };
  if (isReleased(host))
    return { code: 'Client.InvalidHostState', message: `The host '${id}' is in state '${host.state}'` };
  if (host.machine)
    return {
      code: 'Client.InvalidHost.Occupied',
      message: `Dedicated host '${id}' cannot be released as it is occupied.`,
    };
  const from = host.allocatedAt + leastMs;
  if (now >= from) return undefined;
  return {
    code: 'Client.HostMinAllocationPeriodUnexpired',
    message:
      `Unable to release Dedicated Host ${id}. ${host.type} hosts must be allocated to your AWS account ` +
      `for at least 24 hour(s). You can release this host any time after ${new Date(from).toISOString()}.`,
  };
}
