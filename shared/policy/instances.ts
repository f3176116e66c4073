// Instance types of EC2 that builders can be: what they have and what they cost.
import type { QuotaClass } from '../contract/offerings.ts';

/** One row of the table. */
export interface InstanceType {
  type: string;
  arch: 'x64' | 'arm64';
  vCpus: number;
  memoryGiB: number;
  /** GB of local NVMe disks. */
  localDiskGB: number;
  /** US dollars for an hour on demand in us-east-1. */
  usdPerHour: number;
  quota: QuotaClass;
  gpu?: Gpu;
}

export interface Gpu {
  vendor: 'nvidia' | 'amd';
  model: string;
  /** Whole GPUs, or 1 where it is a part of one. */
  count: number;
  vramGiB: number;
  /** Absent for GPUs of AMD. */
  computeCapability?: string;
  /** A part of a GPU: it takes the `grid` driver. */
  fraction: boolean;
  /** It has ray tracing cores. */
  rayTracing: boolean;
  /** It has a graphics engine: EGL and Vulkan work. */
  graphics: boolean;
}

const t4 = {
  vendor: 'nvidia',
  model: 'T4',
  vramGiB: 16,
  computeCapability: '7.5',
  fraction: false,
  rayTracing: true,
  graphics: true,
} as const;

/** Prices as published on 2026-07-20. */
export const instanceTypes: readonly InstanceType[] = [
  {
    type: 'g4dn.xlarge',
    arch: 'x64',
    vCpus: 4,
    memoryGiB: 16,
    localDiskGB: 125,
    usdPerHour: 0.526,
    quota: 'g',
    gpu: { ...t4, count: 1 },
  },
];
