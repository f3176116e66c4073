// What AwsSolutions would have otherwise, and why it is so.
import { type Stack, Validations } from 'aws-cdk-lib/core';
import { projectPrefix } from '../../shared/contract/names.ts';

export function acknowledgeControlPlane(stack: Stack, installation: string): void {
  const projects = 'arn:<AWS::Partition>:codebuild:<AWS::Region>:<AWS::AccountId>:project';
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
    {
      id: `AwsSolutions-IAM5[Resource::${projects}/${projectPrefix(installation)}*]`,
      reason:
        'Only projects of this installation begin so. A list of them would keep builds alive whose pool ' +
        'has left the configuration.',
    },
  );
}

export function acknowledgeCodeBuild(stack: Stack): void {
  Validations.of(stack).acknowledge(
    {
      id: 'AwsSolutions-CB4',
      reason: 'Builds have no artifacts, no cache and no reports: there is nothing to encrypt.',
    },
    {
      id: 'AwsSolutions-CB5',
      reason: 'Jobs without containers run inside an image with their tools, which the configuration names.',
    },
  );
}
