// The three alarms, on metrics that cost nothing. Each names its paragraph of the runbook.
import { Alarm, type AlarmProps, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Duration, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { resourceName } from '../../shared/contract/names.ts';

export interface Watched {
  installation: string;
  deadRings: Queue;
  reaper: LambdaFunction;
  /** Where alarms are mailed to. Without it there is no topic. */
  email: string | undefined;
}

export function declareAlarms(scope: Construct, watched: Watched): Alarm[] {
  const { installation, email } = watched;
  const alarms = Object.entries(alarmsOf(watched)).map(
    ([what, { paragraph, ...props }]) =>
      new Alarm(scope, `${what}Alarm`, {
        ...props,
        alarmName: resourceName(installation, paragraph),
        alarmDescription: `What to do: README.md#runbook-${paragraph}`,
      }),
  );
  if (email) {
    const mail = new SnsAction(mailbox(scope, installation, email));
    for (const alarm of alarms) {
      alarm.addAlarmAction(mail);
      alarm.addOkAction(mail);
    }
  }
  return alarms;
}

type Rule = AlarmProps & { paragraph: string };

const alarmsOf = ({ deadRings, reaper }: Watched): Record<string, Rule> => ({
  DeadLetters: {
    paragraph: 'dead-letters',
    metric: deadRings.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  },
  /** Three failed sweeps in five minutes: one call that was throttled wakes nobody. */
  ReaperErrors: {
    paragraph: 'reaper-errors',
    metric: reaper.metricErrors({ period: Duration.minutes(1) }),
    threshold: 1,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  },
  /** A function that does not run sends no zeros: missing data is the alarm. */
  ReaperSilent: {
    paragraph: 'reaper-silent',
    metric: reaper.metricInvocations({ period: Duration.minutes(5) }),
    threshold: 1,
    evaluationPeriods: 3,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.BREACHING,
  },
});

/** Only the installation's own alarms may write to it, over TLS. */
function mailbox(scope: Construct, installation: string, email: string): Topic {
  const topic = new Topic(scope, 'Mail', {
    topicName: resourceName(installation, 'alarms'),
    enforceSSL: true,
  });
  const { account } = Stack.of(scope);
  const alarms = Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: `alarm:${resourceName(installation, '*')}`,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': alarms } },
    }),
  );
  topic.addSubscription(new EmailSubscription(email));
  return topic;
}
