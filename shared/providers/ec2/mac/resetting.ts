// Replaces the root volumes of machines by what they were at launch, and marks machines with their epoch.
import type { ReplaceRootVolumeTask } from '@aws-sdk/client-ec2';
import { machineTags } from '../../../contract/machine.ts';
import { parseOffering } from '../../../contract/offerings.ts';
import type { ResetState } from '../../../scheduler/host-ports.ts';
import { Doubt } from '../../../scheduler/ports.ts';
import type { Builder } from '../../../scheduler/records.ts';
import { inLanes } from '../../lanes.ts';
import { refusalOf, wordsOf } from '../faults.ts';
import { hiddenMs } from '../finding.ts';
import { machinesIn } from '../machine.ts';
import { tokenOf } from '../token.ts';
import type { HostTools } from './host.ts';

/** Instead of a task's id, where EC2 has refused the reset: such a task has failed. */
const refusedTask = 'refused: ';

/**
 * Begins the reset. Answers the id of its task. Throws `Doubt` when EC2 has not answered. The tags are those
 * of the task: EC2 takes none for the new disk, which ends with the machine as the old one would have.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/replace-root.html
 */
export async function resetMachine(tools: HostTools, builder: Builder): Promise<string> {
  const { calls, installation } = tools;
  const { id, pool, launch, turn, reset } = builder;
  if (!reset) throw new Error(`builder ${id} is reset without a record of it`);
  const region = await regionOf(tools, builder);
  const Tags = [
    { Key: machineTags.installation, Value: installation },
    { Key: machineTags.pool, Value: pool },
    { Key: machineTags.launch, Value: launch },
  ];
  try {
    const task = await calls.replaceRoot(region, {
      InstanceId: id,
      ClientToken: tokenOf(installation, id, turn, reset.askedAt),
      DeleteReplacedRootVolume: true,
      TagSpecifications: [{ ResourceType: 'replace-root-volume-task', Tags }],
    });
    if (task?.ReplaceRootVolumeTaskId) return task.ReplaceRootVolumeTaskId;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.kind !== 'throttled' && refusal.kind !== 'doubt') return `${refusedTask}${refusal.code}`;
    throw new Doubt(`machine ${id} cannot be reset now: ${wordsOf(refusal)}`);
  }
  throw new Doubt(`machine ${id}: EC2 has answered no task for its reset`);
}

/** How the resets are going, by the builders' ids. Throws `Doubt` when a region does not tell. */
export async function resetStates(
  tools: HostTools,
  builders: readonly Builder[],
): Promise<Map<string, ResetState>> {
  const states = new Map<string, ResetState>();
  const byRegion = new Map<string, Builder[]>();
  for (const builder of builders) {
    if (builder.reset?.task?.startsWith(refusedTask)) states.set(builder.id, 'failed');
    else if (builder.reset?.task !== undefined) {
      const region = await regionOf(tools, builder);
      byRegion.set(region, [...(byRegion.get(region) ?? []), builder]);
    }
  }
  await inLanes([...byRegion], async ([region, there]) => {
    const tasks = await tasksIn(
      tools,
      region,
      there.flatMap(({ reset }) => reset?.task ?? []),
    );
    for (const builder of there) states.set(builder.id, stateOf(builder, tasks, tools.now()));
  });
  return states;
}

/** What EC2 says of tasks, by their ids. `unknown`: it says that there is none. */
type Tasks = Map<string, ReplaceRootVolumeTask | 'unknown'>;

async function tasksIn(tools: HostTools, region: string, ids: readonly string[]): Promise<Tasks> {
  try {
    const found = await tools.calls.replaceRootTasks(region, ids);
    return new Map(found.map((task) => [task.ReplaceRootVolumeTaskId ?? '', task]));
  } catch (error) {
    const refusal = refusalOf(error);
    if (!unknownTask.test(refusal.code))
      throw new Doubt(`resets of machines in ${region} cannot be read: ${wordsOf(refusal)}`);
  }
  // One of them is unknown, and EC2 has told nothing of the others.
  if (ids.length === 1) return new Map(ids.map((id) => [id, 'unknown']));
  const alone: Tasks[] = [];
  await inLanes(ids, async (id) => void alone.push(await tasksIn(tools, region, [id])));
  return new Map(alone.flatMap((tasks) => [...tasks]));
}

const unknownTask = /^InvalidReplaceRootVolumeTask/;

/** What EC2 does not show, or calls by a new name, is under way until its time is over. */
function stateOf({ reset }: Builder, tasks: Tasks, now: number): ResetState {
  const task = tasks.get(reset?.task ?? '');
  if (task === 'unknown') return now - (reset?.askedAt ?? 0) < hiddenMs ? 'running' : 'failed';
  const state: string | undefined = task?.TaskState;
  if (state === 'succeeded') return 'succeeded';
  return /^fail/.test(state ?? '') ? 'failed' : 'running';
}

/** Puts the epoch on the machine. Throws `Doubt` when EC2 has not done so. */
export async function markMachine(tools: HostTools, builder: Builder, epoch: string): Promise<void> {
  const region = await regionOf(tools, builder);
  try {
    await tools.calls.tag(region, builder.id, { [machineTags.epoch]: epoch });
  } catch (error) {
    throw new Doubt(`machine ${builder.id} cannot be marked: ${wordsOf(refusalOf(error))}`);
  }
}

/** Where the machine is: by its offering, or else all regions are asked. */
async function regionOf({ calls, regions }: HostTools, { id, offering }: Builder): Promise<string> {
  const known = parseOffering(offering ?? '')?.region;
  if (known !== undefined) return known;
  const found: string[] = [];
  await inLanes(regions, async (region) => {
    for (const machine of await machinesIn(calls, region, { 'instance-id': [id] }))
      found.push(machine.region);
  });
  const [region] = found;
  if (region === undefined) throw new Doubt(`EC2 does not show machine ${id} in any region`);
  return region;
}
