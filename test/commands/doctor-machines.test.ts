// `npm run doctor` on machines of EC2: what the account, its regions and its images lack, and the remedies.
import { describe, expect, it } from 'vitest';
import type { RegionStandIn } from '../stand-ins/account.ts';
import { configuration } from './configuration.ts';
import { type Desk, type DeskOptions, desk, row, rows, type Shown } from './desk.ts';

const rung = { provider: 'ec2', types: ['g4dn.xlarge'], region: 'us-east-1' };
const vpc = {
  id: 'vpc-00000001',
  subnets: { 'eu-west-1a': 'subnet-0000000a', 'eu-west-1b': 'subnet-0000000b' },
};

/** A pool with spot and on-demand here, and one with its own image in another region's own network. */
const machines = {
  ...configuration,
  maxUsdPerDay: 1000,
  aws: {
    region: 'us-east-1',
    regions: {
      'us-east-1': { zones: ['us-east-1a', 'us-east-1b'] },
      'eu-west-1': { zones: ['eu-west-1a', 'eu-west-1b'], vpc },
    },
  },
  pools: {
    t4: {
      ...configuration.pools.gpu,
      labels: ['t4'],
      containers: true,
      ladder: [
        { ...rung, market: 'spot' },
        { ...rung, market: 'on-demand' },
      ],
      machine: { image: { name: 'studio-gpu-*', owner: '111122223333' }, diskGiB: 60 },
    },
    own: {
      ...configuration.pools.gpu,
      labels: ['own'],
      trustedOnly: true,
      maximum: 3,
      ladder: [{ ...rung, region: 'eu-west-1' }],
      machine: { image: { parameter: '/studio/image', rootDevice: '/dev/xvda' } },
    },
  },
  projects: {
    osl: {
      ...configuration.projects.osl,
      forks: 'never',
      pools: ['t4', 'own'],
      maxUsdPerDay: 1000,
    },
  },
};

const image = {
  id: 'ami-1',
  name: 'studio-gpu-1',
  owner: '111122223333',
  architecture: 'x86_64',
  rootDevice: '/dev/sda1',
  diskGiB: 50,
  madeAt: '2026-11-01T00:00:00.000Z',
};

const home = (): RegionStandIn => ({
  zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  images: [image, { ...image, id: 'ami-0', name: 'studio-gpu-0', madeAt: '2026-10-01T00:00:00.000Z' }],
  subnets: ['us-east-1a', 'us-east-1b'].map((zone) => ({
    id: `subnet-${zone}`,
    zone,
    vpc: 'vpc-1',
    tags: { 'callsheet:installation': 'test' },
  })),
  templates: ['callsheet-test-t4.spot', 'callsheet-test-t4.on-demand'],
});

const away = (): RegionStandIn => ({
  zones: ['eu-west-1a', 'eu-west-1b'],
  images: [{ ...image, id: 'ami-2', name: 'another', owner: '444455556666', rootDevice: '/dev/xvda' }],
  subnets: Object.entries(vpc.subnets).map(([zone, id]) => ({ id, zone, vpc: vpc.id, tags: {} })),
  templates: ['callsheet-test-own.on-demand'],
});

/** Everything is as it should be, until a test changes it. */
async function account(options: DeskOptions = {}): Promise<Desk> {
  const at = await desk({ configuration: machines, ...options });
  const { aws } = at;
  aws.regions = { 'us-east-1': home(), 'eu-west-1': away() };
  aws.roles = ['AWSServiceRoleForEC2Spot'];
  aws.quotas = { ec2: { 'L-3819A6DF Spot G': 64, 'L-DB2E81BA On-Demand G': 64 } };
  aws.parameters.set('eu-west-1 /studio/image', { value: 'ami-2', type: 'String', changedAt: 0, tags: {} });
  return at;
}

/** The region's part of the account, to be changed. */
function region({ aws }: Desk, name: string): RegionStandIn {
  const found = aws.regions[name];
  if (!found) throw new Error(`no region ${name}`);
  return found;
}

/** State, words, and the remedy below them. */
function said(shown: Shown, check: string): string {
  const [state, , found] = row(shown, check, 1);
  const all = rows(shown);
  const remedy = all[all.findIndex((cells) => cells[1] === check) + 1]?.find((cell) => cell.startsWith('->'));
  return [`${state}: ${found}`, ...(remedy ? [remedy] : [])].join(' ');
}

const checks = [
  ['quota EC2 us-east-1 spot G and VT', 'ok: 64 vCPUs, the pools want up to 16'],
  ['quota EC2 us-east-1 on-demand G and VT', 'ok: 64 vCPUs, the pools want up to 16'],
  ['quota EC2 eu-west-1 on-demand G and VT', 'ok: 64 vCPUs, the pools want up to 12'],
  ['zones us-east-1', 'ok: us-east-1a, us-east-1b'],
  ['subnets us-east-1', 'ok: one in each of 2 zones'],
  ['subnets eu-west-1', 'ok: those of vpc-00000001'],
  ['image of t4 in us-east-1', 'ok: ami-1'],
  ['image of own in eu-west-1', 'ok: ami-2'],
  ['launch templates us-east-1', 'ok: callsheet-test-t4.spot, callsheet-test-t4.on-demand'],
  ['spot role', 'ok: AWSServiceRoleForEC2Spot'],
] as const;

describe('doctor on machines of EC2', () => {
  it('finds that all is well', async () => {
    const { run } = await account();
    const shown = await run('doctor');
    for (const [check, words] of checks) expect(said(shown, check)).toBe(words);
  });

  it('asks nothing where no pool uses EC2', async () => {
    const { run, aws } = await account({ configuration });
    const shown = await run('doctor');
    expect(said(shown, 'quotas EC2')).toBe('ok: no pool uses it');
    expect(aws.calls.filter((call) => /^Describe(?!Stacks)|GetRole/.test(call))).toEqual([]);
    expect(shown.out).not.toMatch(/zones|launch templates|spot role/);
  });

  it('skips all of it without credentials, and what these may not ask', async () => {
    const { run } = await account({ environment: {} });
    const shown = await run('doctor');
    for (const check of [
      'quotas EC2 us-east-1',
      'zones eu-west-1',
      'image of t4 in us-east-1',
      'spot role',
    ]) {
      expect(said(shown, check)).toBe('skipped: no AWS credentials');
    }
    const other = await account();
    other.aws.refuse('DescribeImages', 'UnauthorizedOperation');
    expect(said(await other.run('doctor'), 'image of t4 in us-east-1')).toMatch(
      /^skipped: these AWS credentials may not do ec2:DescribeImages in us-east-1/,
    );
  });

  it('finds quotas that are too small, with the page where more is asked for', async () => {
    const { run, aws } = await account();
    aws.quotas['ec2 us-east-1'] = { 'L-3819A6DF Spot G': 0, 'L-DB2E81BA On-Demand G': 10 };
    aws.quotas['ec2 eu-west-1'] = { 'L-DB2E81BA On-Demand G': 3 };
    const shown = await run('doctor');
    expect(shown.code).toBe(1);
    expect(said(shown, 'quota EC2 us-east-1 spot G and VT')).toMatch(
      /^fail: 0 vCPUs, .* 16: new accounts have 0 -> ask for 16 of L-3819A6DF: https:.*L-3819A6DF/,
    );
    expect(said(shown, 'quota EC2 us-east-1 on-demand G and VT')).toMatch(/^warn: 10 vCPUs, .* room for 2 m/);
    expect(said(shown, 'quota EC2 eu-west-1 on-demand G and VT')).toMatch(/^fail: 3 vCPUs, .* machine has 4/);
  });

  it('counts the rung of a pool that wants most, since a machine is of one rung only', async () => {
    const ladder = ['g4dn.2xlarge', 'g4dn.xlarge'].map((type) => ({
      ...machines.pools.own.ladder[0],
      types: [type],
    }));
    const pools = { ...machines.pools, own: { ...machines.pools.own, ladder } };
    const { run } = await account({ configuration: { ...machines, pools } });
    expect(said(await run('doctor'), 'quota EC2 eu-west-1 on-demand G and VT')).toMatch(/want up to 24$/);
  });

  it('counts the machine that builds an image', async () => {
    const aws = { ...machines.aws, images: { rocky9: {} } };
    const { run } = await account({ configuration: { ...machines, aws } });
    expect(said(await run('doctor'), 'quota EC2 us-east-1 on-demand G and VT')).toMatch(/want up to 20$/);
  });

  it('finds zones that the account has not, and spot without its role', async () => {
    const at = await account();
    region(at, 'us-east-1').zones = ['us-east-1b', 'us-east-1c'];
    at.aws.roles = [];
    const shown = await at.run('doctor');
    const others = 'list the others in aws.regions.us-east-1.zones: us-east-1b, us-east-1c';
    expect(said(shown, 'zones us-east-1')).toBe(`fail: this account has no us-east-1a -> ${others}`);
    expect(said(shown, 'spot role')).toMatch(
      /-> aws iam create-service-linked-role --aws-service-name spot\./,
    );
  });

  it('finds what is not deployed, and what is deployed in part', async () => {
    const at = await account();
    region(at, 'us-east-1').templates.pop();
    region(at, 'us-east-1').subnets.pop();
    region(at, 'eu-west-1').templates = [];
    const shown = await at.run('doctor');
    expect(said(shown, 'launch templates us-east-1')).toBe(
      'fail: there is no callsheet-test-t4.on-demand -> npx cdk deploy --all',
    );
    expect(said(shown, 'subnets us-east-1')).toBe('fail: none in us-east-1b -> npx cdk deploy --all');
    expect(said(shown, 'launch templates eu-west-1')).toMatch(
      /^skipped: 'test' is not deployed in eu-west-1/,
    );
  });

  it('finds subnets that are missing, in another network, or in another zone', async () => {
    const at = await account();
    const { subnets } = region(at, 'eu-west-1');
    const [first] = subnets;
    if (!first) throw new Error('no subnet');
    const subnetsSaid = async () => said(await at.run('doctor'), 'subnets eu-west-1');
    first.vpc = 'vpc-2';
    expect(await subnetsSaid()).toMatch(/^fail: subnet-0000000a is in vpc-2, not in vpc-00000001/);
    Object.assign(first, { vpc: vpc.id, zone: 'eu-west-1c' });
    expect(await subnetsSaid()).toMatch(/^fail: subnet-0000000a is in eu-west-1c, not in eu-west-1a/);
    subnets.shift();
    expect(await subnetsSaid()).toMatch(
      /^fail: there is no subnet-0000000a -> correct aws\.regions\.eu-west-1/,
    );
  });
});

describe('doctor on images of machines', () => {
  it('finds those of another architecture, another root device, or a larger disk', async () => {
    const at = await account();
    Object.assign(region(at, 'eu-west-1').images[0] ?? {}, {
      architecture: 'arm64',
      rootDevice: '/dev/sda1',
    });
    region(at, 'us-east-1').images = [{ ...image, diskGiB: 75 }];
    const shown = await at.run('doctor');
    expect(said(shown, 'image of t4 in us-east-1')).toBe(
      'fail: ami-1 takes 75 GiB, machines have 60 -> write diskGiB: 75 in pools.t4.machine',
    );
    const own = rows(shown).filter(([, check]) => check === 'image of own in eu-west-1');
    expect(own.map(([, , found]) => found)).toEqual([
      'ami-2 is for arm64, the pool is x64',
      'ami-2 has the root device /dev/sda1, not /dev/xvda',
    ]);
  });

  it('finds names, parameters and ids that lead to none', async () => {
    const at = await account();
    region(at, 'us-east-1').images = [{ ...image, owner: '444455556666' }];
    region(at, 'eu-west-1').images = [];
    const shown = await at.run('doctor');
    expect(said(shown, 'image of t4 in us-east-1')).toBe(
      "fail: no image of 111122223333 for x64 is called 'studio-gpu-*' -> correct pools.t4.machine.image",
    );
    expect(said(shown, 'image of own in eu-west-1')).toMatch(
      /^fail: there is no image ami-2, or it is not for/,
    );
    at.aws.parameters.clear();
    expect(said(await at.run('doctor'), 'image of own in eu-west-1')).toBe(
      'fail: there is no SSM parameter /studio/image -> correct pools.own.machine.image',
    );
  });

  it('finds ids, and that a region has none', async () => {
    const withIds = (ids: object) => {
      const own = { ...machines.pools.own, machine: { image: { ids } } };
      return { ...machines, pools: { ...machines.pools, own } };
    };
    const at = await account({ configuration: withIds({ 'eu-west-1': 'ami-00000003' }) });
    region(at, 'eu-west-1').images = [{ ...image, id: 'ami-00000003' }];
    expect(said(await at.run('doctor'), 'image of own in eu-west-1')).toBe('ok: ami-00000003');
    region(at, 'eu-west-1').images = [];
    expect(said(await at.run('doctor'), 'image of own in eu-west-1')).toMatch(
      /there is no image ami-00000003/,
    );
  });

  it('tells to run the pipeline whose first image is not there yet', async () => {
    const parameter = '/imagebuilder/callsheet/test/rocky9';
    const own = { ...machines.pools.own, machine: { image: { parameter, user: 'rocky' } } };
    const { run } = await account({
      configuration: {
        ...machines,
        aws: { ...machines.aws, images: { rocky9: {} } },
        pools: { ...machines.pools, own },
      },
    });
    expect(said(await run('doctor'), 'image of own in eu-west-1')).toMatch(
      /-> run the pipeline callsheet-test-image-rocky9 of EC2 Image Builder/,
    );
  });
});
