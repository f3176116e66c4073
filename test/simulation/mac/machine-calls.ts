// RunInstances, DescribeInstances, TerminateInstances and CreateTags of a simulated EC2 of Macs.
import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { machineTags } from '../../../shared/contract/machine.ts';
import type { Filters } from '../../../shared/providers/ec2/calls.ts';
import { type Ec2, oncePerToken, refusal } from './calls.ts';
import { isReleased, lagMs } from './hosts.ts';
import { isUp, type Mac } from './macs.ts';

/** A token that is known is answered with its machine, unless that has ended. */
export function launches(ec2: Ec2): (input: RunInstancesCommandInput) => Instance[] {
  const once = oncePerToken(ec2.world, 'a machine', (input: RunInstancesCommandInput) => start(ec2, input));
  return (input) => {
    const { answer: mac, repeated } = once(input);
    if (repeated && !isUp(mac)) throw refusal('IdempotentInstanceTerminated');
    return [{ InstanceId: mac.id }];
  };
}

function start({ world, hosts, macs, rules }: Ec2, input: RunInstancesCommandInput): Mac {
  const { Placement, SubnetId, InstanceType } = input;
  const tags = Object.fromEntries(
    (input.TagSpecifications ?? [])
      .filter(({ ResourceType }) => ResourceType === 'instance')
      .flatMap(({ Tags = [] }) => Tags.map(({ Key = '', Value = '' }) => [Key, Value] as const)),
  );
  const host = hosts.all.get(Placement?.HostId ?? '');
  if (Placement?.Tenancy !== 'host') world.breaks('a machine is asked for without its tenancy');
  if (!host || isReleased(host)) throw refusal('InvalidHostID.NotFound');
  rules.mayStart(host, tags, input.ClientToken);
  if (SubnetId !== `subnet-${host.zone}` || InstanceType !== host.type)
    world.breaks(
      `a ${InstanceType} in ${SubnetId} is asked for on ${host.id} (${host.type} in ${host.zone})`,
    );
  if (!hosts.takes(host)) {
    world.say(`EC2: ${host.id} refuses a machine (${host.state})`);
    rules.refused(host);
    throw refusal('InsufficientCapacityOnHost', `Dedicated host ${host.id} has insufficient capacity.`);
  }
  const pool = tags[machineTags.pool] ?? '';
  const mac = macs.start({ pool, launch: tags[machineTags.launch] ?? '', host, tags });
  rules.started(mac);
  return mac;
}

/** Those that fit all filters, as they were some moments ago. Of lists some are left out. */
export function shownMachines({ world, macs }: Ec2, filters: Filters): Instance[] {
  const { time, chance, faults, faulty } = world;
  const byId = filters['instance-id'];
  const some = byId ? byId.flatMap((id) => macs.all.get(id) ?? []) : [...macs.recent];
  const shown = some.filter((mac) => macs.recent.has(mac) && mac.visibleAt <= time.now());
  return shown
    .map((mac) => asInstance(mac, time.now() - chance.between(0, lagMs)))
    .filter((instance) => fits(instance, filters) && (byId !== undefined || !faulty(faults.omitted)));
}

/** Until it is over it shuts down, for many minutes. */
function asInstance({ id, host, startedAt, address, tags, ...its }: Mac, at: number): Instance {
  const { endingAt = Number.POSITIVE_INFINITY, endedAt = Number.POSITIVE_INFINITY } = its;
  const ending = endingAt <= at ? 'shutting-down' : 'running';
  return {
    InstanceId: id,
    LaunchTime: new Date(startedAt),
    PublicIpAddress: address,
    Placement: { AvailabilityZone: host.zone, Tenancy: 'host', HostId: host.id },
    State: { Name: endedAt <= at ? 'terminated' : ending },
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

const fits = (instance: Instance, filters: Filters): boolean =>
  Object.entries(filters).every(([name, values]) => values.includes(filtered(instance, name)));

function filtered({ InstanceId, State, Tags = [] }: Instance, filter: string): string {
  if (filter === 'instance-id') return InstanceId ?? '';
  if (filter === 'instance-state-name') return State?.Name ?? '';
  const key = filter.replace(/^tag:/, '');
  return Tags.find(({ Key }) => Key === key)?.Value ?? '';
}

/** Ends all of them, or none when it does not know one yet. */
export function terminateMachines({ world, macs }: Ec2, ids: readonly string[]): void {
  const found = ids.map((id) => macs.all.get(id));
  if (found.some((mac) => !mac || mac.visibleAt > world.time.now()))
    throw refusal('InvalidInstanceID.NotFound');
  for (const mac of found) if (mac) macs.terminate(mac);
}

/** The machine's metadata shows the tags some moments later. */
export function tagMachine({ world, macs }: Ec2, id: string, tags: Readonly<Record<string, string>>): void {
  const mac = macs.all.get(id);
  if (!mac || !isUp(mac)) throw refusal('InvalidInstanceID.NotFound');
  world.time.after(world.chance.between(0, 10_000), () => {
    mac.tags = { ...mac.tags, ...tags };
  });
}
