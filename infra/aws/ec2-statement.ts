// Statements about things of EC2: in the configuration's regions, and by our tag.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { installationTag } from '../../shared/contract/names.ts';
import type { Machines } from './machines.ts';

type Condition = Record<string, string | string[]>;

/** What is there must be ours. */
export const ourResource = ({ installation }: Machines): Condition => ({
  [`aws:ResourceTag/${installationTag}`]: installation,
});

/** What is made must become ours. */
export const ourRequest = ({ installation }: Machines): Condition => ({
  [`aws:RequestTag/${installationTag}`]: installation,
});

/**
 * `more`: conditions by their operators. The regions are named once, in the condition, and not in each ARN:
 * the rights of a role may have 10,240 characters, whatever the number of regions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const regional = (
  { regions }: Machines,
  sid: string,
  actions: string[],
  resources: string[],
  equal: Condition = {},
  more: Record<string, Condition> = {},
): PolicyStatement =>
  new PolicyStatement({
    sid,
    actions,
    resources,
    conditions: { StringEquals: { ...equal, 'aws:RequestedRegion': Object.keys(regions) }, ...more },
  });

/** All things of some types, in any region. */
export const anyOf = (
  scope: Construct,
  types: readonly string[],
  account = Stack.of(scope).account,
): string[] =>
  types.map((resource) =>
    Stack.of(scope).formatArn({ service: 'ec2', region: '*', account, resource, resourceName: '*' }),
  );
