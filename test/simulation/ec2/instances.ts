// How a simulated EC2 shows and ends its instances: shown late, left out now and then, ended slowly.
import type { Instance } from '@aws-sdk/client-ec2';
import type { Filters } from '../../../shared/providers/ec2/calls.ts';
import type { Machine, SimulatedCloud } from '../cloud.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import { refusal } from './fleets.ts';
import { regionOf } from './regions.ts';

/** What ended is shown this long. */
const shownMs = 60 * minute;

/** The slowest end. */
const slowestMs = 60 * second;

/** The most that a list is behind: each by itself. */
const lagMs = 30 * second;

/** Tags of an instance are shown this much later than itself, at most. */
const tagLagMs = 10 * second;

/** Instances of a region that fit all filters. Those that are asked for by their tags may be left out. */
export function shownInstances(
  world: World,
  cloud: SimulatedCloud,
  region: string,
  filters: Filters,
): Instance[] {
  const { time, chance, faults, faulty } = world;
  const ids = filters['instance-id'];
  const some = ids
    ? ids.flatMap((id) => cloud.find(id) ?? [])
    : [...cloud.machines.values(), ...cloud.others.values()];
  return some
    .filter((machine) => isShown(machine, region, time.now()))
    .map((machine) => {
      const isTagged = machine.visibleAt + chance.between(0, tagLagMs) <= time.now();
      return asInstance(machine, isTagged, time.now() - chance.between(0, lagMs));
    })
    .filter((instance) => fits(instance, filters) && (ids !== undefined || !faulty(faults.omitted)));
}

const isShown = ({ slot, visibleAt, endedAt }: Machine, region: string, now: number): boolean => {
  const isOver = endedAt !== undefined && now - endedAt >= shownMs;
  return slot !== undefined && regionOf(slot.zone) === region && visibleAt <= now && !isOver;
};

/** As it was at some time, a little while ago. */
function asInstance(machine: Machine, isTagged: boolean, at: number): Instance {
  const { id, slot, startedAt, tags = {} } = machine;
  return {
    InstanceId: id,
    InstanceType: slot?.type,
    LaunchTime: new Date(startedAt),
    Placement: { AvailabilityZone: slot?.zone },
    ...(slot?.market === 'spot' && { InstanceLifecycle: 'spot' }),
    State: { Name: stateOf(machine, at) },
    Tags: Object.entries(isTagged ? tags : {}).map(([Key, Value]) => ({ Key, Value })),
  };
}

function stateOf({ endingAt, endedAt }: Machine, at: number) {
  if (endedAt !== undefined && endedAt <= at) return 'terminated';
  return endingAt !== undefined && endingAt <= at ? 'shutting-down' : 'running';
}

const fits = (instance: Instance, filters: Filters): boolean =>
  Object.entries(filters).every(([name, values]) => values.includes(filtered(instance, name)));

function filtered({ InstanceId, State, Tags = [] }: Instance, filter: string): string {
  if (filter === 'instance-id') return InstanceId ?? '';
  if (filter === 'instance-state-name') return State?.Name ?? '';
  const key = filter.replace(/^tag:/, '');
  return Tags.find(({ Key }) => Key === key)?.Value ?? '';
}

/**
 * Ends all of them, or none when it does not know one yet, or any more. Their systems shut down at once, but
 * for those that are deaf.
 */
export function terminateInstances(
  world: World,
  cloud: SimulatedCloud,
  { region, ids, by }: { region: string; ids: readonly string[]; by: string },
): void {
  const { time, chance } = world;
  const found = ids.map((id) => cloud.find(id));
  const isKnown = (machine: Machine | undefined): machine is Machine =>
    machine !== undefined && isShown(machine, region, time.now());
  if (!found.every(isKnown)) throw refusal('InvalidInstanceID.NotFound');
  for (const machine of found) {
    cloud.terminate(machine, slowestMs, by);
    const deafMs = Math.max(0, (machine.deafUntil ?? 0) - time.now());
    time.after(deafMs + chance.between(second, 5 * second), () => cloud.quieten(machine));
  }
}
