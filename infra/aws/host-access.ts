// What functions may do with hosts, and with the disks of the Macs on them.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { machineTags } from '../../shared/contract/machine.ts';
import { anyOf, ourRequest, ourResource, regional } from './ec2-statement.ts';
import type { Machines } from './machines.ts';

export const hasHosts = ({ macs }: Machines): boolean => macs.length > 0;

/**
 * For the dispatcher: to allocate hosts, to start Macs on them, to replace their disks, and to let hosts go.
 * EC2 asks for the disk that is replaced and for the one that is made.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function keepHosts(scope: Construct, machines: Machines): PolicyStatement[] {
  if (!hasHosts(machines)) return [];
  const of = (...types: string[]) => anyOf(scope, types);
  const reset = ['ec2:CreateReplaceRootVolumeTask'];
  const made = of('replace-root-volume-task', 'volume');
  const use = ['ec2:RunInstances', 'ec2:ReleaseHosts'];
  return [
    regional(machines, 'NewHosts', ['ec2:AllocateHosts'], of('dedicated-host'), ourRequest(machines)),
    regional(machines, 'Hosts', use, of('dedicated-host'), ourResource(machines)),
    regional(machines, 'Reset', reset, of('instance', 'volume'), ourResource(machines)),
    regional(machines, 'NewByReset', reset, made, ourRequest(machines)),
    markEpochs(scope, machines),
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
