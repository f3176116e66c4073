// The forms of the operations on hosts and the machines on them.
import * as z from 'zod/mini';
import { common, filters, tags, token, whole } from './forms.ts';
import { taggable } from './world.ts';

const tagsFor = <T extends string>(...types: readonly [T, ...T[]]) =>
  z._default(z.array(z.strictObject({ ResourceType: z.enum(types), Tag: tags })), []);

const ids = z.optional(z.array(z.string()));

export const hostInputs = {
  RunInstances: z.strictObject({
    ...common,
    MinCount: z.literal('1'),
    MaxCount: z.literal('1'),
    ClientToken: token,
    LaunchTemplate: z.strictObject({ LaunchTemplateName: z.string(), Version: z.string() }),
    InstanceType: z.string(),
    ImageId: z.optional(z.string()),
    SubnetId: z.string(),
    Placement: z.strictObject({ Tenancy: z.literal('host'), HostId: z.string() }),
    TagSpecification: tagsFor(...taggable),
  }),
  AllocateHosts: z.strictObject({
    ...common,
    AvailabilityZone: z.string(),
    InstanceType: z.string(),
    Quantity: z.literal('1'),
    AutoPlacement: z.enum(['on', 'off']),
    ClientToken: token,
    TagSpecification: tagsFor('dedicated-host'),
  }),
  DescribeHosts: z.strictObject({
    ...common,
    Filter: filters,
    HostId: ids,
    MaxResults: z.optional(whole),
    NextToken: z.optional(z.string()),
  }),
  ReleaseHosts: z.strictObject({ ...common, HostId: z.array(z.string()) }),
  CreateReplaceRootVolumeTask: z.strictObject({
    ...common,
    InstanceId: z.string(),
    ClientToken: token,
    DeleteReplacedRootVolume: z.enum(['true', 'false']),
    TagSpecification: tagsFor('replace-root-volume-task'),
  }),
  DescribeReplaceRootVolumeTasks: z.strictObject({
    ...common,
    Filter: filters,
    ReplaceRootVolumeTaskId: ids,
    MaxResults: z.optional(whole),
    NextToken: z.optional(z.string()),
  }),
  CreateTags: z.strictObject({ ...common, ResourceId: z.array(z.string()), Tag: tags }),
};

export type RunInput = z.infer<typeof hostInputs.RunInstances>;
export type AllocateInput = z.infer<typeof hostInputs.AllocateHosts>;
export type HostsInput = z.infer<typeof hostInputs.DescribeHosts>;
export type ResetInput = z.infer<typeof hostInputs.CreateReplaceRootVolumeTask>;
export type ResetsInput = z.infer<typeof hostInputs.DescribeReplaceRootVolumeTasks>;
