// Does the image of each pool exist in each region, and does it fit what is configured?
import { imageParameter, pipelineName } from '../../../shared/contract/names.ts';
import type { PoolConfig } from '../../../shared/policy/config.ts';
import type { Config } from '../../../shared/policy/schema.ts';
import { askAws } from '../aws.ts';
import { type FoundImage, readImages } from './ec2.ts';
import { type Check, type Finding, fail, isolated, ok } from './finding.ts';
import { byRegion } from './machines.ts';

export const machineImages: Check = {
  name: 'images',
  async run({ config }) {
    const places = [...byRegion(config, ({ pool }) => pool)].flatMap(([region, pools]) =>
      pools.map((pool) => ({ region, pool })),
    );
    const findings = await Promise.all(
      places.map((place) => {
        const check = `image of ${place.pool} in ${place.region}`;
        const settings = config.pools[place.pool];
        if (!settings) return [];
        return isolated(check, () => imageFindings(check, { config, settings, ...place }));
      }),
    );
    return findings.flat();
  },
};

interface Place {
  config: Config;
  pool: string;
  settings: PoolConfig;
  region: string;
}

/** In EC2's words. */
const architectures = { x64: 'x86_64', arm64: 'arm64' } as const;
const architectureOf = ({ os, arch }: PoolConfig): string =>
  os === 'macos' ? `${architectures[arch]}_mac` : architectures[arch];

async function imageFindings(check: string, place: Place): Promise<Finding[]> {
  const found = await findImage(place);
  if ('missing' in found) return [fail(check, found.missing, found.remedy)];
  const faults = faultsOf(found, place);
  if (faults.length === 0) return [ok(check, found.id)];
  return faults.map(({ what, remedy }) => fail(check, `${found.id} ${what}`, remedy));
}

/** A machine of another form would not start, not with the disk that was meant, or leave disks behind. */
function faultsOf(found: FoundImage, { pool, settings }: Place): { what: string; remedy: string }[] {
  const { machine, arch } = settings;
  const architecture = architectureOf(settings);
  const place = `pools.${pool}.machine`;
  // What a launch says of the root volume, it says by this name.
  const lasting = found.lasting.filter((device) => device !== machine.image.rootDevice);
  return [
    {
      is: found.architecture !== architecture,
      what: `is for ${found.architecture}, the pool is ${settings.os === 'macos' ? architecture : arch}`,
      remedy: `name another in ${place}.image`,
    },
    {
      is: found.rootDevice !== machine.image.rootDevice,
      what: `has the root device ${found.rootDevice}, not ${machine.image.rootDevice}`,
      remedy: `write rootDevice: '${found.rootDevice}' in ${place}.image`,
    },
    {
      is: found.diskGiB > machine.diskGiB,
      what: `takes ${found.diskGiB} GiB, machines have ${machine.diskGiB}`,
      remedy: `write diskGiB: ${found.diskGiB} in ${place}`,
    },
    {
      is: lasting.length > 0,
      what: `has volumes that stay when the machine is gone: ${lasting.join(', ')}`,
      remedy: `register it anew with DeleteOnTermination for them, and name that image in ${place}.image`,
    },
  ].filter(({ is }) => is);
}

interface Missing {
  missing: string;
  remedy: string;
}

async function findImage(place: Place): Promise<FoundImage | Missing> {
  const { pool, settings, region } = place;
  const { image } = settings.machine;
  const correct = `correct pools.${pool}.machine.image`;
  if ('ids' in image) {
    const id = image.ids[region];
    if (!id)
      return { missing: 'has no id there', remedy: `write ids.${region} in pools.${pool}.machine.image` };
    return imageById(region, id, correct);
  }
  if ('parameter' in image) {
    const value = await readParameter(region, image.parameter);
    if (value) return imageById(region, value, correct);
    return {
      missing: `there is no SSM parameter ${image.parameter}`,
      remedy: parameterRemedy(place, correct),
    };
  }
  const wanted = { name: [image.name], architecture: [architectureOf(settings)] };
  const [newest] = await readImages(region, wanted, image.owner);
  const missing = `no image of ${image.owner} for ${settings.arch} is called '${image.name}'`;
  return newest ?? { missing, remedy: correct };
}

async function imageById(region: string, id: string, remedy: string): Promise<FoundImage | Missing> {
  const [found] = await readImages(region, { 'image-id': [id] });
  return found ?? { missing: `there is no image ${id}, or it is not for this account`, remedy };
}

/** An image that is built here is there when its pipeline has run for the first time. */
function parameterRemedy({ config, pool, settings }: Place, otherwise: string): string {
  const { image } = settings.machine;
  if ('parameter' in image && image.parameter.startsWith(macImages)) {
    return `AWS has no image of that macOS there: name another in the rung's macos, in pools.${pool}`;
  }
  const built = Object.keys(config.aws?.images ?? {}).find(
    (name) => 'parameter' in image && image.parameter === imageParameter(config.installation, name),
  );
  if (!built) return otherwise;
  const pipeline = pipelineName(config.installation, built);
  return `run the pipeline ${pipeline} of EC2 Image Builder: it takes an hour`;
}

/** AWS's own: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/mac-instance-launch.html */
const macImages = '/aws/service/ec2-macos/';

/** Its value; undefined when there is none. */
const readParameter = (region: string, name: string): Promise<string | undefined> =>
  askAws(`ssm:GetParameters in ${region}`, async () => {
    const sdk = await import('@aws-sdk/client-ssm');
    const wanted = new sdk.GetParametersCommand({ Names: [name], WithDecryption: true });
    const { Parameters: [found] = [] } = await new sdk.SSMClient({ region }).send(wanted);
    return found?.Value;
  });
