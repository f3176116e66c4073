// What functions may do with hosts, and with the disks of the Macs on them.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { machineTags } from '../../shared/contract/machine.ts';
import { macs } from '../../shared/policy/macs.ts';
import { anyOf, ourRequest, ourResource, regional } from './ec2-statement.ts';
import type { Machines } from './machines.ts';

export const hasMacs = ({ macs }: Machines): boolean => macs.length > 0;

/**
 * For the dispatcher: to let hosts go, which it may whether or not a pool has Macs, since a host costs until
 * then; and where one has, to allocate hosts, to start Macs on them, and to replace their disks. When the
 * last such pool leaves the configuration, a reset that is under way cannot be looked at any more: it counts
 * as failed after its 30 minutes, and the machine ends.
 *
 * AWS's reference has no hosts for RunInstances. That right is a precaution: if EC2 asks for it after all, no
 * Mac would start without.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function keepHosts(scope: Construct, machines: Machines): PolicyStatement[] {
  const use = [...(hasMacs(machines) ? ['ec2:RunInstances'] : []), 'ec2:ReleaseHosts'];
  const hosts = anyOf(scope, ['dedicated-host']);
  const keep = regional(machines, 'Hosts', use, hosts, ourResource(machines));
  if (!hasMacs(machines)) return [keep];
  return [allocate(machines, hosts), keep, ...replaceDisks(scope, machines), markEpochs(scope, machines)];
}

/**
 * One host at a time, of the configured kinds, for machines that name it. EC2 tells all three, as AWS's
 * reference has it; if it should not tell number and placement, they are no reason to refuse.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
function allocate(machines: Machines, hosts: string[]): PolicyStatement {
  const types = machines.macs.flatMap(({ rung }) => rung.families.map((family) => macs[family].type));
  const ofKind = { ...ourRequest(machines), 'ec2:InstanceType': [...new Set(types)].sort() };
  return regional(machines, 'NewHosts', ['ec2:AllocateHosts'], hosts, ofKind, {
    NumericEqualsIfExists: { 'ec2:Quantity': '1' },
    StringEqualsIfExists: { 'ec2:AutoPlacement': 'off' },
  });
}

/**
 * Of our machines only. EC2 asks for the machine, for the task, and for disks, of which AWS's reference knows
 * the tags of the request, and not those that a disk has: whether they are said of the old disk, of the new
 * one, or of both, it leaves open. So a disk may be without, and the tag of the machine bounds the call.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
function replaceDisks(scope: Construct, machines: Machines): PolicyStatement[] {
  const reset = ['ec2:CreateReplaceRootVolumeTask'];
  const of = (type: string) => anyOf(scope, [type]);
  return [
    regional(machines, 'Reset', reset, of('instance'), ourResource(machines)),
    regional(machines, 'NewResets', reset, of('replace-root-volume-task'), ourRequest(machines)),
    regional(machines, 'ResetDisks', reset, of('volume'), {}, { StringEqualsIfExists: ourRequest(machines) }),
  ];
}

/**
 * Of machines that are there, this one tag may change: whose they are, and by which launch, stays. A
 * condition on all keys also holds where there is none, hence the second.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
 */
const markEpochs = (scope: Construct, machines: Machines): PolicyStatement =>
  regional(machines, 'Epochs', ['ec2:CreateTags'], anyOf(scope, ['instance']), ourResource(machines), {
    'ForAllValues:StringEquals': { 'aws:TagKeys': [machineTags.epoch] },
    Null: { 'aws:TagKeys': 'false' },
  });
