// What EC2 says of a region: its zones and their types, and the images, subnets, launch templates, hosts and
// key of disks there.
import type * as Ec2 from '@aws-sdk/client-ec2';
import { askAws } from '../aws.ts';

export interface FoundImage {
  id: string;
  architecture: string;
  rootDevice: string;
  /** GiB of the root volume: a machine's must not be smaller. */
  diskGiB: number;
  /** Devices of volumes that stay when the machine is gone, unless a launch says otherwise. */
  lasting: string[];
  madeAt: string;
}

export interface FoundSubnet {
  id: string;
  zone: string;
  vpc: string;
  /** Machines get a public address from it. */
  isPublic: boolean;
}

export interface FoundHost {
  id: string;
  /** In EC2's words. */
  state: string;
  type: string;
  isEmpty: boolean;
  /** Milliseconds since 1970. */
  allocatedAt: number;
  /** Values by key. */
  tags: ReadonlyMap<string, string>;
}

/** Names and values; one of the values must fit. */
export type Filters = Record<string, string[]>;

/** All calls throw `Problem`, or `Unavailable` without credentials or permission, and omit what is absent. */
export const readZones = (region: string): Promise<string[]> =>
  ask(region, 'DescribeAvailabilityZones', async (sdk, client) => {
    const Filters = filters({ 'zone-type': ['availability-zone'] });
    const { AvailabilityZones: found = [] } = await client.send(
      new sdk.DescribeAvailabilityZonesCommand({ Filters }),
    );
    return found.flatMap(({ ZoneName: name }) => name ?? []);
  });

/** Newest first. `owner`: an account, or `amazon`, which the filter `owner-id` does not know. */
export const readImages = (region: string, wanted: Filters, owner?: string): Promise<FoundImage[]> =>
  ask(region, 'DescribeImages', async (sdk, client) => {
    const Filters = filters({ ...wanted, state: ['available'] });
    // By its id, an image that is deprecated can be started from too.
    const IncludeDeprecated = 'image-id' in wanted;
    const { Images: found = [] } = await client.send(
      new sdk.DescribeImagesCommand({ Filters, IncludeDeprecated, ...(owner && { Owners: [owner] }) }),
    );
    return found.map(imageFrom).sort((one, other) => other.madeAt.localeCompare(one.madeAt));
  });

const imageFrom = (image: Ec2.Image): FoundImage => {
  const { ImageId: id = '', Architecture: architecture = '', RootDeviceName: rootDevice = '' } = image;
  const volumes = (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName: device = '', Ebs: disk }) =>
    disk ? [{ device, disk }] : [],
  );
  return {
    id,
    architecture,
    rootDevice,
    diskGiB: volumes.find(({ device }) => device === rootDevice)?.disk.VolumeSize ?? 0,
    lasting: volumes.filter(({ disk }) => disk.DeleteOnTermination !== true).map(({ device }) => device),
    madeAt: image.CreationDate ?? '',
  };
};

export const readSubnets = (region: string, wanted: Filters): Promise<FoundSubnet[]> =>
  ask(region, 'DescribeSubnets', async (sdk, client) => {
    const found: FoundSubnet[] = [];
    const pages = sdk.paginateDescribeSubnets({ client }, { Filters: filters(wanted) });
    for await (const { Subnets: some = [] } of pages) {
      for (const subnet of some) {
        const { SubnetId: id = '', AvailabilityZone: zone = '', VpcId: vpc = '' } = subnet;
        found.push({ id, zone, vpc, isPublic: subnet.MapPublicIpOnLaunch === true });
      }
    }
    return found;
  });

/** The names of those that exist. */
export const readTemplates = (region: string, names: string[]): Promise<string[]> =>
  ask(region, 'DescribeLaunchTemplates', async (sdk, client) => {
    const found: string[] = [];
    const Filters = filters({ 'launch-template-name': names });
    const pages = sdk.paginateDescribeLaunchTemplates({ client }, { Filters });
    for await (const { LaunchTemplates: some = [] } of pages) {
      found.push(...some.flatMap(({ LaunchTemplateName: name }) => name ?? []));
    }
    return found;
  });

/** The zones that have an instance type, by type. */
export const readTypes = (region: string, types: string[]): Promise<Map<string, string[]>> =>
  ask(region, 'DescribeInstanceTypeOfferings', async (sdk, client) => {
    const found = new Map<string, string[]>();
    const Filters = filters({ 'instance-type': types });
    const pages = sdk.paginateDescribeInstanceTypeOfferings(
      { client },
      { LocationType: 'availability-zone', Filters },
    );
    for await (const { InstanceTypeOfferings: some = [] } of pages) {
      for (const { InstanceType: type = '', Location: zone = '' } of some) {
        found.set(type, [...(found.get(type) ?? []), zone]);
      }
    }
    return found;
  });

/**
 * Hosts with the tag that are not released.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeHosts.html knows no filter by its value.
 */
export const readHosts = (region: string, tag: string): Promise<FoundHost[]> =>
  ask(region, 'DescribeHosts', async (sdk, client) => {
    const found: FoundHost[] = [];
    const pages = sdk.paginateDescribeHosts({ client }, { Filter: filters({ 'tag-key': [tag] }) });
    for await (const { Hosts: some = [] } of pages) found.push(...some.map(hostFrom));
    return found.filter(({ state }) => !state.startsWith('released'));
  });

const hostFrom = (host: Ec2.Host): FoundHost => ({
  id: host.HostId ?? '',
  state: host.State ?? '',
  type: host.HostProperties?.InstanceType ?? '',
  isEmpty: (host.Instances ?? []).length === 0,
  allocatedAt: host.AllocationTime?.getTime() ?? 0,
  tags: new Map((host.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
});

/** What new volumes are encrypted with: an alias, an id, or an ARN. */
export const readDiskKey = (region: string): Promise<string> =>
  ask(region, 'GetEbsDefaultKmsKeyId', async (sdk, client) => {
    const { KmsKeyId: key = '' } = await client.send(new sdk.GetEbsDefaultKmsKeyIdCommand({}));
    return key;
  });

const filters = (wanted: Filters): Ec2.Filter[] =>
  Object.entries(wanted).map(([Name, Values]) => ({ Name, Values }));

const ask = <T>(
  region: string,
  action: string,
  call: (sdk: typeof Ec2, client: Ec2.EC2Client) => Promise<T>,
): Promise<T> =>
  askAws(`ec2:${action} in ${region}`, async () => {
    const sdk = await import('@aws-sdk/client-ec2');
    return call(sdk, new sdk.EC2Client({ region }));
  });
