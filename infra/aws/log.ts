// Declares a log: what writes it may create streams in it and fill them, nothing else.
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** The log `/callsheet/<installation>/<what>`. It goes when its stack goes. */
export const declareLog = (
  scope: Construct,
  id: string,
  { installation, what, retention }: { installation: string; what: string; retention: RetentionDays },
): LogGroup =>
  new LogGroup(scope, id, {
    logGroupName: `/callsheet/${installation}/${what}`,
    retention,
    removalPolicy: RemovalPolicy.DESTROY,
  });

/** CloudFormation's ARN of a log group ends with `:*`, which stands for its streams. */
export const mayWrite = (log: LogGroup): PolicyStatement =>
  new PolicyStatement({
    sid: 'OwnLog',
    effect: Effect.ALLOW,
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [log.logGroupArn],
  });
