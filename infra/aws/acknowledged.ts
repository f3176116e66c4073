// What AwsSolutions would have otherwise, and why it is so.
import { type Stack, Token, Validations } from 'aws-cdk-lib/core';
import type { Config } from '../../shared/policy/schema.ts';
import { streamTag } from './build-role.ts';
import { streamPrefixes } from './codebuild.ts';
import { launchMachines, sweepMachines } from './ec2-access.ts';
import { streamsArn } from './log.ts';
import { hasShells, type Machines } from './machines.ts';

/** `machines`: of EC2, where something is said of AWS. */
export function acknowledgeControlPlane(stack: Stack, machines: Machines | undefined): void {
  Validations.of(stack).acknowledge(
    {
      id: 'AwsSolutions-APIG1',
      reason:
        'Every request that is let in runs a function, whose log has a line of its run. Access logs would ' +
        'say so a second time, and the requests of a flood that are sent away would be paid for as logs.',
    },
    {
      id: 'AwsSolutions-APIG4',
      reason:
        'The functions prove their callers: GitHub by its signature of the raw body, builders by ticket ' +
        'and key, readers by token. No authorizer of API Gateway sees a body.',
    },
    ...wideRights(stack, machines).map((resource) => ({
      id: `AwsSolutions-IAM5[Resource::${resource}]`,
      reason:
        'EC2 makes the ids of what it launches, and knows no finer right to look. Tags, regions and ' +
        'families of types are in the conditions; templates have ids of stacks in other regions.',
    })),
  );
}

/** Dispatcher and reaper together have the rights of all others. */
function wideRights(stack: Stack, machines: Machines | undefined): string[] {
  const statements = [...launchMachines(stack, machines), ...sweepMachines(stack, machines)];
  const resources = statements.flatMap((statement) => statement.resources);
  const wide = resources.filter((resource) => resource.includes('*'));
  return [...new Set(wide)].map((resource) => spelled(stack, resource));
}

/** An ARN as the rules spell it: what is only known at deployment in angle brackets. */
function spelled(stack: Stack, arn: string): string {
  const words = { Partition: stack.partition, Region: stack.region, AccountId: stack.account };
  return Object.entries(words)
    .filter(([, value]) => Token.isUnresolved(value))
    .reduce((text, [name, value]) => text.replace(value, `<AWS::${name}>`), arn);
}

export function acknowledgeRegions(stacks: readonly Stack[], machines: Machines | undefined): void {
  for (const stack of stacks) {
    if (!machines?.regions[stack.region]?.vpc) Validations.of(stack).acknowledge(noFlowLogs);
    if (machines && hasShells(machines, stack.region)) Validations.of(stack).acknowledge(channels);
  }
}

const noFlowLogs = {
  id: 'AwsSolutions-VPC7',
  reason:
    'Flow logs are paid for by the byte, and would say which servers builds speak to. Nobody reaches ' +
    'into this network, and a machine in it lives for one job.',
};

const channels = {
  id: 'AwsSolutions-IAM5[Resource::*]',
  reason: 'The channels of Session Manager have no ARNs: AWS gives each machine its own and no other.',
};

export function acknowledgeCodeBuild(stack: Stack, config: Config): void {
  const log = { installation: config.installation, what: 'builds' };
  Validations.of(stack).acknowledge(
    {
      id: 'AwsSolutions-CB4',
      reason: 'Builds have no artifacts, no cache and no reports: there is nothing to encrypt.',
    },
    {
      id: 'AwsSolutions-CB5',
      reason: 'Jobs without containers run inside an image with their tools, which the configuration names.',
    },
    ...[`<aws:PrincipalTag/${streamTag}>`, ...streamPrefixes(config)].map((prefix) => ({
      id: `AwsSolutions-IAM5[Resource::${spelled(stack, streamsArn(stack, { ...log, prefix }))}]`,
      reason:
        'CodeBuild names the streams of a project, by the ids of its builds: they have only the prefix.',
    })),
  );
}

export function acknowledgeImages(stack: Stack): void {
  const policies = [
    'AmazonSSMManagedInstanceCore',
    'EC2InstanceProfileForImageBuilder',
    'service-role/EC2ImageBuilderLifecycleExecutionPolicy',
  ];
  Validations.of(stack).acknowledge(
    ...policies.map((policy) => ({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`,
      reason:
        'What Image Builder needs is for AWS to say, and changes with it. The machines that have these ' +
        'rights only make and try images: none of them runs a job.',
    })),
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'EC2 knows no finer right to look for images.',
    },
  );
}
