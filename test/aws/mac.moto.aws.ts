// The provider `mac` and its hosts over the wire against moto: the shapes of what is asked and answered. moto
// has none of the rules of hosts (a day, one machine, cleaning), no client tokens and no replace-root tasks:
// those are tried against our own stand-in.
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeHostsCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineTags, templateName } from '../../shared/contract/machine.ts';
import { macCalls, macHosts, macProvider } from '../../shared/providers/ec2/mac/provider.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import type { Builder } from '../../shared/scheduler/records.ts';
import { launchOf } from '../providers/conformance.ts';
import { hostOf, key } from '../providers/mac-stage.ts';
import { next } from '../stand-ins/plans.ts';
import { type FaultProxy, faultProxy } from '../stand-ins/proxy.ts';
import { credentials, region, type StandIn, startMoto } from './stand-ins.ts';

const installation = 'studio';
const url = 'https://callsheet.example';
const zone = `${region}a`;

let moto: StandIn;
let proxy: FaultProxy;
let client: EC2Client;

beforeAll(async () => {
  moto = await startMoto();
  proxy = await faultProxy(() => ({ url: moto.url }));
  client = new EC2Client({ region, endpoint: moto.url, credentials });
  await deploy();
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
  await moto.close();
});

/** What the stack of a region has, as far as launches of Macs need it. */
async function deploy(): Promise<void> {
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.40.0.0/16' }));
  await client.send(
    new CreateSubnetCommand({
      VpcId: Vpc?.VpcId,
      CidrBlock: '10.40.0.0/24',
      AvailabilityZone: zone,
      TagSpecifications: [
        { ResourceType: 'subnet', Tags: [{ Key: machineTags.installation, Value: installation }] },
      ],
    }),
  );
  const { Images = [] } = await client.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  await client.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: templateName(installation, 'mac', 'on-demand'),
      LaunchTemplateData: { ImageId: Images[0]?.ImageId },
    }),
  );
}

const settings = () => ({
  calls: macCalls({ endpoint: proxy.url, credentials }),
  installation,
  regions: [region],
  imageOf: () => undefined,
  subnetsOf: () => undefined,
  priceOf: () => 0.65,
  url,
  now: Date.now,
});
const hosts = () => macHosts(settings());
const provider = () => macProvider(settings());

const record = () => hostOf({ clock: { now: Date.now() } }, { offering: key(zone) });

async function allocated() {
  const asked = record();
  const { host } = await hosts().allocate(asked);
  if (!host) throw new Error('moto has allocated no host');
  return { asked, host };
}

function launch(hostId: string) {
  const on = { hostId, offering: key(zone) };
  const request = provider().request({ pool: 'mac', rung: 0, n: 1, on });
  return { ...launchOf(1, request), pool: 'mac', askedAt: Date.now() };
}

describe("moto's hosts", () => {
  it('are allocated with our tags, listed and looked at', async () => {
    const { asked, host } = await allocated();
    expect(host).toMatchObject({
      hostId: expect.stringMatching(/^h-/),
      id: asked.id,
      state: 'available',
      allocatedAt: expect.any(Number),
      instances: [],
      offering: asked.offering,
      usdPerHour: 0.65,
    });
    expect(await hosts().list()).toContainEqual(host);
    expect(await hosts().look({ ...host })).toEqual(host);
    const { Hosts } = await client.send(new DescribeHostsCommand({ HostIds: [host.hostId] }));
    expect(Hosts?.[0]).toMatchObject({
      AutoPlacement: 'off',
      HostProperties: { InstanceType: 'mac2.metal' },
    });
    const tags = Hosts?.[0]?.Tags?.map(({ Key, Value }) => [Key, Value]) ?? [];
    expect(Object.fromEntries(tags)).toEqual({
      [machineTags.installation]: installation,
      [machineTags.pool]: 'mac',
      [machineTags.launch]: asked.id,
    });
  });

  it('are found by their tag when the answer was lost', async () => {
    const asked = record();
    const lost = next(1, { operation: 'POST /', words: ['Action=AllocateHosts'] }, { kind: 'lost' });
    const done = proxy.plan(lost.plan);
    await expect(hosts().allocate(asked)).rejects.toThrow(Doubt);
    done();
    const { host } = await hosts().allocate(asked, true);
    expect((await hosts().list()).filter(({ id }) => id === asked.id)).toEqual([host]);
  });

  it('are released, and still listed', async () => {
    const { host } = await allocated();
    expect(await hosts().release({ ...host })).toEqual({ released: true });
    expect(await hosts().look({ ...host })).toMatchObject({ state: 'released' });
    expect(await hosts().list()).toContainEqual(
      expect.objectContaining({ hostId: host.hostId, state: 'released' }),
    );
  });
});

describe("moto's machines on hosts", () => {
  it('start on the host that is named, from the launch template, and are listed until they end', async () => {
    const { host } = await allocated();
    const asked = launch(host.hostId);
    const { started, faults, terms } = await provider().launch(asked);
    expect({ n: started.length, faults }).toEqual({ n: 1, faults: [] });
    const [id = ''] = started;
    expect(terms).toEqual({ [id]: { offering: key(zone), usdPerHour: 0 } });
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: started }));
    const [machine] = Reservations?.[0]?.Instances ?? [];
    expect(machine).toMatchObject({
      InstanceType: 'mac2.metal',
      Placement: { AvailabilityZone: zone, HostId: host.hostId },
    });
    const tags = machine?.Tags?.map(({ Key, Value }) => [Key, Value]) ?? [];
    expect(Object.fromEntries(tags)).toMatchObject({
      [machineTags.installation]: installation,
      [machineTags.launch]: asked.id,
      [machineTags.url]: url,
    });
    expect(await provider().list()).toMatchObject([{ id, launch: asked.id, terms: terms?.[id] }]);
    expect((await provider().launch(asked, true)).started).toEqual([id]);
    expect(await provider().stop([id, 'i-0123456789abcdef0'])).toEqual({ failed: [] });
    expect(await provider().list()).toEqual([]);
  });

  it('carry the epoch that is put on them', async () => {
    const { host } = await allocated();
    const asked = launch(host.hostId);
    const [id = ''] = (await provider().launch(asked)).started;
    const builder: Builder = {
      kind: 'builder',
      pool: 'mac',
      id,
      version: 1,
      phase: 'booting',
      provider: 'mac',
      rung: 0,
      launch: asked.id,
      launchedAt: asked.askedAt,
      turn: 2,
      count: 0,
      usdPerHour: 0,
      offering: key(zone),
    };
    await hosts().mark(builder, 'e'.repeat(64));
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(Reservations?.[0]?.Instances?.[0]?.Tags).toContainEqual({
      Key: machineTags.epoch,
      Value: 'e'.repeat(64),
    });
    await provider().stop([id]);
  });
});
