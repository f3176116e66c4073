// What an EC2 machine reads about itself: the tags that a launch puts on it, shown by its metadata.
import { installationTag } from './names.ts';
import type { Market } from './offerings.ts';

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
  /** 64 hexadecimal digits, put there after a machine was wiped: it takes them to claim again. */
  epoch: 'callsheet:epoch',
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

/**
 * The launch template of a pool's spot or on-demand machines, the same name in each region. No two are the
 * same: names of pools have no dot. One template cannot serve both markets: it tags the request for a spot
 * machine, and a launch that makes none then fails.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateTagSpecificationRequest.html
 */
export const templateName = (installation: string, pool: string, market: Market): string =>
  `callsheet-${installation}-${pool}.${market}`;

/** The folder of an image with archives of the runner program: `<sha256>.tar.gz`. */
export const runnerCache = '/opt/callsheet/runners';
