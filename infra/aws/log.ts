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

/** The streams of a log whose names begin with `<prefix>/`. */
interface Streams extends LogName {
  prefix: string;
}

/** Only these streams. */
export const mayWriteStreams = (scope: Construct, streams: Streams): PolicyStatement =>
  mayFill(streamsArn(scope, streams));

export const streamsArn = (scope: Construct, { prefix, ...name }: Streams): string =>
  Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: `${nameOf(name)}:log-stream:${prefix}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

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
