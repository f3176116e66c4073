// What a configuration leaves out: filled in from what is known of regions, images and sizes.
import type * as z from 'zod/mini';
import type { awsShape } from './aws-shape.ts';
import type { AwsConfig, MachineImage, MacRung, Needs, PoolConfig, Rung } from './config.ts';
import { macTraits, rockyLinux, standardMachineImages, standardMacImage, usualTraits } from './images.ts';
import { type InstanceType, instanceTypes } from './instances.ts';
import { usualFamilies } from './macs.ts';
import { regions } from './regions.ts';
import { standardImage } from './rungs.ts';
import type { poolShape } from './shape.ts';

type ReadPool = z.infer<typeof poolShape>;
type ReadRung = ReadPool['ladder'][number];
type ReadEc2Rung = Extract<ReadRung, { provider: 'ec2' }>;
type ReadMacRung = Extract<ReadRung, { provider: 'mac' }>;
type ReadImage = NonNullable<ReadPool['machine']['image']>;
type ReadAws = z.infer<typeof awsShape>;

/** `aws`: its home region is that of rungs that name none. */
export const completePools = (
  pools: Record<string, ReadPool>,
  aws: AwsConfig | undefined,
): Record<string, PoolConfig> =>
  Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, completePool(pool, aws)]));

/** AWS says that a Mac boots in 6 to 20 minutes: this is twice that. */
const bootMinutes = (isMac: boolean): number => (isMac ? 45 : 10);

function completePool(pool: ReadPool, aws: AwsConfig | undefined): PoolConfig {
  const mac = pool.ladder.find((rung) => rung.provider === 'mac');
  return {
    ...pool,
    bootLimitMinutes: pool.bootLimitMinutes ?? bootMinutes(mac !== undefined),
    containers: pool.containers ?? pool.os !== 'macos',
    machine: { ...pool.machine, image: completeImage(pool, mac) },
    ladder: pool.ladder.map((rung) => completeRung(rung, pool, aws)),
  };
}

function completeRung(rung: ReadRung, pool: ReadPool, aws: AwsConfig | undefined): Rung {
  switch (rung.provider) {
    case 'local':
      return rung;
    case 'codebuild':
      return { ...rung, image: rung.image ?? standardImage(pool.arch) };
    case 'ec2':
      return { ...rung, region: rung.region ?? aws?.region ?? '', needs: completeNeeds(rung) };
    case 'mac':
      return completeMac(rung, pool, aws);
  }
}

function completeMac(rung: ReadMacRung, pool: ReadPool, aws: AwsConfig | undefined): MacRung {
  const region = rung.region ?? aws?.region ?? '';
  const mayReset = pool.trustedOnly && rung.paidDay === 'shared';
  return {
    ...rung,
    region,
    zones: rung.zones ?? [...(aws?.regions[region]?.zones ?? [])],
    families: rung.families ?? usualFamilies(pool.arch, rung.macos),
    reset: rung.reset ?? (mayReset ? 'replace-root' : 'relaunch'),
  };
}

function completeImage({ arch, machine: { image } }: ReadPool, mac: ReadMacRung | undefined): MachineImage {
  const standard = mac ? standardMacImage(mac.macos, arch) : standardMachineImages[arch];
  const said: ReadImage = image ?? standard;
  const usual = mac ? macTraits : usualTraits('parameter' in said ? said.parameter : undefined);
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
