// Instance types of EC2 with GPUs: what they have and what they cost.
import type { Gpu, InstanceType } from './instances.ts';

/** Ray tracing cores and a graphics engine. */
const rtx = { vendor: 'nvidia', fraction: false, rayTracing: true, graphics: true } as const;

/** Sold for computing: without ray tracing cores, and nothing is known of graphics. */
const compute = { vendor: 'nvidia', fraction: false, rayTracing: false, graphics: false } as const;

type Model = Omit<Gpu, 'count'>;

const t4: Model = { ...rtx, model: 'T4', vramMiB: 16_384, computeCapability: '7.5' };
const a10g: Model = { ...rtx, model: 'A10G', vramMiB: 22_888, computeCapability: '8.6' };
const l4: Model = { ...rtx, model: 'L4', vramMiB: 22_888, computeCapability: '8.9' };
const l4Part = (vramMiB: number): Model => ({ ...l4, model: 'part of L4', vramMiB, fraction: true });
const l40s: Model = { ...rtx, model: 'L40S', vramMiB: 45_776, computeCapability: '8.9' };
const rtxPro4500: Model = { ...rtx, model: 'RTX PRO 4500', vramMiB: 32_768, computeCapability: '12.0' };
const rtxPro6000: Model = { ...rtx, model: 'RTX PRO 6000', vramMiB: 98_304, computeCapability: '12.0' };
/** It has ray tracing cores; with the driver for arm64 only CUDA is known to work. */
const t4g: Model = { ...compute, model: 'T4G', vramMiB: 16_384, computeCapability: '7.5' };
const v520: Model = { ...compute, vendor: 'amd', model: 'Radeon Pro V520', vramMiB: 8192, graphics: true };
const v100 = (vramMiB: number): Model => ({ ...compute, model: 'V100', vramMiB, computeCapability: '7.0' });
const a100 = (vramMiB: number): Model => ({ ...compute, model: 'A100', vramMiB, computeCapability: '8.0' });
const h100: Model = { ...compute, model: 'H100', vramMiB: 81_920, computeCapability: '9.0' };
const h200: Model = { ...compute, model: 'H200', vramMiB: 144_384, computeCapability: '9.0' };
const b200: Model = { ...compute, model: 'B200', vramMiB: 183_359, computeCapability: '10.0' };
const b300: Model = { ...compute, model: 'B300', vramMiB: 275_040, computeCapability: '10.3' };

/** Type, GPUs (1 where it is a part of one), vCPUs, GiB, GB of local disks, US dollars for an hour. */
type Row = [type: string, gpus: number, vCpus: number, memory: number, disks: number, usd: number];

const typesWith = (gpu: Model, rows: readonly Row[]): InstanceType[] =>
  rows.map(([type, count, vCpus, memoryGiB, localDiskGB, usdPerHour]) => ({
    type,
    arch: gpu === t4g ? 'arm64' : 'x64',
    vCpus,
    memoryGiB,
    localDiskGB,
    usdPerHour,
    quota: type.startsWith('p') ? 'p' : 'g',
    gpu: { ...gpu, count },
  }));

/**
 * GPUs, vCPUs, memory and disks as `DescribeInstanceTypes` tells them, and on-demand prices of Linux in
 * us-east-1 on 2026-07-20, both as Karpenter publishes them
 * (https://karpenter.sh/docs/reference/instance-types); P3's sizes are from its product page. Compute
 * capabilities: https://developer.nvidia.com/cuda-gpus.
 */
export const gpuTypes: readonly InstanceType[] = [
  ...typesWith(t4, [
    ['g4dn.xlarge', 1, 4, 16, 125, 0.526],
    ['g4dn.2xlarge', 1, 8, 32, 225, 0.752],
    ['g4dn.4xlarge', 1, 16, 64, 225, 1.204],
    ['g4dn.8xlarge', 1, 32, 128, 900, 2.176],
    ['g4dn.12xlarge', 4, 48, 192, 900, 3.912],
    ['g4dn.16xlarge', 1, 64, 256, 900, 4.352],
  ]),
  ...typesWith(a10g, [
    ['g5.xlarge', 1, 4, 16, 250, 1.006],
    ['g5.2xlarge', 1, 8, 32, 450, 1.212],
    ['g5.4xlarge', 1, 16, 64, 600, 1.624],
    ['g5.8xlarge', 1, 32, 128, 900, 2.448],
    ['g5.12xlarge', 4, 48, 192, 3800, 5.672],
    ['g5.16xlarge', 1, 64, 256, 1900, 4.096],
    ['g5.24xlarge', 4, 96, 384, 3800, 8.144],
    ['g5.48xlarge', 8, 192, 768, 7600, 16.288],
  ]),
  ...typesWith(t4g, [
    ['g5g.xlarge', 1, 4, 8, 0, 0.42],
    ['g5g.2xlarge', 1, 8, 16, 0, 0.556],
    ['g5g.4xlarge', 1, 16, 32, 0, 0.828],
    ['g5g.8xlarge', 1, 32, 64, 0, 1.372],
    ['g5g.16xlarge', 2, 64, 128, 0, 2.744],
  ]),
  ...typesWith(l4, [
    ['g6.xlarge', 1, 4, 16, 250, 0.8048],
    ['g6.2xlarge', 1, 8, 32, 450, 0.9776],
    ['g6.4xlarge', 1, 16, 64, 600, 1.3232],
    ['g6.8xlarge', 1, 32, 128, 900, 2.0144],
    ['g6.12xlarge', 4, 48, 192, 3760, 4.6016],
    ['g6.16xlarge', 1, 64, 256, 1880, 3.3968],
    ['g6.24xlarge', 4, 96, 384, 3760, 6.6752],
    ['g6.48xlarge', 8, 192, 768, 7520, 13.3504],
    ['gr6.4xlarge', 1, 16, 128, 600, 1.5392],
    ['gr6.8xlarge', 1, 32, 256, 900, 2.4464],
  ]),
  ...typesWith(l4Part(2861), [
    ['g6f.large', 1, 2, 8, 100, 0.202],
    ['g6f.xlarge', 1, 4, 16, 100, 0.2375],
  ]),
  ...typesWith(l4Part(5722), [['g6f.2xlarge', 1, 8, 32, 200, 0.475]]),
  ...typesWith(l4Part(11444), [
    ['g6f.4xlarge', 1, 16, 64, 450, 0.95],
    ['gr6f.4xlarge', 1, 16, 128, 450, 1.066],
  ]),
  ...typesWith(l40s, [
    ['g6e.xlarge', 1, 4, 32, 250, 1.861],
    ['g6e.2xlarge', 1, 8, 64, 450, 2.24208],
    ['g6e.4xlarge', 1, 16, 128, 600, 3.00424],
    ['g6e.8xlarge', 1, 32, 256, 900, 4.52856],
    ['g6e.12xlarge', 4, 48, 384, 3800, 10.49264],
    ['g6e.16xlarge', 1, 64, 512, 1900, 7.57719],
    ['g6e.24xlarge', 4, 96, 768, 3800, 15.06559],
    ['g6e.48xlarge', 8, 192, 1536, 7600, 30.13118],
  ]),
  ...typesWith(rtxPro4500, [
    ['g7.2xlarge', 1, 8, 32, 440, 2.52],
    ['g7.4xlarge', 1, 16, 64, 875, 3.04208],
    ['g7.8xlarge', 1, 32, 128, 930, 4.08624],
    ['g7.12xlarge', 2, 48, 192, 1900, 7.12832],
    ['g7.24xlarge', 4, 96, 384, 3800, 14.25664],
    ['g7.48xlarge', 8, 192, 768, 7600, 28.51328],
  ]),
  ...typesWith(rtxPro6000, [
    ['g7e.2xlarge', 1, 8, 64, 1900, 3.36312],
    ['g7e.4xlarge', 1, 16, 128, 1900, 3.99816],
    ['g7e.8xlarge', 1, 32, 256, 1900, 5.26824],
    ['g7e.12xlarge', 2, 48, 512, 3800, 8.28608],
    ['g7e.24xlarge', 4, 96, 1024, 7600, 16.57216],
    ['g7e.48xlarge', 8, 192, 2048, 15200, 33.14432],
  ]),
  ...typesWith(v520, [
    ['g4ad.xlarge', 1, 4, 16, 150, 0.37853],
    ['g4ad.2xlarge', 1, 8, 32, 300, 0.54117],
    ['g4ad.4xlarge', 1, 16, 64, 600, 0.867],
    ['g4ad.8xlarge', 2, 32, 128, 1200, 1.734],
    ['g4ad.16xlarge', 4, 64, 256, 2400, 3.468],
  ]),
  ...typesWith(v100(16_384), [
    ['p3.2xlarge', 1, 8, 61, 0, 3.06],
    ['p3.8xlarge', 4, 32, 244, 0, 12.24],
    ['p3.16xlarge', 8, 64, 488, 0, 24.48],
  ]),
  ...typesWith(v100(32_768), [['p3dn.24xlarge', 8, 96, 768, 1800, 31.212]]),
  ...typesWith(a100(40_960), [['p4d.24xlarge', 8, 96, 1152, 8000, 21.957642]]),
  ...typesWith(a100(81_920), [['p4de.24xlarge', 8, 96, 1152, 8000, 27.44705]]),
  ...typesWith(h100, [
    ['p5.4xlarge', 1, 16, 256, 3800, 6.88],
    ['p5.48xlarge', 8, 192, 2048, 30400, 55.04],
  ]),
  ...typesWith(h200, [['p5en.48xlarge', 8, 192, 2048, 30400, 63.296]]),
  ...typesWith(b200, [['p6-b200.48xlarge', 8, 192, 2048, 30400, 113.9328]]),
  ...typesWith(b300, [['p6-b300.48xlarge', 8, 192, 4096, 30400, 142.416]]),
];
