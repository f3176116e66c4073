// What a configuration leaves out: filled in from what is known of regions, images and sizes.
import type * as z from 'zod/mini';
import type { awsShape } from './aws-shape.ts';
import type { AwsConfig, MachineImage, Needs, PoolConfig, Rung } from './config.ts';
import { rockyLinux, standardMachineImages, usualTraits } from './images.ts';
import { type InstanceType, instanceTypes } from './instances.ts';
import { regions } from './regions.ts';
import { standardImage } from './rungs.ts';
import type { poolShape } from './shape.ts';

type ReadPool = z.infer<typeof poolShape>;
type ReadEc2Rung = Extract<ReadPool['ladder'][number], { provider: 'ec2' }>;
type ReadImage = NonNullable<ReadPool['machine']['image']>;
type ReadAws = z.infer<typeof awsShape>;

/** `home`: the region of rungs that name none. */
export const completePools = (
  pools: Record<string, ReadPool>,
  home: string | undefined,
): Record<string, PoolConfig> =>
  Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, completePool(pool, home ?? '')]));

const completePool = (pool: ReadPool, home: string): PoolConfig => ({
  ...pool,
  machine: { ...pool.machine, image: completeImage(pool) },
  ladder: pool.ladder.map((rung) => completeRung(rung, pool, home)),
});

function completeRung(rung: ReadPool['ladder'][number], { arch }: ReadPool, home: string): Rung {
  switch (rung.provider) {
    case 'local':
      return rung;
    case 'codebuild':
      return { ...rung, image: rung.image ?? standardImage(arch) };
    case 'ec2':
      return { ...rung, region: rung.region ?? home, needs: completeNeeds(rung) };
  }
}

function completeImage({ arch, machine: { image } }: ReadPool): MachineImage {
  const said: ReadImage = image ?? standardMachineImages[arch];
  const usual = usualTraits('parameter' in said ? said.parameter : undefined);
  const { rootDevice = usual.rootDevice, user = usual.user, drivers = ['datacenter'] } = said;
  return { ...said, rootDevice, user, drivers };
}

/** What named types say by themselves need not be said again: whether they have GPUs, and whose. */
function completeNeeds({ types = [], needs }: ReadEc2Rung): Needs {
  const named = instanceTypes.filter(({ type }) => types.includes(type));
  const all = (test: (type: InstanceType) => boolean) => named.length > 0 && named.every(test);
  const gpus = all(({ gpu }) => !gpu) ? 0 : 1;
  const vendor = all(({ gpu }) => gpu?.vendor === 'amd') ? 'amd' : 'nvidia';
  return { ...needs, gpus: needs.gpus ?? gpus, vendor: needs.vendor ?? vendor };
}

/** No region has this `priceFactor`: it must be said where none is known. */
export const unknownPrice = 0;

export function completeAws(aws: ReadAws | undefined): AwsConfig | undefined {
  if (!aws) return undefined;
  const named = Object.entries(aws.regions ?? { [aws.region]: {} });
  return {
    region: aws.region,
    regions: Object.fromEntries(
      named.map(([name, { zones, vpc, priceFactor }]) => [
        name,
        {
          zones: zones ?? (vpc ? Object.keys(vpc.subnets) : [...(regions[name]?.zones ?? [])]),
          vpc,
          priceFactor: priceFactor ?? regions[name]?.priceFactor ?? unknownPrice,
        },
      ]),
    ),
    images: Object.fromEntries(
      Object.entries(aws.images).map(([name, image]) => [
        name,
        { ...image, base: image.base ?? rockyLinux(image.arch) },
      ]),
    ),
  };
}
