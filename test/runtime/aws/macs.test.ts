// Macs and their hosts as a configuration makes them: for whom they are there, where, and at which price.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseConfig } from '../../../shared/policy/schema.ts';
import { epochFor } from '../../../shared/providers/epochs.ts';
import { hostPrices } from '../../../shared/runtime/aws/macs.ts';
import { builderApiPorts, dispatcherPorts, reaperPorts } from '../../../shared/runtime/aws/ports.ts';
import type { Host } from '../../../shared/scheduler/host-records.ts';
import type { Builder } from '../../../shared/scheduler/records.ts';
import { launchOf } from '../../providers/conformance.ts';
import { type LoopbackCloud, loopbackCloud } from './cloud.ts';
import { builderSecret, config, ec2Config, publicUrl, zones } from './installation.ts';

const region = 'eu-west-1';
const [zone = ''] = zones[region];
const offering = `${region}/on-demand/mac2.metal/${zone}`;

const configOf = (machine: object = {}) =>
  parseConfig({
    installation: 'test',
    github: { appId: '1', installations: { film: '11' } },
    aws: { region, regions: { [region]: { zones: zones[region], priceFactor: 2 } } },
    pools: {
      mac: {
        labels: ['mac'],
        os: 'macos',
        arch: 'arm64',
        maximum: 2,
        trustedOnly: true,
        machine,
        ladder: [{ provider: 'mac', families: ['mac2'] }],
      },
    },
    projects: { color: { repositories: ['film/color'], pools: ['mac'], maxUsdPerDay: 1000 } },
    maxUsdPerDay: 1000,
  });

let cloud: LoopbackCloud;
beforeAll(async () => {
  cloud = await loopbackCloud();
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
});

const asked = (number: number): Host => ({
  kind: 'host',
  pool: 'mac',
  id: `mac-${number}`,
  version: 1,
  phase: 'asked',
  rung: 0,
  offering,
  usdPerHour: 1.3,
  askedAt: Date.now(),
  unbilledMs: 0,
  served: [],
  earlier: { jobs: 0, ms: 0 },
  reservedUntil: 0,
  reserved: {},
});

/** What the dispatcher works with, where there are Macs. */
function dispatcher(config = configOf()) {
  const { hosts, providers, epochs } = dispatcherPorts(cloud.environment, config);
  const { mac } = providers;
  if (!hosts || !mac || !epochs) throw new Error('the dispatcher has no Macs');
  return { hosts, mac, epochs };
}

/** Allocates a host and starts a Mac on it. */
async function started(number: number, config = configOf()) {
  const { hosts, mac } = dispatcher(config);
  const { host } = await hosts.allocate(asked(number));
  if (!host) throw new Error('no host');
  const wanted = { pool: 'mac', rung: 0, n: 1, on: { hostId: host.hostId, offering } };
  const launch = { ...launchOf(1, mac.request(wanted)), id: `mac-${number}`, pool: 'mac' };
  const result = await mac.launch({ ...launch, provider: 'mac', askedAt: Date.now() });
  return { host, result };
}

it('the dispatcher allocates hosts and starts Macs on them, which provider ec2 does not see', async () => {
  const { host, result } = await started(1);
  expect(result).toMatchObject({ started: [expect.stringMatching(/^i-/)], faults: [] });
  const machine = cloud.ec2.machines().find(({ id }) => id === result.started[0]);
  expect(machine).toMatchObject({ type: 'mac2.metal', subnet: cloud.ec2.subnet(zone) });
  expect(machine?.tags).toMatchObject({ 'callsheet:launch': 'mac-1', 'callsheet:url': publicUrl });
  const { hosts, providers } = reaperPorts(cloud.environment, configOf());
  expect(await hosts?.list()).toMatchObject([
    { hostId: host.hostId, id: 'mac-1', instances: result.started, usdPerHour: 1.3 },
  ]);
  expect((await providers.mac?.list())?.map(({ id }) => id)).toEqual(result.started);
  expect(await providers.ec2?.list()).toEqual([]);
  expect(() => providers.mac?.request({ pool: 'mac', rung: 0, n: 1 })).toThrow('no url');
});

it('a Mac starts from the newest image of a name, of its own architecture', async () => {
  const config = configOf({ image: { name: 'film-mac-*', owner: '444455556666' } });
  const { result } = await started(2, config);
  expect(result.faults.map(({ why }) => why).join()).toMatch(/film-mac-\*.*arm64_mac/);
});

it('the dispatcher marks machines with what the builder API expects of them', async () => {
  const { epochs, hosts } = dispatcher();
  const id = cloud.ec2.machines()[0]?.id ?? '';
  const epoch = await epochs.of({ id, turn: 2 });
  expect(epoch).toBe(epochFor(builderSecret, 'test', { id, turn: 2 }));
  const api = builderApiPorts(cloud.environment, configOf());
  expect(await api.epochs?.of({ id, turn: 2 })).toBe(epoch);
  const builder: Builder = {
    kind: 'builder',
    pool: 'mac',
    id,
    version: 1,
    phase: 'booting',
    provider: 'mac',
    rung: 0,
    launch: 'mac-1',
    launchedAt: Date.now(),
    turn: 2,
    count: 0,
    usdPerHour: 0,
    offering,
  };
  await hosts.mark(builder, epoch);
  expect(cloud.ec2.machines()[0]?.tags).toMatchObject({ 'callsheet:epoch': epoch });
});

it('only the dispatcher and the reaper see hosts, whether or not a pool has Macs', async () => {
  expect(builderApiPorts(cloud.environment, configOf()).hosts).toBeUndefined();
  const { aws } = configOf();
  const { hosts: known, mac } = dispatcher();
  const [shown, machines] = [await known.list(), await mac.list()];
  expect(machines).toHaveLength(1);
  for (const ports of [dispatcherPorts, reaperPorts]) {
    for (const others of [ec2Config, config].map((without) => ({ ...without, aws }))) {
      const { hosts, providers } = ports(cloud.environment, others);
      expect(await hosts?.list()).toEqual(shown);
      expect(await providers.mac?.list()).toEqual(machines);
    }
  }
});

it('there is nothing of EC2 where nothing is said of AWS', () => {
  for (const ports of [dispatcherPorts, reaperPorts]) {
    const { hosts, providers } = ports(cloud.environment, config);
    expect(hosts).toBeUndefined();
    expect(Object.keys(providers)).toEqual(['codebuild']);
  }
});

it('hosts have prices in their regions only', () => {
  const priceOf = hostPrices(configOf());
  expect(priceOf(region, 'mac2.metal')).toBe(1.3);
  expect(priceOf('us-east-1', 'mac2.metal')).toBeUndefined();
  expect(priceOf(region, 'g4dn.xlarge')).toBeUndefined();
});
