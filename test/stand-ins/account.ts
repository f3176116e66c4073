// EC2 and IAM of an account as the admin commands ask them: what exists in each region, by filters, as XML.
import { type HostStandIn, hostItem, typeItems } from './account-hosts.ts';

/** What EC2 has in one region. */
export interface RegionStandIn {
  zones: string[];
  images: ImageStandIn[];
  /** What new volumes are encrypted with. Default: AWS's own key. */
  diskKey?: string;
  /** `isPublic`: they give public addresses. */
  subnets: { id: string; zone: string; vpc: string; tags: Record<string, string>; isPublic?: boolean }[];
  /** Names of launch templates. */
  templates: string[];
  /** Zones by instance type. */
  types?: Record<string, string[]>;
  hosts?: HostStandIn[];
}

export interface ImageStandIn {
  id: string;
  name: string;
  owner: string;
  /** What AWS calls the owner, if it does. */
  ownerAlias?: 'amazon';
  architecture: string;
  rootDevice: string;
  diskGiB: number;
  /** Its own root volume stays when the machine is gone, unless the launch says otherwise. */
  rootStays?: boolean;
  /** Other devices: are their volumes deleted with the machine? `undefined`: they are no volumes of EBS. */
  others?: Record<string, boolean | undefined>;
  madeAt: string;
}

export interface AccountStandIn {
  /** By region. */
  regions: Record<string, RegionStandIn>;
  /** Names of IAM roles. */
  roles: string[];
}

/** XML, or the name of an error. Undefined: the action is of another service. */
export function accountXml(
  account: AccountStandIn,
  region: string,
  form: URLSearchParams,
): string | undefined {
  const action = form.get('Action') ?? '';
  if (action === 'GetRole') return roleXml(account, form.get('RoleName') ?? '');
  const found = account.regions[region] ?? { zones: [], images: [], subnets: [], templates: [] };
  if (action === 'GetEbsDefaultKmsKeyId') return keyXml(found);
  const items = itemsOf(action, found, form);
  if (!items) return undefined;
  const wanted = filtersOf(form);
  const known = items.every(({ fields }) => Object.keys(wanted).every((name) => name in fields));
  if (!known) return 'InvalidParameterValue';
  const fitting = items.filter(({ fields }) =>
    Object.entries(wanted).every(([name, values]) => values.some((value) => fits(fields[name] ?? '', value))),
  );
  const set = sets[action];
  const list = fitting.map(({ xml }) => `<item>${xml}</item>`).join('');
  return `<${action}Response><${set}>${list}</${set}></${action}Response>`;
}

const sets: Record<string, string> = {
  DescribeAvailabilityZones: 'availabilityZoneInfo',
  DescribeImages: 'imagesSet',
  DescribeSubnets: 'subnetSet',
  DescribeLaunchTemplates: 'launchTemplates',
  DescribeInstanceTypeOfferings: 'instanceTypeOfferingSet',
  DescribeHosts: 'hostSet',
};

export interface Item {
  /** What filters look at. */
  fields: Record<string, string>;
  xml: string;
}

function itemsOf(action: string, region: RegionStandIn, form: URLSearchParams): Item[] | undefined {
  switch (action) {
    case 'DescribeAvailabilityZones':
      return region.zones.map((zone) => ({
        fields: { 'zone-type': 'availability-zone' },
        xml: `<zoneName>${zone}</zoneName>`,
      }));
    case 'DescribeImages':
      return region.images.filter(ownedBy(form)).map(imageItem);
    case 'DescribeSubnets':
      return region.subnets.map(({ id, zone, vpc, tags, isPublic = false }) => ({
        fields: {
          'subnet-id': id,
          'tag:callsheet:installation': '',
          ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tag:${key}`, value])),
        },
        xml:
          `<subnetId>${id}</subnetId><availabilityZone>${zone}</availabilityZone><vpcId>${vpc}</vpcId>` +
          `<mapPublicIpOnLaunch>${isPublic}</mapPublicIpOnLaunch>`,
      }));
    case 'DescribeLaunchTemplates':
      return region.templates.map((name) => ({
        fields: { 'launch-template-name': name },
        xml: `<launchTemplateName>${name}</launchTemplateName>`,
      }));
    case 'DescribeInstanceTypeOfferings':
      return typeItems(region.types, form);
    case 'DescribeHosts':
      return (region.hosts ?? []).map(hostItem);
  }
  return undefined;
}

function imageItem(image: ImageStandIn): Item {
  const {
    id,
    name,
    owner,
    architecture,
    rootDevice,
    diskGiB,
    rootStays = false,
    others = {},
    madeAt,
  } = image;
  const devices = Object.entries(others).map(([device, isDeleted]) =>
    deviceXml(device, isDeleted === undefined ? '<noDevice/>' : diskXml(8, isDeleted)),
  );
  const root = deviceXml(rootDevice, diskXml(diskGiB, !rootStays));
  return {
    fields: { 'image-id': id, name, 'owner-id': owner, architecture, state: 'available' },
    xml:
      `<imageId>${id}</imageId><architecture>${architecture}</architecture>` +
      `<creationDate>${madeAt}</creationDate><rootDeviceName>${rootDevice}</rootDeviceName>` +
      `<blockDeviceMapping>${root}${devices.join('')}</blockDeviceMapping>`,
  };
}

const deviceXml = (device: string, what: string): string =>
  `<item><deviceName>${device}</deviceName>${what}</item>`;

const diskXml = (gibibytes: number, isDeleted: boolean): string =>
  `<ebs><volumeSize>${gibibytes}</volumeSize><deleteOnTermination>${isDeleted}</deleteOnTermination></ebs>`;

/** `Owner.1=…`: accounts, or what AWS calls them. The filter `owner-id` knows accounts only. */
const ownedBy = (form: URLSearchParams) => {
  const wanted = [...form].flatMap(([key, value]) => (key.startsWith('Owner.') ? [value] : []));
  return ({ owner, ownerAlias }: ImageStandIn): boolean =>
    wanted.length === 0 || wanted.some((one) => one === owner || one === ownerAlias);
};

const keyXml = ({ diskKey = 'alias/aws/ebs' }: RegionStandIn): string =>
  `<GetEbsDefaultKmsKeyIdResponse><kmsKeyId>${diskKey}</kmsKeyId></GetEbsDefaultKmsKeyIdResponse>`;

/** `Filter.1.Name=…&Filter.1.Value.1=…` */
function filtersOf(form: URLSearchParams): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [key, name] of form) {
    const [, number] = /^Filter\.(\d+)\.Name$/.exec(key) ?? [];
    if (!number) continue;
    found[name] = [...form].flatMap(([other, value]) =>
      other.startsWith(`Filter.${number}.Value.`) ? [value] : [],
    );
  }
  return found;
}

/** `*` stands for anything. */
const fits = (text: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`).test(text);

const roleXml = ({ roles }: AccountStandIn, name: string): string =>
  roles.includes(name)
    ? `<GetRoleResponse><GetRoleResult><Role><RoleName>${name}</RoleName><Path>/</Path></Role></GetRoleResult>
      </GetRoleResponse>`
    : 'NoSuchEntity';
