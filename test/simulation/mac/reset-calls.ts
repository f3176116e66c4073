// CreateReplaceRootVolumeTask and DescribeReplaceRootVolumeTasks of a simulated EC2.
import type { CreateReplaceRootVolumeTaskCommandInput, ReplaceRootVolumeTask } from '@aws-sdk/client-ec2';
import { type Ec2, oncePerToken, refusal } from './calls.ts';
import { isUp, type ResetTask } from './macs.ts';

/** A token that is known is answered with its task. */
export function resets(ec2: Ec2): (input: CreateReplaceRootVolumeTaskCommandInput) => ReplaceRootVolumeTask {
  const begin = ({ InstanceId = '', DeleteReplacedRootVolume }: CreateReplaceRootVolumeTaskCommandInput) => {
    const mac = ec2.macs.all.get(InstanceId);
    if (!mac) throw refusal('InvalidInstanceID.NotFound');
    if (!isUp(mac)) throw refusal('IncorrectInstanceState');
    if (!DeleteReplacedRootVolume) ec2.world.breaks(`the root volume of ${mac.id} is left behind`);
    ec2.rules.mayReset(mac);
    return ec2.macs.reset(mac);
  };
  const once = oncePerToken(ec2.world, 'a reset', begin);
  return (input) => asTask(once(input).answer);
}

/** All of them, or none when one is unknown. */
export function shownTasks({ macs }: Ec2, ids: readonly string[]): ReplaceRootVolumeTask[] {
  const found = ids.flatMap((id) => macs.tasks.get(id) ?? []);
  if (found.length < ids.length) throw refusal('InvalidReplaceRootVolumeTaskId.NotFound');
  return found.map(asTask);
}

const asTask = ({ id, mac, state }: ResetTask): ReplaceRootVolumeTask => ({
  ReplaceRootVolumeTaskId: id,
  InstanceId: mac.id,
  TaskState: state,
});
