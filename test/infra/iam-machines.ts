// What roles must be able to do with machines of EC2, and what they must not: the requests of an instant
// fleet. Those of Macs are in iam-hosts.ts.
import {
  ec2Arn as arn,
  type Context,
  machineOf,
  ours,
  places,
  tagged,
  taggedTheirs,
  theirs,
} from './iam-contexts.ts';
import type { Request } from './iam-simulation.ts';
import { account, amazon, installation, region } from './iam-template.ts';

type Place = readonly [resource: string, context?: Context];

const machine = machineOf('g4dn.xlarge');
const instance = arn('instance/i-1');

/** What a fleet makes, as its request tags it: requests of spot are tagged by the launch template. */
const byFleet = ['instance/*', 'volume/*', 'network-interface/*'];

/** EC2 asks for the fleet, and for its machines, each for all that it is made of and all that it makes. */
const fleetIn = (place: string, subnet: Place): Request[] => {
  const inputs = (action: string): Request[] => [
    [action, arn('image/ami-1', place, '')],
    [action, arn('launch-template/lt-1', place), ours],
    [action, ...subnet],
  ];
  const made = [...byFleet, 'spot-instances-request/*'];
  return [
    ...inputs('ec2:CreateFleet'),
    ...['fleet/fleet-1', ...byFleet].map((path): Request => ['ec2:CreateFleet', arn(path, place), tagged]),
    ...inputs('ec2:RunInstances'),
    ['ec2:RunInstances', arn('snapshot/snap-1', place, '')],
    ['ec2:RunInstances', arn('security-group/sg-1', place), ours],
    ...made.map((path): Request => ['ec2:RunInstances', arn(path, place), machine]),
    ['ec2:CreateTags', arn('fleet/fleet-1', place), { ...tagged, 'ec2:CreateAction': 'CreateFleet' }],
    ...made.map(
      (path): Request => [
        'ec2:CreateTags',
        arn(path, place),
        { ...tagged, 'ec2:CreateAction': 'RunInstances' },
      ],
    ),
  ];
};
const ownSubnet = (place: string): Place => [arn('subnet/subnet-1', place), ours];
/** Of the network that was there before: it has no tag of ours. */
const vpcSubnet = (id: string): Place => [arn(`subnet/${id}`, 'us-west-2')];

const image = 'aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id';
const macImage = 'aws/service/ec2-macos/sequoia/arm64_mac/latest/image_id';
const parameter = (name: string, owner: string, place = region) =>
  `arn:aws:ssm:${place}:${owner}:parameter/${name}`;
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const toEc2: Context = { 'iam:PassedToService': 'ec2.amazonaws.com' };
const forSpot: Context = { 'iam:AWSServiceName': 'spot.amazonaws.com' };
const spotRole = role('aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot');

const see = (...what: string[]): Request[] =>
  places.flatMap((place) =>
    what.map((each): Request => [`ec2:Describe${each}`, '*', { 'aws:RequestedRegion': place }]),
  );
export const endMachines = places.map(
  (place): Request => ['ec2:TerminateInstances', arn('instance/i-1', place), ours],
);
/** Volumes and network interfaces that machines left behind. */
export const deleteLeftovers = places.flatMap((place): Request[] => [
  ['ec2:DeleteVolume', arn('volume/vol-1', place), ours],
  ['ec2:DeleteNetworkInterface', arn('network-interface/eni-1', place), ours],
]);
export const launchMachines: Request[] = [
  ...fleetIn(region, ownSubnet(region)),
  ...fleetIn('eu-central-1', ownSubnet('eu-central-1')),
  ...fleetIn('us-west-2', vpcSubnet('subnet-0aaaaaaaaaaaaaaaa')),
  ['ec2:RunInstances', ...vpcSubnet('subnet-0bbbbbbbbbbbbbbbb')],
  ...places.flatMap((place) =>
    [image, macImage].map((name): Request => ['ssm:GetParameters', parameter(name, amazon, place)]),
  ),
  ['ssm:GetParameters', parameter('film/images/own', account)],
  ['iam:CreateServiceLinkedRole', spotRole, forSpot],
  ['iam:PassRole', role(`callsheet-${installation}-shells-us-west-2`), toEc2],
  ['iam:PassRole', role('lab-machines'), toEc2],
];

const run = (path: string, context?: Context): Request => ['ec2:RunInstances', arn(path), context];
/** Requests like ours that lack one thing. */
export const nobodyMayWithMachines: Request[] = [
  ...[{}, theirs].flatMap((context): Request[] => [
    ['ec2:TerminateInstances', instance, context],
    ['ec2:CreateFleet', arn('launch-template/lt-1'), context],
    ...['launch-template/lt-1', 'subnet/subnet-1', 'security-group/sg-1'].map((path) => run(path, context)),
  ]),
  ...[...byFleet, 'spot-instances-request/*'].flatMap((path) => [
    run(path, { ...machine, ...taggedTheirs }),
    run(path, { 'ec2:MetadataHttpTokens': 'required', 'ec2:InstanceType': 'g4dn.xlarge' }),
  ]),
  ...['fleet/fleet-1', ...byFleet].flatMap((path): Request[] => [
    ['ec2:CreateFleet', arn(path)],
    ['ec2:CreateFleet', arn(path), taggedTheirs],
  ]),
  run('instance/*', { ...machine, 'ec2:MetadataHttpTokens': 'optional' }),
  ...['p5.48xlarge', 'g4ad.xlarge', 'g4d.xlarge', 'g4dn'].map((type) => run('instance/*', machineOf(type))),
  run('key-pair/admin', ours),
  run('placement-group/admin', ours),
  ...['CreateVolume', 'CreateSnapshot'].map(
    (action): Request => ['ec2:CreateTags', instance, { ...tagged, 'ec2:CreateAction': action }],
  ),
  ['ec2:CreateTags', instance, { ...machine, ...ours }],
  ['ec2:CreateTags', instance, { ...machine, ...theirs }],
  ['ec2:CreateTags', arn('volume/vol-1'), { ...tagged, ...ours }],
  ['ec2:DeleteTags', instance, { ...tagged, 'ec2:CreateAction': 'RunInstances' }],
  ['ec2:CreateTags', instance, { 'ec2:CreateAction': 'RunInstances' }],
  ['ec2:CreateTags', arn('image/ami-1', region, ''), { ...tagged, 'ec2:CreateAction': 'RunInstances' }],
  ['ec2:DeleteTags', instance, ours],
  ...['StopInstances', 'StartInstances', 'RebootInstances', 'ModifyInstanceMetadataOptions'].map(
    (action): Request => [`ec2:${action}`, instance, ours],
  ),
  ...['ModifyInstanceAttribute', 'AssociateIamInstanceProfile', 'CreateImage', 'GetConsoleOutput'].map(
    (action): Request => [`ec2:${action}`, instance, ours],
  ),
  ...['CreateLaunchTemplateVersion', 'ModifyLaunchTemplate', 'DeleteLaunchTemplate'].map(
    (action): Request => [`ec2:${action}`, arn('launch-template/lt-1'), ours],
  ),
  ...['AuthorizeSecurityGroupIngress', 'DeleteSecurityGroup'].map(
    (action): Request => [`ec2:${action}`, arn('security-group/sg-1'), ours],
  ),
  ['ec2:DeleteFleets', arn('fleet/fleet-1'), ours],
  ...[{}, theirs, tagged].flatMap((context): Request[] => [
    ['ec2:DeleteVolume', arn('volume/vol-1'), context],
    ['ec2:DeleteNetworkInterface', arn('network-interface/eni-1'), context],
  ]),
  ['ec2:DeleteSnapshot', arn('snapshot/snap-1', region, ''), ours],
  ...['DetachVolume', 'AttachVolume', 'ModifyVolume'].map(
    (action): Request => [`ec2:${action}`, arn('volume/vol-1'), ours],
  ),
  ...['DetachNetworkInterface', 'ModifyNetworkInterfaceAttribute'].map(
    (action): Request => [`ec2:${action}`, arn('network-interface/eni-1'), ours],
  ),
  ...see('VolumeStatus', 'KeyPairs', 'SecurityGroups', 'LaunchTemplates'),
  ['ec2:GetPasswordData', instance, ours],
  ['ssm:GetParameters', parameter('film/images/other', account)],
  ['ssm:GetParameters', parameter(image, account)],
  ['ssm:GetParameters', parameter('aws/service/other/ami-id', amazon)],
  ['ssm:GetParameter', parameter(image, amazon)],
  ['iam:PassRole', role('admin'), toEc2],
  ['iam:PassRole', role('lab-machines'), { 'iam:PassedToService': 'lambda.amazonaws.com' }],
  ['iam:PassRole', role(`callsheet-${installation}-shells-us-west-2`), {}],
  ['iam:PassRole', role(`callsheet-${installation}-shells-us-east-1`), toEc2],
  [
    'iam:CreateServiceLinkedRole',
    role('aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS'),
    { 'iam:AWSServiceName': 'ecs.amazonaws.com' },
  ],
  ['iam:CreateServiceLinkedRole', role('aws-service-role/spot.amazonaws.com/Other'), forSpot],
  ['iam:DeleteServiceLinkedRole', spotRole, forSpot],
  ['iam:UpdateAssumeRolePolicy', role('lab-machines'), toEc2],
  ['iam:CreateServiceLinkedRole', spotRole, { 'iam:AWSServiceName': 'ecs.amazonaws.com' }],
];

export const seeInstances = see('Instances');
export const seeLeftovers = see('Volumes', 'NetworkInterfaces');
export const seeMore = see('Subnets', 'Images');
