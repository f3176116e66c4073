// What roles must be able to do with hosts and the Macs on them, and what they must not.
import {
  type Context,
  ec2Arn,
  machineOf,
  ours,
  places,
  tagged,
  taggedTheirs,
  theirs,
} from './iam-contexts.ts';
import type { Request } from './iam-simulation.ts';

const allocated: Context = { ...tagged, 'ec2:CreateAction': 'AllocateHosts' };
const replaced: Context = { ...tagged, 'ec2:CreateAction': 'CreateReplaceRootVolumeTask' };
const epoch = 'callsheet:epoch';

/** The request asks for one host of this type, for machines that name it. */
const hostOf = (type: string, quantity = '1', placement = 'off'): Context => ({
  ...tagged,
  'ec2:InstanceType': type,
  'ec2:Quantity': quantity,
  'ec2:AutoPlacement': placement,
});
const types = ['mac2.metal', 'mac-m4.metal'];

/**
 * The life of a host: it is allocated, and has a Mac on it, whose disk is replaced. Of some things AWS does
 * not say whether EC2 names them: the number of hosts, and the tags of a disk.
 */
const hostIn = (place: string): Request[] => {
  const at = (path: string) => ec2Arn(path, place);
  return [
    ...types.map((type): Request => ['ec2:AllocateHosts', at('dedicated-host/*'), hostOf(type)]),
    ['ec2:AllocateHosts', at('dedicated-host/*'), { ...tagged, 'ec2:InstanceType': 'mac2.metal' }],
    ['ec2:CreateTags', at('dedicated-host/*'), allocated],
    ['ec2:RunInstances', at('dedicated-host/h-1'), ours],
    ...types.map((type): Request => ['ec2:RunInstances', at('instance/*'), machineOf(type)]),
    ['ec2:CreateReplaceRootVolumeTask', at('instance/i-1'), ours],
    ['ec2:CreateReplaceRootVolumeTask', at('volume/vol-1')],
    ['ec2:CreateReplaceRootVolumeTask', at('volume/*'), tagged],
    ['ec2:CreateReplaceRootVolumeTask', at('replace-root-volume-task/*'), tagged],
    ['ec2:CreateTags', at('replace-root-volume-task/*'), replaced],
    ['ec2:CreateTags', at('instance/i-1'), { ...ours, 'aws:TagKeys': [epoch] }],
  ];
};
export const fillHosts: Request[] = places.flatMap(hostIn);
export const releaseHosts = places.map(
  (place): Request => ['ec2:ReleaseHosts', ec2Arn('dedicated-host/h-1', place), ours],
);
export const keepHosts: Request[] = [...fillHosts, ...releaseHosts];

const see = (what: string): Request[] =>
  places.map((place) => [`ec2:Describe${what}`, '*', { 'aws:RequestedRegion': place }]);
export const seeHosts = see('Hosts');
export const seeResets = see('ReplaceRootVolumeTasks');

const host = ec2Arn('dedicated-host/h-1');
const instance = ec2Arn('instance/i-1');
const retag = (keys: readonly string[], whose: Context = ours): Request => [
  'ec2:CreateTags',
  instance,
  { ...whose, 'aws:TagKeys': keys },
];

/** Requests like ours that lack one thing, or want one more. */
export const nobodyMayWithHosts: Request[] = [
  ...[
    {},
    { ...hostOf('mac2.metal'), ...taggedTheirs },
    { 'ec2:InstanceType': 'mac2.metal', ...ours },
    tagged,
    // A kind that is not configured, one of fleets, two hosts, and one that takes others by itself.
    hostOf('mac2-m2.metal'),
    hostOf('g4dn.xlarge'),
    hostOf('mac2.metal', '2'),
    hostOf('mac2.metal', '1', 'on'),
  ].map((context): Request => ['ec2:AllocateHosts', host, context]),
  ...[{}, theirs, tagged].flatMap((context): Request[] => [
    ['ec2:RunInstances', host, context],
    ['ec2:ReleaseHosts', host, context],
    ['ec2:CreateReplaceRootVolumeTask', instance, context],
  ]),
  ['ec2:CreateReplaceRootVolumeTask', instance, { ...theirs, ...tagged }],
  ...['volume/vol-1', 'volume/*', 'replace-root-volume-task/*'].map(
    (path): Request => ['ec2:CreateReplaceRootVolumeTask', ec2Arn(path), taggedTheirs],
  ),
  ['ec2:CreateReplaceRootVolumeTask', ec2Arn('replace-root-volume-task/*'), {}],
  // To another state than that of the launch.
  ['ec2:CreateReplaceRootVolumeTask', ec2Arn('snapshot/snap-1', undefined, ''), ours],
  ['ec2:CreateReplaceRootVolumeTask', ec2Arn('image/ami-1', undefined, ''), ours],
  // Whose machine it is, and by which launch, stays; a machine of others gets no tag at all.
  ...['callsheet:installation', 'callsheet:launch', 'callsheet:pool', 'Name'].flatMap((key) => [
    retag([key]),
    retag([epoch, key]),
  ]),
  retag([epoch], {}),
  retag([epoch], theirs),
  retag([epoch], tagged),
  ['ec2:CreateTags', instance, ours],
  ['ec2:CreateTags', host, { ...ours, 'aws:TagKeys': [epoch] }],
  ['ec2:CreateTags', host, { ...tagged, ...ours }],
  // Nobody else's becomes ours by a tag.
  ['ec2:CreateTags', host, hostOf('mac2.metal')],
  ['ec2:CreateTags', ec2Arn('replace-root-volume-task/replacevol-1'), tagged],
  ['ec2:DeleteTags', instance, { ...ours, 'aws:TagKeys': [epoch] }],
  ['ec2:ModifyHosts', host, ours],
  ['ec2:ModifyInstancePlacement', instance, ours],
  ['ec2:CreateVolume', ec2Arn('volume/*'), tagged],
  ['ec2:RunInstances', ec2Arn('instance/*'), machineOf('mac2-m2.metal')],
];
