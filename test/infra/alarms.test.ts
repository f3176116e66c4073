// The alarms: what rings, after how long, who is told, and where it says what to do.
import { describe, expect, it } from 'vitest';
import { account, region, resourcesOf } from './iam-template.ts';
import { filmConfig, propertiesOf, synthesize } from './stage.ts';

const silent = synthesize(filmConfig()).controlPlane;
const mailing = synthesize(filmConfig({ alarmEmail: 'crew@studio.example' })).controlPlane;
const alarms = propertiesOf(silent, 'AWS::CloudWatch::Alarm');
const free = ['AWS/SQS', 'AWS/Lambda'];

describe('the alarms', () => {
  it('are three, on metrics that AWS gives for nothing, each with its paragraph of the runbook', () => {
    expect(Object.values(alarms).map((alarm) => [alarm.AlarmName, alarm.AlarmDescription])).toEqual([
      ['callsheet-film-dead-letters', 'What to do: README.md#runbook-dead-letters'],
      ['callsheet-film-reaper-errors', 'What to do: README.md#runbook-reaper-errors'],
      ['callsheet-film-reaper-silent', 'What to do: README.md#runbook-reaper-silent'],
    ]);
    for (const alarm of Object.values(alarms)) {
      expect(free).toContain(alarm.Namespace);
      expect(Object.keys(alarm)).not.toContain('Metrics');
      expect(Number(alarm.Period)).toBeGreaterThanOrEqual(60);
    }
  });

  it('ring for one dead letter', () => {
    expect(alarmNamed('dead-letters')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: 'callsheet-film-dead-rings.fifo' }],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  it('ring when three of five sweeps failed, not for one', () => {
    expect(alarmNamed('reaper-errors')).toMatchObject({
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: 'callsheet-film-reaper' }],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Period: 60,
      Threshold: 1,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      TreatMissingData: 'notBreaching',
    });
  });

  it('ring when the reaper has not run for a quarter of an hour, which no data means too', () => {
    expect(alarmNamed('reaper-silent')).toMatchObject({
      MetricName: 'Invocations',
      Dimensions: [{ Name: 'FunctionName', Value: 'callsheet-film-reaper' }],
      ComparisonOperator: 'LessThanThreshold',
      Period: 300,
      Threshold: 1,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });
});

const alarmNamed = (paragraph: string) =>
  Object.values(alarms).find(({ AlarmName }) => AlarmName === `callsheet-film-${paragraph}`);

describe('mail', () => {
  const topic = `arn:aws:sns:${region}:${account}:callsheet-film-alarms`;

  it('is sent to nobody when the configuration names nobody', () => {
    expect(resourcesOf(silent).filter(({ type }) => type.startsWith('AWS::SNS'))).toEqual([]);
    for (const alarm of Object.values(alarms)) expect(Object.keys(alarm)).not.toContain('AlarmActions');
  });

  it('tells the address of the configuration that an alarm rings, and that it has ended', () => {
    expect(Object.values(propertiesOf(mailing, 'AWS::SNS::Subscription'))).toEqual([
      { Protocol: 'email', Endpoint: 'crew@studio.example', TopicArn: topic },
    ]);
    for (const alarm of Object.values(propertiesOf(mailing, 'AWS::CloudWatch::Alarm'))) {
      expect(alarm).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    }
  });

  it('may be written by alarms of this installation only, and CloudWatch needs no key for it', () => {
    expect(
      Object.keys(propertiesOf(mailing, 'AWS::SNS::Topic')['callsheet-film-alarms'] ?? {}),
    ).not.toContain('KmsMasterKeyId');
    const [policy] = Object.values(propertiesOf(mailing, 'AWS::SNS::TopicPolicy'));
    expect(policy).toMatchObject({
      PolicyDocument: {
        Statement: [
          { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: topic,
            Condition: {
              StringEquals: { 'aws:SourceAccount': account },
              ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${region}:${account}:alarm:callsheet-film-*` },
            },
          },
        ],
      },
    });
  });
});
