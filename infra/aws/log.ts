// Declares a log: what writes it may create streams in it and fill them, nothing else.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** The log `/callsheet/<installation>/<what>`. */
interface LogName {
  installation: string;
  what: string;
}

const nameOf = ({ installation, what }: LogName): string => `/callsheet/${installation}/${what}`;

/** It goes when its stack goes. */
export const declareLog = (
  scope: Construct,
  id: string,
  { retention, ...name }: LogName & { retention: RetentionDays },
): LogGroup =>
  new LogGroup(scope, id, {
    logGroupName: nameOf(name),
    retention,
    removalPolicy: RemovalPolicy.DESTROY,
  });

/** CloudFormation's ARN of a log group ends with `:*`, which stands for its streams. */
export const mayWrite = (log: LogGroup): PolicyStatement => mayFill(log.logGroupArn);

/** Only the streams whose names begin with `<prefix>/`. */
export const mayWriteStreams = (scope: Construct, streams: LogName & { prefix: string }): PolicyStatement =>
  mayFill(
    Stack.of(scope).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${nameOf(streams)}:log-stream:${streams.prefix}/*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );

/**
 * AWS checks both actions on the stream.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
 */
const mayFill = (streams: string): PolicyStatement =>
  new PolicyStatement({
    sid: 'OwnLog',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [streams],
  });
