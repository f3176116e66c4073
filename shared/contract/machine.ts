// What an EC2 machine reads about itself: the tags that a launch puts on it, shown by its metadata.
import { installationTag } from './names.ts';

/**
 * Keys of tags. In the metadata they are part of a path, so they have no slash.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
 */
export const machineTags = {
  installation: installationTag,
  pool: 'callsheet:pool',
  /** `<pool>-<number>`. */
  launch: 'callsheet:launch',
  /** Where builders reach Callsheet. */
  url: 'callsheet:url',
  /** What the rung promises of GPUs: see `gpuPromise`. */
  gpu: 'callsheet:gpu',
} as const;

/** What must work in a container on a machine with GPUs. */
export const gpuFeatures = ['cuda', 'optix', 'egl', 'vulkan'] as const;
export type GpuFeature = (typeof gpuFeatures)[number];

/** What a rung promises of its GPUs. `memoryMiB`: of each, as `nvidia-smi` would say at least. */
export interface GpuPromise {
  gpus: number;
  memoryMiB: number;
  features: readonly GpuFeature[];
}

/** As a tag's value: `1 14745 cuda optix`; `0` where there is no GPU. */
export const gpuPromise = ({ gpus, memoryMiB, features }: GpuPromise): string =>
  gpus === 0 ? '0' : [gpus, memoryMiB, ...features].join(' ');

/** The launch template of a pool, the same name in each region. */
export const templateName = (installation: string, pool: string): string =>
  `callsheet-${installation}-${pool}`;
