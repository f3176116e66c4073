// What a configuration leaves out: filled in from what is known of regions, images and sizes.
import type * as z from 'zod/mini';
import type { awsShape } from './aws-shape.ts';
import type { AwsConfig, MachineImage, PoolConfig, Rung } from './config.ts';
import { regions } from './regions.ts';
import { standardImage } from './rungs.ts';
import type { poolShape } from './shape.ts';

type ReadPool = z.infer<typeof poolShape>;
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
      return { ...rung, region: rung.region ?? home };
  }
}

/**
 * AWS's Deep Learning Base GPU images: NVIDIA's driver, Docker and the container toolkit.
 * https://docs.aws.amazon.com/dlami/latest/devguide/appendix-ami-release-notes.html
 */
const deepLearningImages = {
  x64: {
    parameter: '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id',
    rootDevice: '/dev/sda1',
    user: 'ubuntu',
  },
  arm64: {
    parameter:
      '/aws/service/deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id',
    rootDevice: '/dev/xvda',
    user: 'ec2-user',
  },
} as const;

function completeImage({ arch, machine: { image } }: ReadPool): MachineImage {
  const { rootDevice = '/dev/sda1', user = 'ubuntu', drivers = ['datacenter'] } = image ?? {};
  return image ? { ...image, rootDevice, user, drivers } : { ...deepLearningImages[arch], drivers };
}

/** What Rocky Linux publishes: https://rockylinux.org/download (cloud images, AWS). */
const rocky = (arch: 'x64' | 'arm64') => ({
  name: `Rocky-9-EC2-Base-9.*.${arch === 'x64' ? 'x86_64' : 'aarch64'}`,
  owner: '792107900819',
});

export function completeAws(aws: ReadAws | undefined): AwsConfig | undefined {
  if (!aws) return undefined;
  const named = Object.entries(aws.regions ?? { [aws.region]: {} });
  return {
    region: aws.region,
    regions: Object.fromEntries(
      named.map(([name, { zones, vpc, priceFactor }]) => [
        name,
        {
          zones: zones ?? [...(regions[name]?.zones ?? [])],
          vpc,
          priceFactor: priceFactor ?? regions[name]?.priceFactor ?? 1.5,
        },
      ]),
    ),
    images: Object.fromEntries(
      Object.entries(aws.images).map(([name, image]) => [
        name,
        { ...image, base: image.base ?? rocky(image.arch) },
      ]),
    ),
  };
}
