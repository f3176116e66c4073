// Instance types of EC2 that builders can be: what they have and what they cost.
import type { QuotaClass } from '../contract/offerings.ts';
import { cpuTypes } from './instances-cpu.ts';
import { gpuTypes } from './instances-gpu.ts';

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
  /** Of each. */
  vramMiB: number;
  /** Absent for GPUs of AMD. */
  computeCapability?: string;
  /** A part of a GPU: it takes the `grid` driver. */
  fraction: boolean;
  /** Ray tracing cores that OptiX can use. */
  rayTracing: boolean;
  /** A graphics engine: EGL and Vulkan work. */
  graphics: boolean;
}

/** Cheapest first. Metal and Macs are no builders of this kind. */
export const instanceTypes: readonly InstanceType[] = [...gpuTypes, ...cpuTypes].sort(
  (a, b) => a.usdPerHour - b.usdPerHour || (a.type < b.type ? -1 : 1),
);
