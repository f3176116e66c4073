// The roles of synthesized templates with all that their policies say, each named by who takes it.
import * as z from 'zod/mini';
import { amazon, type Resource, resourcesOf, type Template } from './iam-template.ts';

const words = z.union([z.string(), z.array(z.string())]);
const condition = z.record(z.string(), z.record(z.string(), words));

/** `NotAction` and `NotResource` are refused: a policy says what is allowed. */
const statement = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.enum(['Allow', 'Deny']),
  Action: words,
  Resource: words,
  Condition: z.optional(condition),
});

const version = z.literal('2012-10-17');
const policy = z.strictObject({ Version: version, Statement: z.array(statement) });
const trust = z.strictObject({
  Version: version,
  Statement: z.array(
    z.strictObject({
      Effect: z.literal('Allow'),
      Action: z.literal('sts:AssumeRole'),
      Principal: z.strictObject({ Service: z.string() }),
      Condition: z.optional(condition),
    }),
  ),
});
const resourcePolicy = z.object({ Version: version, Statement: z.array(z.looseObject({ Resource: words })) });

export type Statement = z.infer<typeof statement>;
export type Policy = z.infer<typeof policy>;
export type ResourcePolicy = z.infer<typeof resourcePolicy>;

export interface Role {
  policies: Policy[];
  /** The most that its policies can give. */
  boundary?: Policy | undefined;
  /** Its tags, as conditions and variables of policies see them. */
  context: Record<string, string>;
  trust: z.infer<typeof trust>;
}

export interface Rights {
  /**
   * By who takes the role: `webhook` and the other functions, `clock`, `builds of <pool>-<size>`, `forwarder`
   * of events, and `shells` on machines.
   */
  roles: Map<string, Role>;
  /** Policies of queues and topics. */
  resourcePolicies: ResourcePolicy[];
}

/** Throws where a template says more about rights than is read here, and for a role that nobody takes. */
export function rightsOf(templates: readonly Template[]): Rights {
  const stacks = templates.map(resourcesOf);
  return {
    roles: new Map(stacks.flatMap(rolesOf)),
    resourcePolicies: stacks
      .flat()
      .filter(({ type }) => /^AWS::(SQS::Queue|SNS::Topic)Policy$/.test(type))
      .map(({ properties }) => resourcePolicy.parse(properties.PolicyDocument)),
  };
}

const ofType = (resources: readonly Resource[], type: string) =>
  resources.filter((resource) => resource.type === type);

function rolesOf(resources: readonly Resource[]): [string, Role][] {
  const takers = takersOf(resources);
  return ofType(resources, 'AWS::IAM::Role')
    .filter(isOurs)
    .map((role) => {
      const taker = takers.get(role.arn ?? '');
      if (taker === undefined) throw new Error(`nobody that is known here takes the role ${role.id}`);
      return [taker, roleOf(role, resources)];
    });
}

/** The other is CDK's, for its function that closes a security group while a region is deployed. */
const isOurs = ({ id }: Resource): boolean => !id.startsWith('CustomVpcRestrictDefaultSG');

/** Who takes a role, by its ARN; of several the last. */
function takersOf(resources: readonly Resource[]): Map<string, string> {
  const schedule = z.object({ Target: z.object({ RoleArn: z.string() }) });
  const rule = z.object({ Targets: z.tuple([z.object({ RoleArn: z.optional(z.string()) })]) });
  const profile = z.object({ Roles: z.tuple([z.string()]) });
  const roleNamed = (wanted: string) =>
    ofType(resources, 'AWS::IAM::Role').find(({ name }) => name === wanted)?.arn ?? '';
  return new Map([
    ...ofType(resources, 'AWS::Lambda::Function').map(
      ({ name, properties }) => [String(properties.Role), withoutPrefix(name)] as const,
    ),
    ...ofType(resources, 'AWS::Scheduler::Schedule').map(
      ({ properties }) => [schedule.parse(properties).Target.RoleArn, 'clock'] as const,
    ),
    ...ofType(resources, 'AWS::CodeBuild::Project').map(
      ({ name, properties }) => [String(properties.ServiceRole), `builds of ${withoutPrefix(name)}`] as const,
    ),
    ...ofType(resources, 'AWS::Events::Rule').map(
      ({ properties }) => [rule.parse(properties).Targets[0].RoleArn ?? '', 'forwarder'] as const,
    ),
    ...ofType(resources, 'AWS::IAM::InstanceProfile').map(
      ({ properties }) => [roleNamed(profile.parse(properties).Roles[0]), 'shells'] as const,
    ),
  ]);
}

const withoutPrefix = (name: string) => name.replace(/^callsheet-[a-z0-9]+-/, '');

const inline = z.object({
  Policies: z._default(z.array(z.object({ PolicyDocument: policy })), []),
  ManagedPolicyArns: z._default(z.array(z.string()), []),
  PermissionsBoundary: z.optional(z.string()),
  AssumeRolePolicyDocument: trust,
  Tags: z._default(z.array(z.object({ Key: z.string(), Value: z.string() })), []),
});
const attached = z.object({ Roles: z._default(z.array(z.string()), []), PolicyDocument: policy });

function roleOf(role: Resource, resources: readonly Resource[]): Role {
  const said = inline.parse(
    JSON.parse(JSON.stringify(role.properties).replaceAll('::parameter/', `:${amazon}:parameter/`)),
  );
  const managed = (arn: string): Policy => {
    const found = ofType(resources, 'AWS::IAM::ManagedPolicy').find((each) => each.arn === arn);
    if (!found) throw new Error(`${role.id} has the policy ${arn}, which the template does not spell out`);
    return attached.parse(found.properties).PolicyDocument;
  };
  const attachedHere = resources
    .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy')
    .map(({ properties }) => attached.parse(properties))
    .filter(({ Roles }) => Roles.includes(role.name));
  return {
    policies: [
      ...said.Policies.map(({ PolicyDocument }) => PolicyDocument),
      ...said.ManagedPolicyArns.map(managed),
      ...attachedHere.map(({ PolicyDocument }) => PolicyDocument),
    ],
    boundary: said.PermissionsBoundary === undefined ? undefined : managed(said.PermissionsBoundary),
    context: Object.fromEntries(said.Tags.map(({ Key, Value }) => [`aws:PrincipalTag/${Key}`, Value])),
    trust: trust.parse(said.AssumeRolePolicyDocument),
  };
}
