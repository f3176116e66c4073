// How a simulated EC2 shows and ends its instances: shown late, left out now and then, ended slowly.
import type { Instance } from '@aws-sdk/client-ec2';
import { machineTags } from '../../../shared/contract/machine.ts';
import { installationTag } from '../../../shared/contract/names.ts';
import type { Filters } from '../../../shared/providers/ec2/calls.ts';
import type { Machine, SimulatedCloud } from '../cloud.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import { refusal } from './fleets.ts';

/** What ended is shown this long. */
const shownMs = 60 * minute;

/** The slowest end. */
const slowestMs = 60 * second;

/** Instances that fit all filters. Those that are asked for by their tags may be left out. */
export function shownInstances(world: World, { machines }: SimulatedCloud, filters: Filters): Instance[] {
  const { time, chance, faults, faulty } = world;
  const byId = filters['instance-id'] !== undefined;
  const shown = [...machines.values()].filter(
    ({ provider, visibleAt, endedAt = time.now() }) =>
      provider === 'ec2' && visibleAt <= time.now() && time.now() - endedAt < shownMs,
  );
  return shown
    .map((machine) => asInstance(machine, time.now() - chance.between(0, 30 * second)))
    .filter((instance) => fits(instance, filters) && (byId || !faulty(faults.omitted)));
}

/** As it was at some time, a little while ago. */
function asInstance({ id, slot, launch, startedAt, ...its }: Machine, at: number): Instance {
  const { endingAt = Number.POSITIVE_INFINITY, endedAt = Number.POSITIVE_INFINITY } = its;
  const ending = endingAt <= at ? 'shutting-down' : 'running';
  return {
    InstanceId: id,
    InstanceType: slot?.type,
    LaunchTime: new Date(startedAt),
    Placement: { AvailabilityZone: slot?.zone },
    ...(slot?.market === 'spot' && { InstanceLifecycle: 'spot' }),
    State: { Name: endedAt <= at ? 'terminated' : ending },
    Tags: [
      { Key: installationTag, Value: 'sim' },
      { Key: machineTags.launch, Value: launch },
    ],
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

/** Ends all of them, or none when it does not know one yet, or any more. Their systems shut down at once. */
export function terminateInstances(world: World, cloud: SimulatedCloud, ids: readonly string[]): void {
  const { time, chance } = world;
  const found = ids.map((id) => cloud.machines.get(id));
  if (found.some((machine) => !machine || machine.visibleAt > time.now()))
    throw refusal('InvalidInstanceID.NotFound');
  for (const machine of found) {
    if (!machine) continue;
    cloud.terminate(machine, slowestMs);
    time.after(chance.between(second, 5 * second), () => {
      if (machine.agent) machine.agent.alive = false;
    });
  }
}
