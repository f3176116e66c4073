// For the doctor's tests on machines of EC2: a configuration, an account that fits it, and what is said.
import type { RegionStandIn } from '../stand-ins/account.ts';
import { configuration } from './configuration.ts';
import { type Desk, type DeskOptions, desk, row, rows, type Shown } from './desk.ts';

const rung = { provider: 'ec2', types: ['g4dn.xlarge'], region: 'us-east-1' };
export const vpc = {
  id: 'vpc-00000001',
  subnets: { 'eu-west-1a': 'subnet-0000000a', 'eu-west-1b': 'subnet-0000000b' },
};

/** A pool with spot and on-demand here, and one with its own image in another region's own network. */
export const machines = {
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

export const image = {
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
export async function account(options: DeskOptions = {}): Promise<Desk> {
  const at = await desk({ configuration: machines, ...options });
  const { aws } = at;
  aws.regions = { 'us-east-1': home(), 'eu-west-1': away() };
  aws.roles = ['AWSServiceRoleForEC2Spot'];
  aws.quotas = { ec2: { 'L-3819A6DF Spot G': 64, 'L-DB2E81BA On-Demand G': 64 } };
  aws.parameters.set('eu-west-1 /studio/image', { value: 'ami-2', type: 'String', changedAt: 0, tags: {} });
  return at;
}

/** The region's part of the account, to be changed. */
export function region({ aws }: Desk, name: string): RegionStandIn {
  const found = aws.regions[name];
  if (!found) throw new Error(`no region ${name}`);
  return found;
}

/** State, words, and the remedy below them. */
export function said(shown: Shown, check: string): string {
  const [state, , found] = row(shown, check, 1);
  const all = rows(shown);
  const remedy = all[all.findIndex((cells) => cells[1] === check) + 1]?.find((cell) => cell.startsWith('->'));
  return [`${state}: ${found}`, ...(remedy ? [remedy] : [])].join(' ');
}
