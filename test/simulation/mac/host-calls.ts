// AllocateHosts, DescribeHosts and ReleaseHosts of a simulated EC2.
import type {
  AllocateHostsCommandInput,
  Host,
  ReleaseHostsResult,
  UnsuccessfulItem,
} from '@aws-sdk/client-ec2';
import type { HostsWanted } from '../../../shared/providers/ec2/mac/calls.ts';
import { type Ec2, oncePerToken, refusal } from './calls.ts';
import { isReleased, leastMs, type SimulatedHost } from './hosts.ts';

/** Answers the host's id. A token that is known is answered as it was then. */
export function allocations(ec2: Ec2): (input: AllocateHostsCommandInput) => string[] {
  const once = oncePerToken(ec2.world, 'a host', (input: AllocateHostsCommandInput) => allocate(ec2, input));
  return (input) => once(input).answer;
}

function allocate({ world, moods, hosts, rules }: Ec2, input: AllocateHostsCommandInput): string[] {
  const { InstanceType: type = '', AvailabilityZone: zone = '', AutoPlacement, Quantity } = input;
  const tags = Object.fromEntries(
    (input.TagSpecifications ?? []).flatMap(({ Tags = [] }) =>
      Tags.map(({ Key = '', Value = '' }) => [Key, Value] as const),
    ),
  );
  if (AutoPlacement !== 'off' || Quantity !== 1)
    world.breaks('hosts are asked for with auto-placement, or n');
  rules.mayAllocate(tags);
  if (hosts.counted(type) >= moods.quotaOf(type)) throw refusal('HostLimitExceeded');
  if (moods.lacks(type, zone, world.time.now())) throw refusal('InsufficientHostCapacity');
  const host = hosts.allocate({ tags, type, zone });
  rules.allocated(host);
  return [host.id];
}

/** Lists leave hosts out now and then; what is asked for by its id is shown, once it is. */
export function shownHosts(ec2: Ec2, wanted: HostsWanted): Host[] {
  const { world, hosts } = ec2;
  if ('ids' in wanted) {
    const found = wanted.ids.map((id) => hosts.all.get(id));
    const shown = found.flatMap((host) => (host && asHost(ec2, host)) ?? []);
    if (shown.length < wanted.ids.length) throw refusal('InvalidHostID.NotFound');
    return shown;
  }
  return [...hosts.recent].flatMap((host) => {
    const shown = asHost(ec2, host);
    return shown && !world.faulty(world.faults.omitted) ? [shown] : [];
  });
}

function asHost({ hosts, moods }: Ec2, host: SimulatedHost): Host | undefined {
  const shot = hosts.shown(host);
  return (
    shot && {
      HostId: host.id,
      AllocationTime: new Date(host.allocatedAt + moods.clockMs),
      AvailabilityZone: host.zone,
      HostProperties: { InstanceType: host.type },
      Instances: shot.machines.map((InstanceId) => ({ InstanceId })),
      State: shot.state === 'unknown' ? undefined : shot.state,
      Tags: Object.entries(host.tags).map(([Key, Value]) => ({ Key, Value })),
    }
  );
}

/** Each host by itself: the call succeeds whatever becomes of them. */
export function releaseHost(ec2: Ec2, ids: readonly string[]): ReleaseHostsResult {
  const Successful: string[] = [];
  const Unsuccessful: UnsuccessfulItem[] = [];
  for (const id of ids) {
    const host = ec2.hosts.all.get(id);
    const error = whyKept(ec2, host);
    if (error) Unsuccessful.push({ ResourceId: id, Error: error });
    else if (host) {
      ec2.hosts.release(host);
      Successful.push(id);
    }
  }
  return { Successful, Unsuccessful };
}

function whyKept({ world, moods, rules }: Ec2, host: SimulatedHost | undefined) {
  if (!host) return { Code: 'Client.InvalidHostID.NotFound', Message: 'no such host' };
  rules.releasing(host);
  if (isReleased(host)) return { Code: 'Client.InvalidHostState', Message: `it is ${host.state}` };
  if (host.mac)
    return {
      Code: 'Client.InvalidHost.Occupied',
      Message: `Dedicated host '${host.id}' cannot be released as it is occupied.`,
    };
  const from = host.allocatedAt + leastMs;
  if (world.time.now() >= from) return undefined;
  const time = new Date(from + moods.clockMs).toISOString();
  return {
    Code: 'Client.HostMinAllocationPeriodUnexpired',
    Message:
      `Unable to release Dedicated Host ${host.id}. ${host.type} hosts must be allocated to your AWS ` +
      `account for at least 24 hour(s). You can release this host any time after ${time}.`,
  };
}
