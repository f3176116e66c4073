// What a function may be allowed: exact actions on exact things, one statement for each kind of thing.
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

type TableAction = 'GetItem' | 'PutItem' | 'DeleteItem' | 'Query';

export const onTable = (sid: string, table: Table, actions: readonly TableAction[]): PolicyStatement =>
  new PolicyStatement({
    sid,
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [table.tableArn],
  });

export const onIndex = (sid: string, table: Table, index: string): PolicyStatement =>
  new PolicyStatement({ sid, actions: ['dynamodb:Query'], resources: [`${table.tableArn}/index/${index}`] });

export const ring = ({ queueArn }: Queue): PolicyStatement =>
  new PolicyStatement({ sid: 'Ring', actions: ['sqs:SendMessage'], resources: [queueArn] });

/**
 * What Lambda's poller needs.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const answerRings = ({ queueArn }: Queue): PolicyStatement =>
  new PolicyStatement({
    sid: 'AnswerRings',
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resources: [queueArn],
  });

/**
 * SecureString parameters under the AWS-managed key `aws/ssm`, whose own policy lets everybody in the account
 * decrypt through SSM what they may get: it takes no `kms:Decrypt`.
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
export const readSecrets = (scope: Construct, names: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    sid: 'ReadSecrets',
    actions: ['ssm:GetParameter'],
    resources: names.map((name) =>
      Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) }),
    ),
  });

type BuildAction = 'StartBuild' | 'StopBuild' | 'BatchGetBuilds' | 'ListBuildsForProject';

/** For the builds of these projects; where there are none, no statement: one without resources is refused. */
export const onBuilds = (
  scope: Construct,
  projects: readonly string[],
  actions: readonly BuildAction[],
): PolicyStatement[] =>
  projects.length === 0
    ? []
    : [
        new PolicyStatement({
          sid: 'Builds',
          actions: actions.map((action) => `codebuild:${action}`),
          resources: projects.map((project) => projectArn(scope, project)),
        }),
      ];

/** Of a CodeBuild project, by its name. */
export const projectArn = (scope: Construct, project: string): string =>
  Stack.of(scope).formatArn({ service: 'codebuild', resource: 'project', resourceName: project });
