// The forms of the operations. A field that is not here is refused rather than ignored.
import * as z from 'zod/mini';
import { common, filters, tags, token, whole } from './forms.ts';
import { hostInputs } from './host-inputs.ts';
import type { Operation } from './trouble.ts';
import { taggable } from './world.ts';

const paging = {
  Filter: filters,
  MaxResults: z._default(whole, 1000),
  NextToken: z.optional(z.string()),
};

const createFleet = z.strictObject({
  ...common,
  Type: z.literal('instant'),
  ClientToken: token,
  LaunchTemplateConfigs: z
    .array(
      z.strictObject({
        LaunchTemplateSpecification: z.strictObject({
          LaunchTemplateName: z.string(),
          Version: z.string(),
        }),
        Overrides: z.array(
          z.strictObject({
            InstanceType: z.string(),
            SubnetId: z.string(),
            AvailabilityZone: z.string(),
            ImageId: z.optional(z.string()),
          }),
        ),
      }),
    )
    .check(z.length(1)),
  TargetCapacitySpecification: z.strictObject({
    TotalTargetCapacity: whole,
    DefaultTargetCapacityType: z.enum(['spot', 'on-demand']),
  }),
  SpotOptions: z.optional(
    z.strictObject({ AllocationStrategy: z.enum(['price-capacity-optimized', 'capacity-optimized']) }),
  ),
  OnDemandOptions: z.optional(
    z.strictObject({ AllocationStrategy: z.enum(['lowest-price', 'prioritized']) }),
  ),
  TagSpecification: z._default(z.array(z.strictObject({ ResourceType: z.enum(taggable), Tag: tags })), []),
});

export const inputs = {
  ...hostInputs,
  CreateFleet: createFleet,
  DescribeInstances: z.strictObject({ ...common, ...paging }),
  TerminateInstances: z.strictObject({
    ...common,
    InstanceId: z.array(z.string()).check(z.maxLength(1000)),
  }),
  DescribeSubnets: z.strictObject({ ...common, ...paging }),
  DescribeImages: z.strictObject({ ...common, ...paging, Owner: z.array(z.string()) }),
  DescribeVolumes: z.strictObject({ ...common, ...paging }),
  DescribeNetworkInterfaces: z.strictObject({ ...common, ...paging }),
  DeleteVolume: z.strictObject({ ...common, VolumeId: z.string() }),
  DeleteNetworkInterface: z.strictObject({ ...common, NetworkInterfaceId: z.string() }),
} satisfies Record<Operation, z.ZodMiniType>;

export type FleetInput = z.infer<typeof createFleet>;
export type Paged = z.infer<typeof inputs.DescribeInstances>;
