// `npm run doctor` on Macs: quotas of hosts, zones, images, subnets, and hosts that nobody lets go of.
import { describe, expect, it } from 'vitest';
import type { HostStandIn } from '../stand-ins/account-hosts.ts';
import { configuration } from './configuration.ts';
import type { Desk } from './desk.ts';
import { account, image, machines, region, said, vpc } from './machines.ts';

const pool = {
  labels: ['mac'],
  os: 'macos',
  arch: 'arm64',
  maximum: 2,
  trustedOnly: true,
  ladder: [{ provider: 'mac', zones: ['us-east-1a', 'us-east-1b'], families: ['mac2', 'mac-m4'] }],
};
const projects = {
  osl: { ...configuration.projects.osl, forks: 'never', pools: ['mac'], maxUsdPerDay: 1000 },
};

/** Macs, and nothing else. */
const only = (fields: object = {}) => ({
  ...machines,
  aws: { region: 'us-east-1', regions: { 'us-east-1': { zones: ['us-east-1a', 'us-east-1b'] } } },
  pools: { mac: { ...pool, ...fields } },
  projects,
});

const parameter = '/aws/service/ec2-macos/sequoia/arm64_mac/latest/image_id';
const quotas = { 'L-5D8DADF5 mac2': 2, 'L-2CBA8B92 mac-m4': 3 };

/** Everything is as it should be, until a test changes it. */
async function studio(configured: object = only()): Promise<Desk> {
  const at = await account({ configuration: configured });
  const home = region(at, 'us-east-1');
  home.templates = ['callsheet-test-mac.on-demand'];
  home.types = {
    'mac2.metal': ['us-east-1b', 'us-east-1e'],
    'mac-m4.metal': ['us-east-1a', 'us-east-1b'],
  };
  for (const subnet of home.subnets) subnet.isPublic = true;
  home.images = [{ ...image, id: 'ami-9', architecture: 'arm64_mac' }];
  at.aws.parameters.set(parameter, { value: 'ami-9', type: 'String', changedAt: 0, tags: {} });
  at.aws.quotas = { 'ec2 us-east-1': quotas };
  return at;
}

const hour = 3_600_000;

/** A host of the pool, empty. */
const host = (id: string, hours: number, fields: Partial<HostStandIn> = {}): HostStandIn => ({
  id,
  type: 'mac2.metal',
  allocatedAt: Date.now() - hours * hour,
  tags: { 'callsheet:installation': 'test', 'callsheet:launch': 'mac-7' },
  ...fields,
});

const checks = [
  ['quota hosts us-east-1 mac2', 'ok: 2 at once, the pools want up to 2'],
  ['quota hosts us-east-1 mac-m4', 'ok: 3 at once, the pools want up to 2'],
  ['Macs of mac in us-east-1', 'ok: mac2 in us-east-1b; mac-m4 in us-east-1a, us-east-1b'],
  ['zones us-east-1', 'ok: us-east-1a, us-east-1b'],
  ['subnets us-east-1', 'ok: one in each of 2 zones'],
  ['image of mac in us-east-1', 'ok: ami-9'],
  ['launch templates us-east-1', 'ok: callsheet-test-mac.on-demand'],
  ['hosts us-east-1', 'ok: none'],
  ['quotas EC2', 'ok: no pool uses it'],
] as const;

describe('doctor on Macs', () => {
  it('finds that all is well', async () => {
    const shown = await (await studio()).run('doctor');
    for (const [check, words] of checks) expect(said(shown, check)).toBe(words);
  });

  it('finds quotas of 0, with the page where hosts are asked for', async () => {
    const at = await studio();
    at.aws.quotas = { 'ec2 us-east-1': { 'L-5D8DADF5 mac2': 0, 'L-2CBA8B92 mac-m4': 0 } };
    const shown = await at.run('doctor');
    expect(shown.code).toBe(1);
    expect(said(shown, 'quota hosts us-east-1 mac2')).toMatch(
      /^fail: 0 at once, .* up to 2: new accounts have 0 -> ask for 2 of L-5D8DADF5: https:.*L-5D8DADF5\?/,
    );
    expect(said(shown, 'quota hosts us-east-1 mac-m4')).toMatch(/^fail: /);
  });

  it('warns of a kind without a quota, where the pool may have another', async () => {
    const at = await studio();
    at.aws.quotas = { 'ec2 us-east-1': { 'L-5D8DADF5 mac2': 1, 'L-2CBA8B92 mac-m4': 0 } };
    const shown = await at.run('doctor');
    expect(said(shown, 'quota hosts us-east-1 mac2')).toMatch(
      /^warn: 1 at once, the pools want up to 2 -> ask/,
    );
    expect(said(shown, 'quota hosts us-east-1 mac-m4')).toMatch(/^warn: 0 at once/);
    at.aws.quotas = { 'ec2 us-east-1': { 'L-5D8DADF5 mac2': 2 } };
    expect(said(await at.run('doctor'), 'quota hosts us-east-1 mac-m4')).toMatch(
      /^warn: AWS does not list L-2CBA8B92/,
    );
  });

  it('finds kinds that no zone of the rung has', async () => {
    const at = await studio();
    const zonesSaid = async () => said(await at.run('doctor'), 'Macs of mac in us-east-1');
    region(at, 'us-east-1').types = { 'mac2.metal': ['us-east-1e'], 'mac-m4.metal': ['us-east-1a'] };
    expect(await zonesSaid()).toBe(
      'warn: mac-m4 in us-east-1a; no zone has mac2 -> leave them out of families in pools.mac.ladder',
    );
    region(at, 'us-east-1').types = {};
    expect(await zonesSaid()).toMatch(/^fail: no zone of the rung has mac2, mac-m4 -> name other zones, /);
  });

  it('finds a macOS that AWS has no image of, and images of other architectures', async () => {
    const at = await studio();
    region(at, 'us-east-1').images = [{ ...image, id: 'ami-9', architecture: 'x86_64_mac' }];
    const imageSaid = async () => said(await at.run('doctor'), 'image of mac in us-east-1');
    expect(await imageSaid()).toMatch(/^fail: ami-9 is for x86_64_mac, the pool is arm64_mac/);
    at.aws.parameters.delete(parameter);
    expect(await imageSaid()).toBe(
      `fail: there is no SSM parameter ${parameter} -> AWS has no image of that macOS there: ` +
        "name another in the rung's macos, in pools.mac",
    );
  });

  it('finds subnets without public addresses, ours and those that were there before', async () => {
    const at = await studio();
    for (const subnet of region(at, 'us-east-1').subnets) subnet.isPublic = false;
    expect(said(await at.run('doctor'), 'subnets us-east-1')).toBe(
      'fail: subnet-us-east-1a, subnet-us-east-1b: no public addresses, which Macs need -> ' +
        'npx cdk deploy --all',
    );
    const ladder = [{ provider: 'mac', region: 'eu-west-1', zones: ['eu-west-1b'], families: ['mac2'] }];
    const inVpc = (nat: boolean) => ({
      ...only({ ladder }),
      aws: {
        region: 'us-east-1',
        regions: { 'us-east-1': { zones: ['us-east-1a'] }, 'eu-west-1': { vpc: { ...vpc, nat } } },
      },
    });
    expect(said(await (await studio(inVpc(false))).run('doctor'), 'subnets eu-west-1')).toMatch(
      /^fail: subnet-0000000b: no .* -> aws ec2 modify-subnet-attribute .* --subnet-id subnet-0000000b$/,
    );
    expect(said(await (await studio(inVpc(true))).run('doctor'), 'subnets eu-west-1')).toMatch(
      /^ok: those of/,
    );
  });
});

describe('doctor on hosts', () => {
  const found = async (hosts: HostStandIn[], configured?: object) => {
    const at = await studio(configured);
    region(at, 'us-east-1').hosts = hosts;
    return at.run('doctor');
  };

  it('lists them with what they cost a day, but for those that are released', async () => {
    const released = host('h-3', 1, { state: 'released' });
    const busy = host('h-2', 40, { type: 'mac-m4.metal', instances: ['i-1'] });
    const theirs = host('h-4', 40, { tags: { 'callsheet:installation': 'theirs' } });
    const shown = await found([host('h-1', 23), busy, released, theirs]);
    expect(said(shown, 'hosts us-east-1')).toBe('ok: 2 (h-1 h-2), 45.12 USD a day');
  });

  it('warns of those that are empty after the paid day, unless kept or cleaning themselves', async () => {
    const late = [host('h-1', 25)];
    expect(said(await found(late), 'hosts us-east-1')).toMatch(
      /^warn: 1 \(h-1\), 15\.60 USD a day: empty, and past the paid day -> ask .*-test-dispatcher$/,
    );
    const ladder = [{ ...pool.ladder[0], afterwards: 'keep' }];
    expect(said(await found(late, only({ ladder })), 'hosts us-east-1')).toMatch(/^ok: 1 \(h-1\)/);
    expect(said(await found([host('h-1', 25, { state: 'pending' })]), 'hosts us-east-1')).toMatch(/^ok: 1/);
  });

  it('finds those of pools that have no Macs any more, in regions without any', async () => {
    const left = [
      host('h-1', 2, { tags: { 'callsheet:installation': 'test', 'callsheet:launch': 'old-1' } }),
    ];
    const known = /^warn: 1 \(h-1\), 15\.60 USD a day: their pools have no Macs -> they are released/;
    expect(said(await found(left), 'hosts us-east-1')).toMatch(known);
    expect(said(await found([host('h-1', 2)], machines), 'hosts us-east-1')).toMatch(known);
  });
});
