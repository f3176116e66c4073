// Which resources may stand in a template so that an idle month costs next to nothing, and what none may say.
import type { Properties, Resource } from './iam-template.ts';

/** Says what is wrong with a resource, or nothing. */
type Rule = (properties: Properties) => string | undefined;

/** A property that costs while nothing runs. `path`: its names, with dots between them. */
const without =
  (path: string, why: string): Rule =>
  (properties) =>
    isSet(at(properties, path)) ? `${path}: ${why}` : undefined;

const only =
  (path: string, wanted: unknown, why: string): Rule =>
  (properties) =>
    at(properties, path) === wanted ? undefined : `${path} is not ${wanted}: ${why}`;

const isSet = (value: unknown): boolean => value !== undefined && value !== false;

function at(value: unknown, path: string): unknown {
  const [first = '', ...rest] = path.split('.');
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, first) : undefined;
  return rest.length === 0 ? found : at(found, rest.join('.'));
}

const key = 'a key of KMS costs 1.00 a month, or by the request';

const onArm = only('Architectures.0', 'arm64', 'x86 costs a quarter more');

/** CDK's own function, which closes the default security group of a new VPC. */
const runsAtDeployment: (properties: Properties) => boolean = ({ Description }) =>
  String(Description).startsWith('Lambda function for removing all inbound/outbound rules from the VPC');

/** Types that cost nothing but for what runs through them, and for what `idle-cost.ts` reckons. */
const rules: Record<string, readonly Rule[]> = {
  'AWS::ApiGatewayV2::Api': [],
  'AWS::ApiGatewayV2::Integration': [without('ConnectionId', 'a VPC link costs by the hour')],
  'AWS::ApiGatewayV2::Route': [],
  'AWS::ApiGatewayV2::Stage': [
    without('DefaultRouteSettings.DetailedMetricsEnabled', 'they are custom metrics'),
    without('AccessLogSettings', 'a flood of requests would be paid for a second time'),
  ],
  'AWS::CloudWatch::Alarm': [
    ({ Metrics }) => (isSet(Metrics) ? 'Metrics: an expression costs by each metric in it' : undefined),
    ({ Period }) => (Number(Period) >= 60 ? undefined : 'Period: below a minute costs three times as much'),
    ({ Namespace }) =>
      String(Namespace).startsWith('AWS/') ? undefined : 'Namespace: a custom metric costs 0.30 a month',
    without('ThresholdMetricId', 'anomaly detection costs three metrics'),
  ],
  'AWS::CodeBuild::Project': [without('Environment.Fleet', 'machines of a fleet run all the time')],
  'AWS::DynamoDB::Table': [
    only('BillingMode', 'PAY_PER_REQUEST', 'provisioned capacity costs by the hour'),
    without('ContributorInsightsSpecification.Enabled', 'it costs by the event'),
    without('SSESpecification.SSEEnabled', key),
    without('KinesisStreamSpecification', 'it costs by the change'),
  ],
  'AWS::EC2::InternetGateway': [],
  'AWS::EC2::LaunchTemplate': [],
  'AWS::EC2::Route': [without('NatGatewayId', 'a NAT gateway costs 33 a month')],
  'AWS::EC2::RouteTable': [],
  'AWS::EC2::SecurityGroup': [],
  'AWS::EC2::Subnet': [],
  'AWS::EC2::SubnetRouteTableAssociation': [],
  'AWS::EC2::VPC': [],
  'AWS::EC2::VPCEndpoint': [only('VpcEndpointType', 'Gateway', 'others cost by the hour and zone')],
  'AWS::EC2::VPCGatewayAttachment': [],
  'AWS::Events::Rule': [without('ScheduleExpression', 'name it a schedule, so that its runs are counted')],
  'AWS::IAM::InstanceProfile': [],
  'AWS::IAM::ManagedPolicy': [],
  'AWS::IAM::Policy': [],
  'AWS::IAM::Role': [],
  'AWS::Lambda::EventInvokeConfig': [],
  'AWS::Lambda::EventSourceMapping': [
    without('ProvisionedPollerConfig', 'pollers cost by the hour'),
    ({ EventSourceArn }) =>
      String(EventSourceArn).includes(':sqs:')
        ? undefined
        : 'EventSourceArn: only polls of a queue are reckoned',
  ],
  'AWS::Lambda::Function': [
    ({ TracingConfig }) =>
      at(TracingConfig, 'Mode') === 'Active' ? 'TracingConfig: each trace costs' : undefined,
    without('KmsKeyArn', key),
    without('VpcConfig', 'out of a VPC only a NAT gateway leads, 33 a month'),
    (properties) => (runsAtDeployment(properties) ? undefined : onArm(properties)),
  ],
  'AWS::Lambda::Permission': [],
  'AWS::Logs::LogGroup': [
    without('KmsKeyId', key),
    ({ RetentionInDays }) => (isSet(RetentionInDays) ? undefined : 'RetentionInDays: it grows for ever'),
  ],
  'AWS::SNS::Subscription': [only('Protocol', 'email', 'others cost by the message, or by the month')],
  'AWS::SNS::Topic': [without('KmsMasterKeyId', key)],
  'AWS::SNS::TopicPolicy': [],
  'AWS::SQS::Queue': [without('KmsMasterKeyId', key)],
  'AWS::SQS::QueuePolicy': [],
  'AWS::Scheduler::Schedule': [without('KmsKeyArn', key)],
  'Custom::VpcRestrictDefaultSG': [],
};

const mostAlarms = 3;

/** What in a template would cost while nothing runs, as prose. */
export function idleFaults(resources: readonly Resource[]): string[] {
  const alarms = resources.filter(({ type }) => type === 'AWS::CloudWatch::Alarm').length;
  return [
    ...resources.flatMap(({ id, type, properties }) =>
      (rules[type] ?? [unknown]).flatMap((rule) => {
        const fault = rule(properties);
        return fault ? [`${id} (${type}): ${fault}`] : [];
      }),
    ),
    ...(alarms > mostAlarms ? [`${alarms} alarms, ${mostAlarms} are enough`] : []),
  ];
}

const unknown: Rule = () =>
  'what it costs at rest is not known; say it in idle-resources.ts, or do without it';
