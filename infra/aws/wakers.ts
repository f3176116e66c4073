// What wakes functions that nobody calls: rings, ticks of a clock, and events of CodeBuild.
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { projectPrefix, resourceName } from '../../shared/contract/names.ts';
import type { Rings } from './rings.ts';

/** A ring is never failed by the dispatcher, so it answers for all of a batch or for none. */
export function wakeByRings(dispatcher: LambdaFunction, { queue }: Rings): void {
  dispatcher.addEventSourceMapping('Rings', { eventSourceArn: queue.queueArn, batchSize: 10 });
}

/** Each minute. A tick that could not be delivered is dropped: the next one is as good. */
export function wakeByClock(scope: Construct, installation: string, reaper: LambdaFunction): void {
  const role = new Role(scope, 'ClockRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    inlinePolicies: {
      own: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'Tick',
            actions: ['lambda:InvokeFunction'],
            resources: [reaper.functionArn],
          }),
        ],
      }),
    },
  });
  new CfnSchedule(scope, 'Clock', {
    name: resourceName(installation, 'clock'),
    description: 'Wakes the reaper',
    scheduleExpression: 'rate(1 minute)',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: reaper.functionArn,
      roleArn: role.roleArn,
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    },
  });
}

/**
 * Of the installation's projects only: a build has ended, whatever word says how, or has left the queue.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
 */
export function wakeByBuilds(scope: Construct, installation: string, cloudEvents: LambdaFunction): void {
  const project = { 'project-name': [{ prefix: projectPrefix(installation) }] };
  const rule = (id: string, what: string, detailType: string, detail: Record<string, unknown>) =>
    new Rule(scope, id, {
      ruleName: resourceName(installation, what),
      eventPattern: {
        source: ['aws.codebuild'],
        detailType: [detailType],
        detail: { ...project, ...detail },
      },
      targets: [new FunctionTarget(cloudEvents)],
    });
  rule('BuildStates', 'build-states', 'CodeBuild Build State Change', {
    'build-status': [{ 'anything-but': ['IN_PROGRESS'] }],
  });
  rule('BuildPhases', 'build-phases', 'CodeBuild Build Phase Change', { 'completed-phase': ['QUEUED'] });
}
