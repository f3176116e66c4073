// What functions may do with machines of EC2. A launch by an instant fleet takes two rights: to create the
// fleet, and to run its machines. A Mac is run on its host, without a fleet.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { anyOf, ourRequest, ourResource, regional } from './ec2-statement.ts';
import { hasMacs, keepHosts } from './host-access.ts';
import { hasStarts, type Machines, profileOf, startsIn } from './machines.ts';

const hasFleets = ({ fleets }: Machines): boolean => fleets.length > 0;
const hasSpot = ({ fleets }: Machines): boolean => fleets.some(({ market }) => market === 'spot');

/**
 * For the dispatcher: to find and end machines, and where pools have some, to launch them. What it launches
 * is of the configured families, has our tags and asks for session tokens at its metadata; it comes from our
 * templates, in our networks.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export const launchMachines = (scope: Construct, machines: Machines | undefined): PolicyStatement[] =>
  machines
    ? [
        ...(hasStarts(machines) ? startMachines(scope, machines) : []),
        ...keepHosts(scope, machines),
        ...endMachines(scope, machines),
        seeLaunching(machines),
      ]
    : [];

const startMachines = (scope: Construct, machines: Machines): PolicyStatement[] => [
  ...fromWhat(scope, machines),
  ...whatIsNew(scope, machines),
  ...asWhom(scope, machines),
];

function fromWhat(scope: Construct, machines: Machines): PolicyStatement[] {
  const launch = ['ec2:RunInstances', ...(hasFleets(machines) ? ['ec2:CreateFleet'] : [])];
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
  const names = startsIn(machines).flatMap(({ settings: { machine } }) =>
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
  const withMachine = ['volume', 'network-interface'];
  if (hasSpot(machines)) withMachine.push('spot-instances-request');
  const of = (...types: string[]) => anyOf(scope, types);
  return [
    // AWS's reference has no network interfaces for CreateFleet. But the request tags them, and Karpenter's
    // policy has them: https://karpenter.sh/docs/reference/cloudformation/
    ...(hasFleets(machines)
      ? [
          regional(
            machines,
            'NewByFleet',
            ['ec2:CreateFleet'],
            of('fleet', 'instance', 'volume', 'network-interface'),
            tagged,
          ),
        ]
      : []),
    regional(
      machines,
      'NewMachines',
      ['ec2:RunInstances'],
      of('instance'),
      { ...tagged, 'ec2:MetadataHttpTokens': 'required' },
      { StringLike: { 'ec2:InstanceType': machines.families.map((family) => `${family}.*`) } },
    ),
    regional(machines, 'NewWithMachines', ['ec2:RunInstances'], of(...withMachine), tagged),
    tagNew(scope, machines, ['instance', ...withMachine]),
  ];
}

/** Only what is being made: nobody else's machine becomes ours by a tag. */
function tagNew(scope: Construct, machines: Machines, made: string[]): PolicyStatement {
  const types = [...made];
  const by = ['RunInstances'];
  if (hasFleets(machines)) {
    types.push('fleet');
    by.push('CreateFleet');
  }
  if (hasMacs(machines)) {
    types.push('dedicated-host', 'replace-root-volume-task');
    by.push('AllocateHosts', 'CreateReplaceRootVolumeTask');
  }
  const condition = { ...ourRequest(machines), 'ec2:CreateAction': by };
  return regional(machines, 'Tag', ['ec2:CreateTags'], anyOf(scope, types), condition);
}

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
  const profiles = startsIn(machines).flatMap((start) => profileOf(machines.installation, start) ?? []);
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
  const ownNetwork = hasStarts(machines) && Object.values(machines.regions).some(({ vpc }) => !vpc);
  const byName = startsIn(machines).some(({ settings: { machine } }) => 'name' in machine.image);
  return see(machines, [
    'Instances',
    ...(ownNetwork ? ['Subnets'] : []),
    ...(byName ? ['Images'] : []),
    'Hosts',
    ...(hasMacs(machines) ? ['ReplaceRootVolumeTasks'] : []),
  ]);
}

const see = (machines: Machines, what: readonly string[]): PolicyStatement =>
  regional(
    machines,
    'See',
    what.map((each) => `ec2:Describe${each}`),
    ['*'],
  );

/** For the reaper: to find machines, hosts and what machines leave behind, and to end all but hosts. */
export const sweepMachines = (scope: Construct, machines: Machines | undefined): PolicyStatement[] =>
  machines
    ? [
        ...endMachines(scope, machines),
        deleteLeftovers(scope, machines),
        see(machines, ['Instances', 'Hosts', 'Volumes', 'NetworkInterfaces']),
      ]
    : [];

/** For the builder API: to see whose machine speaks. */
export const seeMachines = (machines: Machines | undefined): PolicyStatement[] =>
  machines && hasStarts(machines) ? [see(machines, ['Instances'])] : [];

const endMachines = (scope: Construct, machines: Machines): PolicyStatement[] => [
  regional(machines, 'End', ['ec2:TerminateInstances'], anyOf(scope, ['instance']), ourResource(machines)),
];

const deleteLeftovers = (scope: Construct, machines: Machines): PolicyStatement =>
  regional(
    machines,
    'Leftovers',
    ['ec2:DeleteVolume', 'ec2:DeleteNetworkInterface'],
    anyOf(scope, ['volume', 'network-interface']),
    ourResource(machines),
  );
