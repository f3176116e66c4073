// The control plane's template: what runs, how long, who reaches it, and what rings when it fails.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { functionNames } from '../../infra/aws/bundle.ts';
import {
  apiEnvironment,
  builderApiEnvironment,
  cloudEventsEnvironment,
  dispatcherEnvironment,
  parseEnvironment,
  reaperEnvironment,
  webhookEnvironment,
} from '../../shared/contract/environment.ts';
import { historyDefinition, openDefinition } from '../../shared/store/tables.ts';
import { account, region, resourcesOf } from './iam-template.ts';
import { filmConfig, machinesConfig, propertiesOf, synthesize } from './stage.ts';

const { controlPlane } = synthesize(filmConfig());
const { controlPlane: mailing } = synthesize(filmConfig({ alarmEmail: 'crew@studio.example' }));
const all = (type: string) => Object.values(propertiesOf(controlPlane, type));
const arn = (service: string, path: string) => `arn:aws:${service}:${region}:${account}:${path}`;
const functionArn = (name: string) => arn('lambda', `function:callsheet-film-${name}`);

const functions = propertiesOf(controlPlane, 'AWS::Lambda::Function');

describe('the functions', () => {
  it('are the six of the house, on ARM, with memory and time-out', () => {
    const sizes = Object.entries(functions).map(([name, { MemorySize, Timeout }]) => [
      name,
      MemorySize,
      Timeout,
    ]);
    expect(sizes).toEqual([
      ['callsheet-film-webhook', 256, 10],
      ['callsheet-film-dispatcher', 512, 30],
      ['callsheet-film-builder-api', 512, 30],
      ['callsheet-film-cloud-events', 256, 30],
      ['callsheet-film-reaper', 256, 60],
      ['callsheet-film-api', 256, 10],
    ]);
    for (const each of Object.values(functions)) {
      expect(each).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
      expect(Object.keys(each)).not.toContain('TracingConfig');
      expect(Object.keys(each)).not.toContain('ReservedConcurrentExecutions');
    }
  });

  it.each(functionNames)('%s writes a log of its own, which is kept for a month', (name) => {
    const log = `/callsheet/film/${name}`;
    expect(functions[`callsheet-film-${name}`]).toMatchObject({ LoggingConfig: { LogGroup: log } });
    expect(propertiesOf(controlPlane, 'AWS::Logs::LogGroup')[log]).toMatchObject({ RetentionInDays: 30 });
  });

  it.each([
    ['webhook', webhookEnvironment],
    ['dispatcher', dispatcherEnvironment],
    ['builder-api', builderApiEnvironment],
    ['cloud-events', cloudEventsEnvironment],
    ['reaper', reaperEnvironment],
    ['api', apiEnvironment],
  ])('%s gets the settings that it reads, and no others', (name, shape) => {
    const lambda = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.string()) }) });
    const { Variables } = lambda.parse(functions[`callsheet-film-${name}`]).Environment;
    expect(parseEnvironment(shape, { ...Variables, AWS_REGION: region })).toEqual({
      ...Variables,
      AWS_REGION: region,
    });
    if ('ACCOUNT_ID' in Variables) expect(Variables.ACCOUNT_ID).toBe(account);
    for (const [setting, value] of Object.entries(Variables)) {
      if (setting.endsWith('_PARAMETER')) expect(value).toMatch(/^\/callsheet\/film\/[a-z-]+$/);
    }
  });

  it('learn where builders reach Callsheet', () => {
    expect(functions['callsheet-film-dispatcher']).toMatchObject({
      Environment: { Variables: { PUBLIC_URL: expect.stringMatching(/^https:.*\.execute-api\./) } },
    });
  });
});

describe('the HTTP API', () => {
  const wanted = {
    'POST /github/webhooks': { function: 'webhook', rate: 100, burst: 4000 },
    'GET /builders/agent': { function: 'builder-api', rate: 100, burst: 300 },
    'POST /builders/claim': { function: 'builder-api', rate: 100, burst: 300 },
    'POST /builders/job': { function: 'builder-api', rate: 20, burst: 300 },
    'POST /builders/progress': { function: 'builder-api', rate: 105, burst: 600 },
    'POST /builders/finished': { function: 'builder-api', rate: 20, burst: 300 },
    'GET /api/jobs': { function: 'api', rate: 5, burst: 10 },
    'GET /api/builders': { function: 'api', rate: 5, burst: 10 },
    'GET /api/hosts': { function: 'api', rate: 5, burst: 10 },
    'GET /api/receipts': { function: 'api', rate: 5, burst: 10 },
  };

  it('has the routes of the contract and no other, each to its function', () => {
    const integrations = propertiesOf(controlPlane, 'AWS::ApiGatewayV2::Integration');
    const reached = all('AWS::ApiGatewayV2::Route').map(({ RouteKey, Target }) => [
      RouteKey,
      integrations[String(Target).replace('integrations/', '')]?.IntegrationUri,
    ]);
    const expected = Object.entries(wanted).map(([key, route]) => [key, functionArn(route.function)]);
    expect(Object.fromEntries(reached)).toEqual(Object.fromEntries(expected));
  });

  it('lets each route have so much, and all else little', () => {
    const [stage] = all('AWS::ApiGatewayV2::Stage');
    expect(stage).toMatchObject({
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
    });
    const settings = Object.entries(wanted).map(([key, { rate, burst }]) => [
      key,
      { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
    ]);
    expect(stage?.RouteSettings).toEqual(Object.fromEntries(settings));
  });

  it('is staged after its routes: settings of a route that is not there are refused', () => {
    const resources = Object.entries(controlPlane.Resources);
    const routes = resources.filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Route').map(([id]) => id);
    const stage = resources.find(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Stage')?.[1];
    expect(stage?.DependsOn).toEqual(routes.sort());
  });

  it('may call each function by one permission, and waits as long as the function may take', () => {
    const permissions = all('AWS::Lambda::Permission').filter(
      ({ Principal }) => Principal === 'apigateway.amazonaws.com',
    );
    expect(permissions.map(({ FunctionName, SourceArn }) => [FunctionName, SourceArn])).toEqual(
      ['webhook', 'builder-api', 'api'].map((name) => [functionArn(name), arn('execute-api', 'HttpApi/*/*')]),
    );
    const waits = all('AWS::ApiGatewayV2::Integration').map(({ TimeoutInMillis }) => TimeoutInMillis);
    expect(waits).toEqual([10_000, 30_000, 10_000]);
  });

  it('answers no other site', () => {
    expect(Object.keys(all('AWS::ApiGatewayV2::Api')[0] ?? {})).not.toContain('CorsConfiguration');
  });
});

describe('what is kept', () => {
  const tables = propertiesOf(controlPlane, 'AWS::DynamoDB::Table');

  it.each([
    ['callsheet-film-open', openDefinition],
    ['callsheet-film-history', historyDefinition],
  ])('%s is the table that the store defines, on demand and restorable', (name, definition) => {
    const { partitionKey, sortKey, index, timeToLiveAttribute } = definition;
    const schema = (partition: string, sort: string | undefined) => [
      { AttributeName: partition, KeyType: 'HASH' },
      ...(sort ? [{ AttributeName: sort, KeyType: 'RANGE' }] : []),
    ];
    expect(tables[name]).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      KeySchema: schema(partitionKey.name, sortKey?.name),
    });
    expect(tables[name]?.TimeToLiveSpecification).toEqual(
      timeToLiveAttribute && { AttributeName: timeToLiveAttribute, Enabled: true },
    );
    expect(tables[name]?.GlobalSecondaryIndexes).toEqual(
      index && [
        expect.objectContaining({
          IndexName: index.indexName,
          KeySchema: schema(index.partitionKey.name, index.sortKey.name),
        }),
      ],
    );
    expect(Object.keys(tables[name] ?? {})).not.toContain('SSESpecification');
  });

  it('goes with the stack: nothing is left behind', () => {
    const policies = Object.values(controlPlane.Resources).map((each) => each.DeletionPolicy);
    expect(policies).toContain('Delete');
    expect(policies.filter((policy) => policy !== undefined && policy !== 'Delete')).toEqual([]);
  });
});

describe('rings', () => {
  const queues = propertiesOf(controlPlane, 'AWS::SQS::Queue');

  it('wait in a FIFO queue that never compares contents, and end after three tries among the dead', () => {
    expect(queues['callsheet-film-rings.fifo']).toMatchObject({
      FifoQueue: true,
      ContentBasedDeduplication: false,
      VisibilityTimeout: 60,
      RedrivePolicy: {
        deadLetterTargetArn: arn('sqs', 'callsheet-film-dead-rings.fifo'),
        maxReceiveCount: 3,
      },
    });
    expect(queues['callsheet-film-dead-rings.fifo']).toMatchObject({ FifoQueue: true });
  });

  it('are encrypted where they lie and where they travel', () => {
    for (const queue of Object.values(queues)) {
      expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
      expect(Object.keys(queue)).not.toContain('KmsMasterKeyId');
    }
    const refusals = all('AWS::SQS::QueuePolicy').map(({ PolicyDocument }) => PolicyDocument);
    expect(refusals).toHaveLength(2);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      });
    }
  });

  it('wake the dispatcher, at most ten at once, and are hidden longer than it may take', () => {
    expect(all('AWS::Lambda::EventSourceMapping')).toEqual([
      expect.objectContaining({
        BatchSize: 10,
        EventSourceArn: arn('sqs', 'callsheet-film-rings.fifo'),
        FunctionName: 'callsheet-film-dispatcher',
      }),
    ]);
    const takes = Number(functions['callsheet-film-dispatcher']?.Timeout);
    const hidden = Number(queues['callsheet-film-rings.fifo']?.VisibilityTimeout);
    expect(hidden).toBeGreaterThanOrEqual(2 * takes);
  });
});

describe('the clock', () => {
  it('wakes the reaper each minute, and nobody makes up for a tick', () => {
    expect(all('AWS::Scheduler::Schedule')).toMatchObject([
      {
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: functionArn('reaper'), RetryPolicy: { MaximumRetryAttempts: 0 } },
      },
    ]);
    expect(all('AWS::Lambda::EventInvokeConfig')).toMatchObject([
      { FunctionName: 'callsheet-film-reaper', MaximumRetryAttempts: 0 },
    ]);
  });
});

describe('the size of the stack', () => {
  it('is at most 60 resources, with mail as well', () => {
    expect(resourcesOf(mailing).length).toBeLessThanOrEqual(60);
  });

  it('grows by four resources with machines of EC2: two rules, and their rights to wake', () => {
    const machines = synthesize(machinesConfig()).controlPlane;
    expect(resourcesOf(machines).length).toBe(resourcesOf(controlPlane).length + 4);
  });
});
