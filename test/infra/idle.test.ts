// What an installation costs: an idle month, a job, a flood of requests; and that README says the same.
import { describe, expect, it } from 'vitest';
import { agentFiles, packedAgent } from '../../shared/agent/pack.ts';
import { inTheCloud } from '../../shared/policy/ladder.ts';
import { config } from '../../shared/runtime/config.ts';
import type { Template } from './iam-template.ts';
import { idleCost, type Line } from './idle-cost.ts';
import { agentBytes, floodCost } from './idle-flood.ts';
import { callsIn, jobsCost } from './idle-job.ts';
import { billTable, floodTable, priceNote, sectionOf } from './idle-readme.ts';
import { machinesConfig, synthesize } from './stage.ts';

const { controlPlane, codeBuild, regions } = synthesize(config);
const everything = [controlPlane, codeBuild, ...Object.values(regions)];
const pools = Object.keys(inTheCloud(config).pools).length;

/** The control plane with one more resource, or with another in place of one. */
const withResource = (id: string, Type: string, Properties = {}): Template => ({
  Resources: { ...controlPlane.Resources, [id]: { Type, Properties } },
});

/** The control plane with these properties in all resources of a type. */
const withProperties = (type: string, properties: object): Template => ({
  Resources: Object.fromEntries(
    Object.entries(controlPlane.Resources).map(([id, each]) => [
      id,
      each.Type === type ? { ...each, Properties: { ...each.Properties, ...properties } } : each,
    ]),
  ),
});

const costOf = (lines: readonly Line[], item = ''): number =>
  lines.filter((line) => line.item.includes(item)).reduce((sum, { usd }) => sum + usd, 0);

describe('an idle month', () => {
  const lines = idleCost(everything, pools);

  it('costs less than a dollar', () => {
    expect(costOf(lines)).toBeLessThan(1);
  });

  it('costs no more with machines of every kind, in three regions', () => {
    const film = synthesize(machinesConfig());
    const withMachines = [controlPlane, codeBuild, ...Object.values(film.regions)];
    expect(Object.keys(film.regions)).toHaveLength(3);
    expect(idleCost(withMachines, pools)).toEqual(lines);
  });

  it('costs no more when alarms are mailed', () => {
    const mailed = synthesize({ ...config, alarmEmail: 'crew@example.org' }).controlPlane;
    expect(idleCost([mailed, ...everything.slice(1)], pools)).toEqual(lines);
  });

  it.each([
    ['Schedule', (43_800 * 1) / 1e6],
    ['Reaper', (43_800 * 0.2) / 1e6 + 43_800 * (0.2 * 1 + 0.8 * 0.06) * 0.25 * 0.0000133334],
    ['polls', (5 * 3 * 43_800 * 0.5) / 1e6],
    ['Alarms', 0.3],
    ['memory', (8760 * 2 * 0.625) / 1e6],
  ])('%s: as reckoned by hand', (item, usd) => {
    expect(costOf(lines, item)).toBeCloseTo(usd, 6);
  });

  it('follows the templates', () => {
    const [slow, big, queues] = [
      withProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(5 minutes)' }),
      withProperties('AWS::Lambda::Function', { MemorySize: 1024 }),
      withResource('More', 'AWS::Lambda::EventSourceMapping', { EventSourceArn: 'arn:aws:sqs:::more' }),
    ].map((template) => idleCost([template], pools));
    expect(costOf(slow ?? [], 'Schedule')).toBeCloseTo(costOf(lines, 'Schedule') / 5);
    expect(costOf(big ?? [], 'Reaper')).toBeGreaterThan(costOf(lines, 'Reaper') * 3);
    expect(costOf(queues ?? [], 'polls')).toBeCloseTo(costOf(lines, 'polls') * 2);
  });

  it('is in README', () => {
    const section = sectionOf('What an idle month costs');
    expect(section).toContain(billTable('an idle month', lines));
    expect(section.replaceAll('\n', ' ')).toContain(priceNote());
  });
});

describe('an idle month is not reckoned with', () => {
  const reckon = (template: Template) => () => idleCost([template], pools);

  it.each([
    'AWS::EC2::NatGateway',
    'AWS::EC2::EIP',
    'AWS::EC2::FlowLog',
    'AWS::EC2::Instance',
    'AWS::KMS::Key',
    'AWS::SecretsManager::Secret',
    'AWS::Logs::MetricFilter',
    'AWS::CloudWatch::Dashboard',
    'AWS::CloudWatch::CompositeAlarm',
    'AWS::Lambda::Alias',
    'AWS::Lambda::Version',
    'AWS::ApplicationAutoScaling::ScalableTarget',
    'AWS::CodeBuild::Fleet',
    'AWS::WAFv2::WebACL',
    'Custom::Anything',
  ])('%s, which nobody has priced', (type) => {
    expect(reckon(withResource('New', type))).toThrow(`New (${type}): what it costs at rest is not known`);
  });

  it.each([
    ['provisioned capacity', 'AWS::DynamoDB::Table', { BillingMode: 'PROVISIONED' }],
    ['a key for a table', 'AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true } }],
    ['a key for a queue', 'AWS::SQS::Queue', { KmsMasterKeyId: 'alias/aws/sqs' }],
    ['a key for a log', 'AWS::Logs::LogGroup', { KmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/1' }],
    ['a log for ever', 'AWS::Logs::LogGroup', { RetentionInDays: undefined }],
    ['a high-resolution alarm', 'AWS::CloudWatch::Alarm', { Period: 10 }],
    ['an alarm on a custom metric', 'AWS::CloudWatch::Alarm', { Namespace: 'Callsheet' }],
    ['an alarm on several metrics', 'AWS::CloudWatch::Alarm', { Metrics: [{ Id: 'a' }, { Id: 'b' }] }],
    ['traces', 'AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } }],
    ['a VPC', 'AWS::Lambda::Function', { VpcConfig: { SubnetIds: ['subnet-1'] } }],
    ['x86', 'AWS::Lambda::Function', { Architectures: ['x86_64'] }],
    ['pollers of its own', 'AWS::Lambda::EventSourceMapping', { ProvisionedPollerConfig: {} }],
    ['a stream', 'AWS::Lambda::EventSourceMapping', { EventSourceArn: 'arn:aws:kinesis:::stream/x' }],
    [
      'metrics of routes',
      'AWS::ApiGatewayV2::Stage',
      { DefaultRouteSettings: { DetailedMetricsEnabled: true } },
    ],
    ['a hidden schedule', 'AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' }],
    ['a schedule nobody reckons', 'AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(* * * * ? *)' }],
  ])('%s', (_, type, properties) => {
    expect(reckon(controlPlane)).not.toThrow();
    expect(reckon(withProperties(type, properties))).toThrow();
  });

  it('a way into a VPC that costs by the hour', () => {
    const endpoint = (VpcEndpointType: string) =>
      reckon(withResource('Way', 'AWS::EC2::VPCEndpoint', { VpcEndpointType }));
    expect(endpoint('Gateway')).not.toThrow();
    expect(endpoint('Interface')).toThrow('VpcEndpointType is not Gateway');
  });

  it('a fourth alarm, or a second schedule', () => {
    const alarm = { Period: 60, Namespace: 'AWS/Lambda' };
    expect(reckon(withResource('Fourth', 'AWS::CloudWatch::Alarm', alarm))).toThrow('4 alarms');
    expect(reckon(withResource('Second', 'AWS::Scheduler::Schedule'))).toThrow('not one schedule');
  });

  it('a fleet of machines', () => {
    const fleet = { Environment: { Fleet: { FleetArn: 'arn' } } };
    expect(reckon(withResource('Always', 'AWS::CodeBuild::Project', fleet))).toThrow('Environment.Fleet');
  });
});

describe('a thousand jobs', () => {
  it('cost what README says, by the calls that it says were measured', () => {
    const lines = jobsCost(controlPlane, callsIn(sectionOf('Measured')));
    expect(sectionOf('What a job costs')).toContain(billTable('1,000 jobs of half an hour', lines));
  });

  it('cost more when each makes more calls', () => {
    const costFor = (reads: number) =>
      costOf(jobsCost(controlPlane, { reads, writes: 30, rings: 6 }), 'Tables');
    expect(costFor(80) - costFor(0)).toBeCloseTo((1000 * 80 * 2 * 0.125) / 1e6);
  });
});

describe('a flood of requests', () => {
  const floods = floodCost(controlPlane);

  it('can cost a day what README says', () => {
    expect(sectionOf('What a flood of requests can cost')).toContain(floodTable(floods));
  });

  it('is answered with no more bytes than it is reckoned with', () => {
    expect(packedAgent(agentFiles.ec2).length).toBeLessThan(agentBytes);
  });

  it('is bounded on every route', () => {
    expect(floods.length).toBeGreaterThan(0);
    for (const { largestUsd } of floods) expect(largestUsd).toBeLessThan(200);
  });

  it('costs as much as the throttles let through', () => {
    const settings = { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 };
    const narrow = withProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: settings,
      RouteSettings: {},
    });
    const [webhook] = floodCost(narrow);
    expect(webhook?.rate).toBe(1);
    expect(webhook?.leastUsd).toBeCloseTo(0.134, 3);
    const open = withProperties('AWS::ApiGatewayV2::Stage', { DefaultRouteSettings: {} });
    expect(() => floodCost(open)).toThrow();
  });
});
