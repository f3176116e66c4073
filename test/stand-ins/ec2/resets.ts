// Tasks that replace the root volume of a machine: they take their time, and may fail.
import { createHash } from 'node:crypto';
import type { ResetInput, ResetsInput } from './host-inputs.ts';
import { fitting, type Place, paged, tagsOf, wireTags } from './reading.ts';
import { refuse } from './refused.ts';
import { oncePerToken } from './tokens.ts';
import type { Content } from './wire.ts';
import { isLiving, type Machine, type Tags, type Time } from './world.ts';

export interface Reset {
  /** `replacevol-…` */
  id: string;
  region: string;
  machine: Machine;
  beganAt: Time;
  endsAt: Time;
  /** `pending`, `in-progress`, `succeeded`, `failed`, and what a test has put there. */
  state: string;
  tags: Tags;
}

export interface Resets {
  readonly tasks: ReadonlyMap<string, Reset>;
  create(region: string, input: ResetInput): { [name: string]: Content };
  describe(region: string, input: ResetsInput): { [name: string]: Content };
  /** Lets happen what is due by now. */
  tick(): void;
}

/** `onReset`: the machine has a new root volume, and boots. */
export function resetsOf(place: Place, onReset: ((machine: Machine) => void) | undefined): Resets {
  const { trouble, now } = place;
  const tasks = new Map<string, Reset>();

  const begin = oncePerToken((region, input: Omit<ResetInput, 'ClientToken'>): Reset => {
    const task = newReset(place, region, input, tasks.size + 1);
    tasks.set(task.id, task);
    return task;
  });

  function advance(task: Reset): void {
    if (task.state !== 'pending' && task.state !== 'in-progress') return;
    const { machine, endsAt, beganAt } = task;
    if (!isLiving(machine)) task.state = 'failed';
    else if (now() >= endsAt) {
      task.state = trouble.resetFails?.(machine.id) ? 'failed' : 'succeeded';
      if (task.state === 'succeeded') onReset?.(machine);
    } else if (now() - beganAt >= (endsAt - beganAt) / 2) task.state = 'in-progress';
  }

  return {
    tasks,
    create: (region, input) => ({ replaceRootVolumeTask: wireReset(begin(region, input)) }),
    describe(region, input) {
      const { ReplaceRootVolumeTaskId: ids } = input;
      const here = [...tasks.values()].filter((task) => task.region === region);
      const absent = ids?.find((id) => !here.some((task) => task.id === id));
      if (absent !== undefined)
        refuse('InvalidReplaceRootVolumeTaskId.NotFound', `The task ID '${absent}' does not exist`);
      const wanted = ids ? here.filter(({ id }) => ids.includes(id)) : here;
      const found = fitting(wanted, input.Filter, ({ machine }, filter) =>
        filter === 'instance-id' ? machine.id : undefined,
      );
      const { page, nextToken } = paged(place, input, found);
      return { replaceRootVolumeTaskSet: page.map(wireReset), nextToken };
    },
    tick: () => tasks.forEach(advance),
  };
}

/** Of a machine that runs. */
function newReset(
  { world, hosts, now }: Place,
  region: string,
  { InstanceId: id, TagSpecification }: Omit<ResetInput, 'ClientToken'>,
  number: number,
): Reset {
  const machine = world.machines.get(id);
  if (!machine || machine.region !== region)
    return refuse('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  if (machine.state !== 'running')
    refuse('IncorrectInstanceState', `The instance '${id}' is not in the 'running' state`);
  return {
    id: `replacevol-${createHash('sha256').update(`reset/${number}`).digest('hex').slice(0, 17)}`,
    region,
    machine,
    beganAt: now(),
    endsAt: now() + hosts.times.resetMs,
    state: 'pending',
    tags: tagsOf(TagSpecification.flatMap(({ Tag }) => Tag)),
  };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRootVolumeTask.html */
const wireReset = ({ id, machine, state, beganAt, tags }: Reset): Content => ({
  replaceRootVolumeTaskId: id,
  instanceId: machine.id,
  taskState: state,
  startTime: new Date(beganAt).toISOString(),
  tagSet: wireTags(tags),
});
