// What AwsSolutions would have otherwise, and why it is so.
import { type Stack, Validations } from 'aws-cdk-lib/core';
import type { Config } from '../../shared/policy/schema.ts';
import { streamTag } from './build-role.ts';
import { streamPrefixes } from './codebuild.ts';

export function acknowledgeControlPlane(stack: Stack): void {
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
  );
}

export function acknowledgeCodeBuild(stack: Stack, config: Config): void {
  const arn = 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group';
  const log = `/callsheet/${config.installation}/builds`;
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
      id: `AwsSolutions-IAM5[Resource::${arn}:${log}:log-stream:${prefix}/*]`,
      reason:
        'CodeBuild names the streams of a project, by the ids of its builds: they have only the prefix.',
    })),
  );
}
