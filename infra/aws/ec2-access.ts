// What functions may do with machines of EC2. A launch by an instant fleet takes two rights: to create the
// fleet, and to run its machines.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { installationTag } from '../../shared/contract/names.ts';
import { type Machines, profileOf } from './machines.ts';

type Condition = Record<string, string | string[]>;

const ourResource = ({ installation }: Machines): Condition => ({
  [`aws:ResourceTag/${installationTag}`]: installation,
});
const ourRequest = ({ installation }: Machines): Condition => ({
  [`aws:RequestTag/${installationTag}`]: installation,
});

/**
 * The regions are named once, in the condition, and not in each ARN: the rights of a role may have 10,240
 * characters, whatever the number of regions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const regional = (
  { regions }: Machines,
  sid: string,
  actions: string[],
  resources: string[],
  equal: Condition = {},
  like: Condition = {},
): PolicyStatement =>
  new PolicyStatement({
    sid,
    actions,
    resources,
    conditions: {
      StringEquals: { ...equal, 'aws:RequestedRegion': Object.keys(regions) },
      ...(Object.keys(like).length > 0 && { StringLike: like }),
    },
  });

/** All things of some types, in any region. */
const anyOf = (scope: Construct, types: readonly string[], account = Stack.of(scope).account): string[] =>
  types.map((resource) =>
    Stack.of(scope).formatArn({ service: 'ec2', region: '*', account, resource, resourceName: '*' }),
  );

const launch = ['ec2:RunInstances', 'ec2:CreateFleet'];

/**
 * For the dispatcher: to launch, find and end machines. What it launches is of the configured families, has
 * our tags and asks for session tokens at its metadata; it comes from our templates, in our networks.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export const launchMachines = (scope: Construct, machines: Machines | undefined): PolicyStatement[] =>
  machines
    ? [
        ...fromWhat(scope, machines),
        ...whatIsNew(scope, machines),
        ...asWhom(scope, machines),
        ...endMachines(scope, machines),
        seeLaunching(machines),
      ]
    : [];

function fromWhat(scope: Construct, machines: Machines): PolicyStatement[] {
  const regions = Object.values(machines.regions);
  const ours = ['launch-template', 'security-group'];
  if (regions.some(({ vpc }) => !vpc)) ours.push('subnet');
  const theirs = Object.entries(machines.regions).flatMap(([region, { vpc }]) =>
    Object.values(vpc?.subnets ?? {}).map((id) =>
      Stack.of(scope).formatArn({ service: 'ec2', region, resource: 'subnet', resourceName: id }),
    ),
  );
  return [
    regional(machines, 'Inputs', launch, anyOf(scope, ['image', 'snapshot'], '')),
    regional(machines, 'Ours', launch, anyOf(scope, ours), ourResource(machines)),
    ...(theirs.length > 0
      ? [new PolicyStatement({ sid: 'Theirs', actions: launch, resources: theirs })]
      : []),
    ...readImageParameters(scope, machines),
  ];
}

/** A launch from a template that names a parameter reads it. AWS's own parameters belong to no account. */
function readImageParameters(scope: Construct, machines: Machines): PolicyStatement[] {
  const names = machines.starts.flatMap(({ settings: { machine } }) =>
    'parameter' in machine.image ? [machine.image.parameter] : [],
  );
  const resources = [...new Set(names)].sort().map((name) =>
    Stack.of(scope).formatArn({
      service: 'ssm',
      region: '*',
      ...(name.startsWith('/aws/') && { account: '' }),
      resource: 'parameter',
      resourceName: name.slice(1),
    }),
  );
  return resources.length > 0 ? [regional(machines, 'ImageNames', ['ssm:GetParameters'], resources)] : [];
}

function whatIsNew(scope: Construct, machines: Machines): PolicyStatement[] {
  const tagged = ourRequest(machines);
  const requests = hasSpot(machines) ? ['spot-instances-request'] : [];
  const withMachine = ['volume', 'network-interface', ...requests];
  const of = (...types: string[]) => anyOf(scope, types);
  return [
    // AWS's reference has no network interfaces for CreateFleet. But the request tags them, and Karpenter's
    // policy has them: https://karpenter.sh/docs/reference/cloudformation/
    regional(
      machines,
      'NewByFleet',
      ['ec2:CreateFleet'],
      of('fleet', 'instance', 'volume', 'network-interface'),
      tagged,
    ),
    regional(
      machines,
      'NewMachines',
      ['ec2:RunInstances'],
      of('instance'),
      { ...tagged, 'ec2:MetadataHttpTokens': 'required' },
      { 'ec2:InstanceType': machines.families.map((family) => `${family}.*`) },
    ),
    regional(machines, 'NewWithMachines', ['ec2:RunInstances'], of(...withMachine), tagged),
    // Only what is being made: nobody else's machine becomes ours by a tag.
    regional(machines, 'Tag', ['ec2:CreateTags'], of('fleet', 'instance', ...withMachine), {
      ...tagged,
      'ec2:CreateAction': ['RunInstances', 'CreateFleet'],
    }),
  ];
}

const hasSpot = ({ starts }: Machines): boolean => starts.some(({ market }) => market === 'spot');

/**
 * Roles: EC2's own for spot machines, which is made once in an account, and those in the instance profiles
 * that pools name. A profile does not say in its name which role is in it, and to hand on any role would be
 * to hand on every right in the account: so the role must have the profile's name, as it has where the
 * console made it.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
 */
function asWhom(scope: Construct, machines: Machines): PolicyStatement[] {
  const role = (resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName });
  const profiles = machines.starts.flatMap((start) => profileOf(machines.installation, start) ?? []);
  const spot = new PolicyStatement({
    sid: 'SpotRole',
    actions: ['iam:CreateServiceLinkedRole'],
    resources: [role('aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot')],
    conditions: { StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' } },
  });
  const pass = new PolicyStatement({
    sid: 'HandOn',
    actions: ['iam:PassRole'],
    resources: [...new Set(profiles)].sort().map(role),
    conditions: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
  });
  return [...(hasSpot(machines) ? [spot] : []), ...(profiles.length > 0 ? [pass] : [])];
}

/** EC2 knows no finer right to see. */
function seeLaunching(machines: Machines): PolicyStatement {
  const ownNetwork = Object.values(machines.regions).some(({ vpc }) => !vpc);
  const byName = machines.starts.some(({ settings: { machine } }) => 'name' in machine.image);
  const seen = ['Instances', ...(ownNetwork ? ['Subnets'] : []), ...(byName ? ['Images'] : [])];
  return regional(
    machines,
    'See',
    seen.map((what) => `ec2:Describe${what}`),
    ['*'],
  );
}

/** For the reaper: to find machines and end them. */
export const sweepMachines = (scope: Construct, machines: Machines | undefined): PolicyStatement[] =>
  machines ? [...endMachines(scope, machines), ...seeMachines(machines)] : [];

/** For the builder API: to see whose machine speaks. */
export const seeMachines = (machines: Machines | undefined): PolicyStatement[] =>
  machines ? [regional(machines, 'See', ['ec2:DescribeInstances'], ['*'])] : [];

const endMachines = (scope: Construct, machines: Machines): PolicyStatement[] => [
  regional(machines, 'End', ['ec2:TerminateInstances'], anyOf(scope, ['instance']), ourResource(machines)),
];
