// A synthesized template as AWS would see it: its intrinsic functions resolved to one account and region.
import * as z from 'zod/mini';

/** The installation that is simulated. */
export const installation = 'aswf';
export const account = '111122223333';
export const region = 'us-east-1';
/** Stands for the account that AWS's own parameters do not have: the simulator knows none without. */
export const amazon = '999999999999';

const resource = z.object({
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
});

const templateSchema = z.object({ Resources: z.record(z.string(), resource) });

export type Template = z.infer<typeof templateSchema>;
export type Properties = Record<string, unknown>;

export interface Resource {
  id: string;
  type: string;
  /** Its name in AWS; the logical id stands for a name that AWS makes. */
  name: string;
  /** Absent for types whose ARNs nobody asks for. */
  arn?: string | undefined;
  /** Resolved: they hold no intrinsic function. */
  properties: Properties;
}

/** Throws for text that is no template. */
export const parseTemplate = (content: unknown): Template => templateSchema.parse(content);

/** All resources of a template. Throws for an intrinsic function or attribute that is not known here. */
export const resourcesOf = (template: Template): Resource[] =>
  Object.entries(template.Resources).map(([id, { Type, Properties }]) => {
    const { named, arn } = identities[Type] ?? {};
    const properties = z.record(z.string(), z.unknown()).parse(resolve(Properties, template));
    const name = named && named in properties ? z.string().parse(properties[named]) : id;
    return { id, type: Type, name, arn: arn?.(name), properties };
  });

const regional = (service: string, path: string) => `arn:aws:${service}:${region}:${account}:${path}`;

interface Identity {
  /** The property that names it. */
  named?: string;
  arn?(name: string): string;
  /** What `Ref` answers, if it is not the name. */
  ref?(name: string): string;
  /** Attributes that are ids which AWS makes. */
  ids?: readonly string[];
}

const topicArn = (name: string) => regional('sns', name);
const policyArn = (name: string) => `arn:aws:iam::${account}:policy/${name}`;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html */
const identities: Record<string, Identity> = {
  'AWS::ApiGatewayV2::Api': {},
  'AWS::ApiGatewayV2::Integration': {},
  'AWS::CodeBuild::Project': { named: 'Name', arn: (name) => regional('codebuild', `project/${name}`) },
  'AWS::EC2::InternetGateway': {},
  'AWS::EC2::RouteTable': {},
  'AWS::EC2::SecurityGroup': { ids: ['GroupId'] },
  'AWS::EC2::Subnet': {},
  'AWS::EC2::VPC': { ids: ['DefaultSecurityGroup'] },
  'AWS::DynamoDB::Table': { named: 'TableName', arn: (name) => regional('dynamodb', `table/${name}`) },
  'AWS::Events::Rule': { named: 'Name', arn: (name) => regional('events', `rule/${name}`) },
  'AWS::IAM::ManagedPolicy': { named: 'ManagedPolicyName', arn: policyArn, ref: policyArn },
  'AWS::IAM::Role': { named: 'RoleName', arn: (name) => `arn:aws:iam::${account}:role/${name}` },
  'AWS::Lambda::Function': { named: 'FunctionName', arn: (name) => regional('lambda', `function:${name}`) },
  'AWS::Logs::LogGroup': { named: 'LogGroupName', arn: (name) => regional('logs', `log-group:${name}:*`) },
  'AWS::SNS::Topic': { named: 'TopicName', arn: topicArn, ref: topicArn },
  'AWS::SQS::Queue': {
    named: 'QueueName',
    arn: (name) => regional('sqs', name),
    ref: (name) => `https://sqs.${region}.amazonaws.com/${account}/${name}`,
  },
};

const pseudo: Record<string, string> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The value with its intrinsic functions replaced by what they answer. */
function resolve(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, template));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first && entries.length === 1 && (first[0] === 'Ref' || first[0].startsWith('Fn::')))
    return call(first[0], first[1], template);
  return Object.fromEntries(entries.map(([key, each]) => [key, resolve(each, template)]));
}

const joinArguments = z.tuple([z.string(), z.array(z.string())]);
const subArguments = z.union([z.tuple([z.string(), z.record(z.string(), z.string())]), z.string()]);

function call(name: string, given: unknown, template: Template): string {
  const answered = () => resolve(given, template);
  switch (name) {
    case 'Ref':
      return reference(z.string().parse(given), template);
    case 'Fn::GetAtt':
      return attribute(z.tuple([z.string(), z.string()]).parse(given), template);
    case 'Fn::Join': {
      const [between, parts] = joinArguments.parse(answered());
      return parts.join(between);
    }
    case 'Fn::Base64':
      return Buffer.from(z.string().parse(answered())).toString('base64');
    case 'Fn::Sub':
      return substitute(subArguments.parse(answered()), template);
  }
  throw new Error(`${name} is not known here: teach it to iam-template.ts, or write the template without it`);
}

function reference(id: string, template: Template): string {
  const known = pseudo[id];
  if (known !== undefined) return known;
  const { name, identity } = identityOf(id, template);
  return identity.ref?.(name) ?? name;
}

function attribute([id, wanted]: [string, string], template: Template): string {
  const { name, identity } = identityOf(id, template);
  if (wanted === 'Arn' && identity.arn) return identity.arn(name);
  if (wanted === identity.named) return name;
  if (identity.ids?.includes(wanted)) return `${id}.${wanted}`;
  if (wanted === 'ApiEndpoint') return `https://${name}.execute-api.${region}.amazonaws.com`;
  throw new Error(`${id}.${wanted} is not known here: teach it to iam-template.ts`);
}

function substitute(given: z.infer<typeof subArguments>, template: Template): string {
  const [text, words] = typeof given === 'string' ? [given, {}] : given;
  const known = new Map(Object.entries(words));
  return text.replaceAll(/\$\{([\w:.]+)\}/g, (_, word: string) => {
    const [id = '', wanted] = word.split('.');
    return known.get(word) ?? (wanted ? attribute([id, wanted], template) : reference(id, template));
  });
}

function identityOf(id: string, template: Template): { name: string; identity: Identity } {
  const found = template.Resources[id];
  const identity = found && identities[found.Type];
  if (!identity)
    throw new Error(`${id} (${found?.Type ?? 'no resource'}) has no name or ARN in iam-template.ts`);
  const given = identity.named && found.Properties[identity.named];
  return { name: given === undefined ? id : z.string().parse(resolve(given, template)), identity };
}
