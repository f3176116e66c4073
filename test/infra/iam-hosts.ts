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

/** The life of a host: allocated, a Mac on it whose disk is replaced, released. */
const hostIn = (place: string): Request[] => {
  const at = (path: string) => ec2Arn(path, place);
  return [
    ['ec2:AllocateHosts', at('dedicated-host/*'), tagged],
    ['ec2:CreateTags', at('dedicated-host/*'), allocated],
    ['ec2:RunInstances', at('dedicated-host/h-1'), ours],
    ...['mac2.metal', 'mac-m4.metal'].map(
      (type): Request => ['ec2:RunInstances', at('instance/*'), machineOf(type)],
    ),
    ['ec2:CreateReplaceRootVolumeTask', at('instance/i-1'), ours],
    ['ec2:CreateReplaceRootVolumeTask', at('volume/vol-1'), ours],
    ['ec2:CreateReplaceRootVolumeTask', at('volume/*'), tagged],
    ['ec2:CreateReplaceRootVolumeTask', at('replace-root-volume-task/*'), tagged],
    ['ec2:CreateTags', at('replace-root-volume-task/*'), replaced],
    ['ec2:CreateTags', at('instance/i-1'), { ...ours, 'aws:TagKeys': [epoch] }],
    ['ec2:ReleaseHosts', at('dedicated-host/h-1'), ours],
  ];
};
export const keepHosts: Request[] = places.flatMap(hostIn);

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
  ...[{}, taggedTheirs, ours].map((context): Request => ['ec2:AllocateHosts', host, context]),
  ...[{}, theirs, tagged].flatMap((context): Request[] => [
    ['ec2:RunInstances', host, context],
    ['ec2:ReleaseHosts', host, context],
    ['ec2:CreateReplaceRootVolumeTask', instance, context],
  ]),
  ...[{}, theirs, taggedTheirs].map(
    (context): Request => ['ec2:CreateReplaceRootVolumeTask', ec2Arn('volume/vol-1'), context],
  ),
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
  ['ec2:DeleteTags', instance, { ...ours, 'aws:TagKeys': [epoch] }],
  ['ec2:ModifyHosts', host, ours],
  ['ec2:ModifyInstancePlacement', instance, ours],
  ['ec2:CreateVolume', ec2Arn('volume/*'), tagged],
  ['ec2:RunInstances', ec2Arn('instance/*'), machineOf('mac2-m2.metal')],
];
