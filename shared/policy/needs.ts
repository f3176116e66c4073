// What a rung of EC2 needs of its machines, held against the table of instance types.
import type { Ec2Rung, Needs, PoolConfig } from './config.ts';
import { isStandardMachineImage } from './images.ts';
import { type Gpu, type InstanceType, instanceTypes } from './instances.ts';

export type MachinePool = Pick<PoolConfig, 'arch' | 'machine'>;

/** One thing that a machine must have. */
export interface Criterion {
  fits(type: InstanceType, needs: Needs, pool: MachinePool): boolean;
  /** What a type has instead, as half a sentence, and what to do about it. */
  found(type: InstanceType): string;
  remedy: string;
}

/** A need of GPUs: rungs without GPUs do not have it. */
const ofGpus =
  (fits: (gpu: Gpu, needs: Needs, pool: MachinePool) => boolean): Criterion['fits'] =>
  ({ gpu }, needs, pool) =>
    needs.gpus === 0 || (gpu !== undefined && fits(gpu, needs, pool));

const model = ({ gpu }: InstanceType): string => `has ${gpu ? gpu.model : 'no GPU'}`;

/** In the order in which they are told. */
const criteria: readonly Criterion[] = [
  {
    fits: ({ arch }, _, pool) => arch === pool.arch,
    found: ({ arch }) => `is ${arch}`,
    remedy: "change the pool's arch",
  },
  {
    fits: ({ gpu }, { gpus }) => (gpus === 0 ? !gpu : gpu !== undefined && gpu.count >= gpus),
    found: ({ gpu }) => (gpu ? `has ${gpu.count} x ${gpu.model}` : 'has no GPU'),
    remedy: 'change needs.gpus',
  },
  {
    fits: ofGpus((gpu, { vendor }) => gpu.vendor === vendor),
    found: model,
    remedy: 'change needs.vendor',
  },
  {
    fits: ofGpus((gpu, { fraction }) => fraction || !gpu.fraction),
    found: model,
    remedy: 'write fraction: true in needs',
  },
  {
    fits: ofGpus((gpu, _, { machine }) => drives(machine.image, gpu)),
    found: (type) => `${model(type)}, which the image has no driver for`,
    remedy: "name an image that has one, and its drivers (fractions of GPUs take 'grid')",
  },
  {
    fits: ofGpus(({ vramMiB }, { vramGiB = 0 }) => vramMiB >= vramGiB * 1024),
    found: ({ gpu }) => `has ${Math.floor((gpu?.vramMiB ?? 0) / 1024)} GiB`,
    remedy: 'lower needs.vramGiB',
  },
  {
    fits: ofGpus(({ computeCapability }, needs) => isCapable(computeCapability, needs.computeCapability)),
    found: ({ gpu }) => `has ${gpu?.computeCapability ?? 'none'}`,
    remedy: 'change needs.computeCapability',
  },
  {
    fits: ofGpus(({ rayTracing }, { optix }) => rayTracing || !optix),
    found: (type) => `${model(type)}, without ray tracing cores for OptiX`,
    remedy: 'leave needs.optix out',
  },
  {
    fits: ofGpus(({ graphics }, { egl }) => graphics || !egl),
    found: (type) => `${model(type)}, without graphics`,
    remedy: 'leave needs.egl out',
  },
  {
    fits: ofGpus(({ graphics }, { vulkan }) => graphics || !vulkan),
    found: (type) => `${model(type)}, without graphics`,
    remedy: 'leave needs.vulkan out',
  },
  {
    fits: ({ vCpus }, needs) => vCpus >= (needs.vCpus ?? 0),
    found: ({ vCpus }) => `has ${vCpus} vCPUs`,
    remedy: 'lower needs.vCpus',
  },
  {
    fits: ({ memoryGiB }, needs) => memoryGiB >= (needs.memoryGiB ?? 0),
    found: ({ memoryGiB }) => `has ${memoryGiB} GiB`,
    remedy: 'lower needs.memoryGiB',
  },
  {
    fits: ({ localDiskGB }, needs) => localDiskGB >= (needs.localDiskGB ?? 0),
    found: ({ localDiskGB }) => `has ${localDiskGB} GB of local disks`,
    remedy: 'lower needs.localDiskGB',
  },
];

/**
 * Has the image a driver for the GPU? The `grid` driver serves the G families, whole GPUs too. That of AWS's
 * own images has NVIDIA's open kernel modules, which begin with Turing (7.5), and nothing for GPUs of AMD.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/install-nvidia-driver.html
 */
function drives(image: PoolConfig['machine']['image'], gpu: Gpu): boolean {
  if (isStandardMachineImage(image) && !isCapable(gpu.computeCapability, '7.5')) return false;
  if (gpu.vendor === 'amd') return true;
  if (gpu.fraction) return image.drivers.includes('grid');
  return image.drivers.includes('datacenter') || gpu.graphics;
}

function isCapable(has: string | undefined, needed: Needs['computeCapability']): boolean {
  if (needed === undefined) return true;
  if (has === undefined) return false;
  return typeof needed === 'string' ? Number(has) >= Number(needed) : needed.includes(has);
}

/** What the type lacks of what the rung needs. */
export const lacks = (
  type: InstanceType,
  pool: MachinePool,
  { needs }: Pick<Ec2Rung, 'needs'>,
): Criterion[] => criteria.filter(({ fits }) => !fits(type, needs, pool));

/** Types that have what a rung of the pool needs, whatever they cost: cheapest first. */
export const typesFor = (pool: MachinePool, rung: Pick<Ec2Rung, 'needs' | 'types'>): InstanceType[] =>
  instanceTypes.filter(
    (type) => (rung.types?.includes(type.type) ?? true) && lacks(type, pool, rung).length === 0,
  );

/** What no more than one criterion keeps from fitting: each such criterion, with the cheapest such type. */
export function nearMisses(
  pool: MachinePool,
  rung: Pick<Ec2Rung, 'needs'>,
): { criterion: Criterion; type: InstanceType }[] {
  const found = new Map<Criterion, InstanceType>();
  for (const type of instanceTypes) {
    const [criterion, ...more] = lacks(type, pool, rung);
    if (criterion && more.length === 0 && !found.has(criterion)) found.set(criterion, type);
  }
  return [...found].map(([criterion, type]) => ({ criterion, type }));
}
