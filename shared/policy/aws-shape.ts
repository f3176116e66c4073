// The shape of what the configuration says about AWS: rungs and machines of EC2, Macs, regions, images.
import * as z from 'zod/mini';
import { choice, list, named, oneOf, refuse, strict, text, whole, yesOrNo } from './fields.ts';
import { familiesWithChips, familyMeant, macFamilies, macOsNames } from './macs.ts';

const dollars = (most: number, what: string) => {
  const remedy = refuse(`give US dollars ${what}, from 0 to ${most}`);
  return z.number(remedy).check(z.minimum(0, remedy), z.maximum(most, remedy));
};

export const usdPerDay = dollars(1_000_000, 'for a day');

const capability = text(/^\d{1,2}\.\d$/, "give a compute capability, such as '8.6'");

const needs = strict({
  gpus: z.optional(whole(0, 16, 'GPUs')),
  vendor: z.optional(choice(['nvidia', 'amd'])),
  vramGiB: z.optional(whole(1, 1000, 'GiB')),
  computeCapability: z.optional(
    z.union(
      [list(capability, 1, 20, 'compute capabilities'), capability],
      refuse("give a list of compute capabilities, such as ['7.5', '8.6'], or the least, such as '8.0'"),
    ),
  ),
  fraction: z._default(yesOrNo, false),
  optix: z._default(yesOrNo, false),
  egl: z._default(yesOrNo, false),
  vulkan: z._default(yesOrNo, false),
  vCpus: z.optional(whole(1, 1000, 'vCPUs')),
  memoryGiB: z.optional(whole(1, 32_768, 'GiB')),
  localDiskGB: z.optional(whole(1, 1_000_000, 'GB')),
});

const regionName = text(/^[a-z]{2}(-[a-z]+)+-\d$/, "name a region of AWS, such as 'us-east-1'");
const zone = text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "name a zone, such as 'us-east-1a'");
const instanceType = text(/^[a-z0-9-]+\.[a-z0-9-]+$/, "name an instance type, such as 'g4dn.xlarge'");

/** At most a day. */
const minutes = whole(0, 1440, 'minutes');

export const ec2Rung = strict({
  provider: z.literal('ec2'),
  market: z._default(choice(['spot', 'on-demand']), 'on-demand'),
  region: z.optional(regionName),
  types: z.optional(list(instanceType, 1, 40, 'instance types')),
  needs: z.prefault(needs, {}),
  maxUsdPerHour: z.optional(dollars(1000, 'for an hour')),
  patienceMinutes: z._default(minutes, 0),
});

/** One letter makes another Mac of these names: none is guessed from one that is only near. */
const macFamily = oneOf(macFamilies, familyMeant, familiesWithChips);

export const macRung = strict({
  provider: z.literal('mac'),
  region: z.optional(regionName),
  zones: z.optional(list(zone, 1, 6, 'zones')),
  families: z.optional(list(macFamily, 1, macFamilies.length, 'kinds of Macs')),
  macos: z._default(oneOf(macOsNames), 'sequoia'),
  waitMinutes: z._default(minutes, 60),
  reset: z.optional(choice(['replace-root', 'relaunch'])),
  stayMinutes: z._default(minutes, 60),
  paidDay: z._default(choice(['shared', 'one-job']), 'shared'),
  afterwards: z._default(choice(['release', 'keep']), 'release'),
  windowServer: z._default(yesOrNo, false),
});

const parameter = text(/^\/[\w./-]{1,1000}$/, 'name a parameter of SSM, beginning with a slash');
const owner = text(/^(\d{12}|amazon)$/, "give the owner's account: 12 digits, or 'amazon'");
const imageName = text(/^[\w ./()*?-]{3,128}$/, 'give the name of images; * stands for anything');

const imageTraits = {
  rootDevice: z.optional(text(/^\/dev\/[a-z0-9]+$/, "name the root volume's device, such as '/dev/sda1'")),
  user: z.optional(text(/^[a-z_][a-z0-9_-]{0,31}$/, 'name a user that the image has')),
  drivers: z.optional(list(choice(['datacenter', 'grid']), 1, 2, 'kinds of drivers')),
};

const imageIds = named(
  text(/^ami-[0-9a-f]{8,17}$/, "give the id of an image, such as 'ami-0123456789abcdef0'"),
  'region',
  'the name of a region',
  /^[a-z0-9-]+$/,
  30,
);

const machineImage = z.union(
  [
    strict({ ids: imageIds, ...imageTraits }),
    strict({ parameter, ...imageTraits }),
    strict({ name: imageName, owner, ...imageTraits }),
  ],
  refuse("write { ids: { 'us-east-1': 'ami-…' } }, { parameter: '/…' } or { name: '…', owner: '…' }"),
);

export const machineShape = z.prefault(
  strict({
    image: z.optional(machineImage),
    diskGiB: z._default(whole(30, 16_384, 'GiB'), 100),
    instanceProfile: z.optional(text(/^[\w+=,.@-]{1,128}$/, 'give the name of an instance profile')),
    sessionManager: z._default(yesOrNo, false),
  }),
  {},
);

const vpc = strict({
  id: text(/^vpc-[0-9a-f]{8,17}$/, "give the id of a VPC, such as 'vpc-0123456789abcdef0'"),
  subnets: named(
    text(/^subnet-[0-9a-f]{8,17}$/, "give the id of a subnet, such as 'subnet-0123456789abcdef0'"),
    'zone',
    'the name of a zone',
    /^[a-z0-9-]+$/,
    30,
  ),
  nat: z._default(yesOrNo, false),
});

const factor = refuse('give a number from 0.5 to 5');

const region = strict({
  zones: z.optional(list(zone, 1, 6, 'zones')),
  vpc: z.optional(vpc),
  priceFactor: z.optional(z.number(factor).check(z.minimum(0.5, factor), z.maximum(5, factor))),
});

const builtImage = strict({
  arch: z._default(choice(['x64', 'arm64']), 'x64'),
  base: z.optional(
    z.union(
      [strict({ name: imageName, owner }), strict({ parameter })],
      refuse("write { name: '…', owner: '…' } or { parameter: '/…' }"),
    ),
  ),
  packages: z._default(list(text(/^[\w.+-]{1,100}$/, 'name a package'), 0, 100, 'packages'), []),
  containers: z._default(
    list(text(/^[\w][\w.:/@-]{0,254}$/, 'name a container image'), 0, 20, 'container images'),
    [],
  ),
  schedule: z._default(
    text(/^cron\([^()]{5,100}\)$/, 'give a cron expression of EventBridge'),
    'cron(0 3 ? * SUN *)',
  ),
});

export const awsShape = strict({
  region: regionName,
  regions: z.optional(named(region, 'region', 'the name of a region', /^[a-z0-9-]+$/, 30)),
  images: z._default(
    named(builtImage, 'image', 'at most 18 small letters, digits and hyphens', /^[a-z][a-z0-9-]*$/, 18, 0),
    {},
  ),
});
