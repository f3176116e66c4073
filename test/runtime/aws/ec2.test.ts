// The provider of EC2 machines as a configuration makes it, over the wire against a stand-in.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { parseConfig } from '../../../shared/policy/schema.ts';
import { ec2Calls } from '../../../shared/providers/ec2/provider.ts';
import { ec2Prices, ec2Providers } from '../../../shared/runtime/aws/ec2.ts';
import { sample } from '../../policy/sample.ts';
import { launchOf } from '../../providers/conformance.ts';
import { type Ec2StandIn, ec2StandIn } from '../../stand-ins/ec2/stand-in.ts';

const url = 'https://callsheet.example';
const rocky = { name: 'Rocky-9-*', owner: '792107900819' };
const near = { provider: 'ec2', types: ['g4dn.xlarge'], needs: { optix: true } } as const;
const far = { ...near, market: 'spot', region: 'eu-west-1' } as const;
const pool = { os: 'linux', arch: 'x64', maximum: 4, jobLimitMinutes: 60 } as const;
const subnets = { 'eu-west-1b': 'subnet-0123456789abcdef0' };

const config = parseConfig({
  installation: 'test',
  github: { appId: '1', installations: { acme: '11' } },
  aws: {
    region: 'us-east-1',
    regions: {
      'us-east-1': { zones: ['us-east-1a'] },
      'eu-west-1': { zones: ['eu-west-1b'], vpc: { id: 'vpc-0123456789abcdef0', subnets }, priceFactor: 2 },
    },
  },
  pools: {
    gpu: { ...pool, labels: ['gpu'], ladder: [near] },
    rocky: {
      ...pool,
      labels: ['rocky'],
      trustedOnly: true,
      machine: { image: { ...rocky } },
      ladder: [near, far],
    },
  },
  projects: { film: { repositories: ['acme/film'], pools: ['gpu', 'rocky'] } },
});

let cloud: Ec2StandIn;
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  cloud = await ec2StandIn({
    installation: 'test',
    zones: { 'us-east-1': ['us-east-1a'], 'eu-west-1': ['eu-west-1b'] },
    images: [
      {
        id: 'ami-1',
        name: 'Rocky-9-EC2',
        owner: rocky.owner,
        architecture: 'x86_64',
        createdAt: '2026-10-01T00:00:00.000Z',
      },
    ],
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
});

function provider(at?: string) {
  const { ec2 } = ec2Providers(ec2Calls({ endpoint: cloud.url }), config, at);
  if (!ec2) throw new Error('no provider');
  return ec2;
}

const started = async (name: string, rung: number) => {
  const ec2 = provider(url);
  const launch = launchOf(1, ec2.request({ pool: name, rung, n: 1 }));
  return ec2.launch({ ...launch, pool: name, id: `${name}-1`, askedAt: Date.now() });
};

const asked = z.object({
  LaunchTemplateConfigs: z.array(
    z.object({ Overrides: z.array(z.object({ SubnetId: z.string(), ImageId: z.optional(z.string()) })) }),
  ),
});
const overrides = () => {
  const fleet = cloud.fleets.at(-1);
  const { LaunchTemplateConfigs } = asked.parse(fleet?.form);
  return { region: fleet?.region, overrides: LaunchTemplateConfigs[0]?.Overrides };
};

describe("the configuration's machines of EC2", () => {
  it('start by the network and the image of their launch template', async () => {
    const { terms } = await started('gpu', 0);
    expect(Object.values(terms ?? {})).toEqual([
      { offering: 'us-east-1/on-demand/g4dn.xlarge/us-east-1a', usdPerHour: 0.526 },
    ]);
    expect(overrides()).toEqual({
      region: 'us-east-1',
      overrides: [expect.objectContaining({ SubnetId: cloud.subnet('us-east-1a') })],
    });
    expect(overrides().overrides?.[0]?.ImageId).toBeUndefined();
    const [machine] = cloud.machines();
    expect(machine?.tags).toMatchObject({
      'callsheet:installation': 'test',
      'callsheet:launch': 'gpu-1',
      'callsheet:url': url,
      'callsheet:gpu': expect.stringMatching(/^1 \d{5} cuda optix$/),
    });
  });

  it('start in an existing network, from the newest image of an owner', async () => {
    const result = await started('rocky', 1);
    expect(overrides()).toEqual({
      region: 'eu-west-1',
      overrides: [expect.objectContaining({ SubnetId: 'subnet-0123456789abcdef0', ImageId: 'ami-1' })],
    });
    // The stand-in has a subnet of another id there.
    expect(result.faults).toMatchObject([{ shelves: ['eu-west-1/zone/eu-west-1b'] }]);
  });

  it('are listed and ended in all regions by a provider that cannot launch', async () => {
    const tags = { 'callsheet:installation': 'test' };
    const ids = [
      cloud.plant(tags).id,
      cloud.plant(tags, { region: 'eu-west-1', zone: 'eu-west-1b', market: 'spot' }).id,
    ];
    const sightings = new Map((await provider().list()).map((sighting) => [sighting.id, sighting]));
    expect(ids.map((id) => sightings.get(id)?.terms)).toEqual([
      { offering: 'us-east-1/on-demand/g4dn.xlarge/us-east-1a', usdPerHour: 0.526 },
      { offering: 'eu-west-1/spot/g4dn.xlarge/eu-west-1b', usdPerHour: 1.052 },
    ]);
    expect(await provider().stop(ids)).toEqual({ failed: [] });
    expect(await provider().list()).toEqual([]);
    expect(() => provider().request({ pool: 'gpu', rung: 0, n: 1 })).toThrow('no url');
  });

  it('are not there where nothing is said of AWS: there are no rights either', () => {
    const { aws, ...said } = sample;
    expect(ec2Providers(ec2Calls({}), said, url)).toEqual({});
  });

  it('are seen and ended when no pool has any more', async () => {
    const { id } = cloud.plant({ 'callsheet:installation': 'test' });
    const pools = Object.fromEntries(
      Object.entries(config.pools).map(([name, settings]) => [name, { ...settings, ladder: [] }]),
    );
    const { ec2 } = ec2Providers(ec2Calls({ endpoint: cloud.url }), { ...config, pools });
    expect((await ec2?.list())?.map((machine) => machine.id)).toEqual([id]);
    expect(await ec2?.stop([id])).toEqual({ failed: [] });
    expect(await ec2?.list()).toEqual([]);
  });

  it('have prices in their regions only', () => {
    const priceOf = ec2Prices(config);
    expect(priceOf('eu-west-1', 'g4dn.xlarge')).toBe(1.052);
    expect(priceOf('ap-south-1', 'g4dn.xlarge')).toBeUndefined();
    expect(priceOf('us-east-1', 'x9.huge')).toBeUndefined();
  });
});
