// Are the zones of each region those of the account, and are its subnets and launch templates there?
import { templateName } from '../../../shared/contract/machine.ts';
import { installationTag } from '../../../shared/contract/names.ts';
import type { ExistingVpc } from '../../../shared/policy/config.ts';
import { Unavailable } from '../command.ts';
import { type FoundSubnet, readSubnets, readTemplates, readZones } from './ec2.ts';
import { type Check, type Finding, fail, isolated, ok, type Scene } from './finding.ts';
import { byRegion, macsOf, placesOf } from './machines.ts';

type RegionCheck = (scene: Scene, region: string, check: string) => Promise<Finding[]>;

/** A check of each region that pools want machines in. */
export const inEachRegion = (name: string, look: RegionCheck): Check => ({
  name,
  async run(scene) {
    const regions = [...new Set(placesOf(scene.config).map(({ region }) => region))];
    const findings = await Promise.all(
      regions.map((region) => {
        const check = `${name} ${region}`;
        return isolated(check, () => look(scene, region, check));
      }),
    );
    return findings.flat();
  },
});

const zonesOf = ({ config }: Scene, region: string): string[] => config.aws?.regions[region]?.zones ?? [];

/** Not every account sees every zone. */
export const zones = inEachRegion('zones', async (scene, region, check) => {
  const found = await readZones(region);
  const wanted = zonesOf(scene, region);
  const missing = wanted.filter((zone) => !found.includes(zone));
  if (missing.length === 0) return [ok(check, wanted.join(', '))];
  const remedy = `list the others in aws.regions.${region}.zones: ${found.join(', ')}`;
  return [fail(check, `this account has no ${missing.join(', ')}`, remedy)];
});

const deploy = 'npx cdk deploy --all';

export const subnets = inEachRegion('subnets', async (scene, region, check) => {
  const { installation, aws } = scene.config;
  const wanted = zonesOf(scene, region);
  const vpc = aws?.regions[region]?.vpc;
  if (vpc) return subnetsOf(scene, vpc, region, check);
  const found = await readSubnets(region, { [`tag:${installationTag}`]: [installation] });
  if (found.length === 0) throw notDeployed(installation, region);
  const missing = wanted.filter((zone) => !found.some((subnet) => subnet.zone === zone));
  if (missing.length > 0) return [fail(check, `none in ${missing.join(', ')}`, deploy)];
  const silent = withoutAddresses(scene, region, found);
  return [
    silent.length === 0
      ? ok(check, `one in each of ${wanted.length} zones`)
      : fail(check, `${silent.join(', ')}: no public addresses, which Macs need`, deploy),
  ];
});

/** Subnets that leave Macs without a public address: theirs comes from nowhere else. */
function withoutAddresses({ config }: Scene, region: string, found: readonly FoundSubnet[]): string[] {
  const zones = macsOf(config).flatMap(({ rung }) => (rung.region === region ? rung.zones : []));
  return found.filter(({ zone, isPublic }) => zones.includes(zone) && !isPublic).map(({ id }) => id);
}

async function subnetsOf(scene: Scene, vpc: ExistingVpc, region: string, check: string): Promise<Finding[]> {
  const found = await readSubnets(region, { 'subnet-id': Object.values(vpc.subnets) });
  const remedy = `correct aws.regions.${region}.vpc`;
  const faults = Object.entries(vpc.subnets).flatMap(([zone, id]) => {
    const subnet = found.find((one) => one.id === id);
    if (!subnet) return [fail(check, `there is no ${id}`, remedy)];
    if (subnet.vpc !== vpc.id) return [fail(check, `${id} is in ${subnet.vpc}, not in ${vpc.id}`, remedy)];
    return subnet.zone === zone ? [] : [fail(check, `${id} is in ${subnet.zone}, not in ${zone}`, remedy)];
  });
  if (faults.length > 0) return faults;
  const silent = vpc.nat ? [] : withoutAddresses(scene, region, found);
  if (silent.length === 0) return [ok(check, `those of ${vpc.id}`)];
  const give = `aws ec2 modify-subnet-attribute --region ${region} --map-public-ip-on-launch --subnet-id`;
  return silent.map((id) => fail(check, `${id}: no public addresses, which Macs need`, `${give} ${id}`));
}

export const templates = inEachRegion('launch templates', async ({ config }, region, check) => {
  const { installation } = config;
  const wanted = byRegion(config, ({ pool, market }) => templateName(installation, pool, market));
  const names = wanted.get(region) ?? [];
  const found = await readTemplates(region, names);
  if (found.length === 0) throw notDeployed(installation, region);
  const missing = names.filter((name) => !found.includes(name));
  return [
    missing.length === 0
      ? ok(check, names.join(', '))
      : fail(check, `there is no ${missing.join(', ')}`, deploy),
  ];
});

const notDeployed = (installation: string, region: string): Unavailable =>
  new Unavailable(`'${installation}' is not deployed in ${region}`, deploy);
