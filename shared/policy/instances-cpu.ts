// Instance types of EC2 without GPUs: the families that builders use, in all their sizes.
import type { InstanceType } from './instances.ts';

/** Name, architecture, GiB of memory and US dollars for an hour, both for each vCPU, and its largest size. */
type Family = [name: string, arch: InstanceType['arch'], memory: number, usd: number, largest: number];

/** vCPUs of each size, and GB of its local disks in families that have them. */
const sizes = [
  ['large', 2, 118],
  ['xlarge', 4, 237],
  ['2xlarge', 8, 474],
  ['4xlarge', 16, 950],
  ['8xlarge', 32, 1900],
  ['12xlarge', 48, 2850],
  ['16xlarge', 64, 3800],
  ['24xlarge', 96, 5700],
  ['32xlarge', 128, 7600],
  ['48xlarge', 192, 11_400],
] as const;

/**
 * On-demand prices of Linux in us-east-1 on 2026-07-20, as Karpenter publishes them: a family's price is the
 * same for each vCPU. https://karpenter.sh/docs/reference/instance-types
 */
const families: readonly Family[] = [
  ['c6id', 'x64', 2, 0.0504, 128],
  ['m6id', 'x64', 4, 0.059325, 128],
  ['r6id', 'x64', 8, 0.0756, 128],
  ['c7a', 'x64', 2, 0.05132, 192],
  ['m7a', 'x64', 4, 0.05796, 192],
  ['r7a', 'x64', 8, 0.076075, 192],
  ['c7i', 'x64', 2, 0.044625, 192],
  ['m7i', 'x64', 4, 0.0504, 192],
  ['r7i', 'x64', 8, 0.06615, 192],
  ['c8i', 'x64', 2, 0.046855, 192],
  ['m8i', 'x64', 4, 0.05292, 192],
  ['r8i', 'x64', 8, 0.06946, 192],
  ['c7g', 'arm64', 2, 0.03625, 64],
  ['m7g', 'arm64', 4, 0.0408, 64],
  ['r7g', 'arm64', 8, 0.05355, 64],
  ['c8g', 'arm64', 2, 0.03988, 192],
  ['m8g', 'arm64', 4, 0.04488, 192],
  ['r8g', 'arm64', 8, 0.05891, 192],
];

/** Generations of Intel's seventh and Graviton leave the size 32xlarge out. */
const lacks32xlarge = /^([cmr]7i|[cmr]8g)$/;

export const cpuTypes: readonly InstanceType[] = families.flatMap(([family, arch, memory, usd, largest]) =>
  sizes
    .filter(([size, vCpus]) => vCpus <= largest && !(size === '32xlarge' && lacks32xlarge.test(family)))
    .map(([size, vCpus, disks]) => ({
      type: `${family}.${size}`,
      arch,
      vCpus,
      memoryGiB: vCpus * memory,
      localDiskGB: family.endsWith('d') ? disks : 0,
      usdPerHour: Math.round(vCpus * usd * 1e6) / 1e6,
      quota: 'standard',
    })),
);
