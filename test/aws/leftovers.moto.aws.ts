// Volumes and network interfaces over the wire against moto: what is asked and answered has EC2's shapes.
import {
  AttachNetworkInterfaceCommand,
  AttachVolumeCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineTags } from '../../shared/contract/machine.ts';
import { protectTag } from '../../shared/contract/names.ts';
import { ec2Leftovers, leftoverCalls } from '../../shared/providers/ec2/leftovers/leftovers.ts';
import { Doubt, type Leftovers } from '../../shared/scheduler/ports.ts';
import { credentials, region, type StandIn, startMoto } from './stand-ins.ts';

const zone = `${region}a`;
const ours = { [machineTags.installation]: 'studio', [machineTags.launch]: 'linux-7' };

let moto: StandIn;
let client: EC2Client;
let leftovers: Leftovers;
let subnet: string | undefined;
let machine: string | undefined;

beforeAll(async () => {
  moto = await startMoto();
  client = new EC2Client({ region, endpoint: moto.url, credentials });
  leftovers = ec2Leftovers({
    calls: leftoverCalls({ endpoint: moto.url, credentials }),
    installation: 'studio',
    regions: [region, 'eu-west-1'],
    priceOf: (_, { type, gibibytes }) => (type === 'gp3' ? gibibytes / 1000 : 0),
  });
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.40.0.0/16' }));
  const created = new CreateSubnetCommand({
    VpcId: Vpc?.VpcId,
    CidrBlock: '10.40.0.0/24',
    AvailabilityZone: zone,
  });
  subnet = (await client.send(created)).Subnet?.SubnetId;
  const { Images = [] } = await client.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  const run = { ImageId: Images[0]?.ImageId, MinCount: 1, MaxCount: 1, SubnetId: subnet };
  machine = (await client.send(new RunInstancesCommand(run))).Instances?.[0]?.InstanceId;
});
afterAll(async () => {
  client.destroy();
  await moto.close();
});

const tagged = <T extends 'volume' | 'network-interface'>(ResourceType: T, tags: Record<string, string>) => [
  { ResourceType, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
];

async function volume(tags: Record<string, string> = ours): Promise<string> {
  const TagSpecifications = tagged('volume', tags);
  const wanted = { AvailabilityZone: zone, Size: 50, VolumeType: 'gp3', TagSpecifications } as const;
  return (await client.send(new CreateVolumeCommand(wanted))).VolumeId ?? '';
}

async function card(tags: Record<string, string> = ours): Promise<string> {
  const wanted = { SubnetId: subnet, TagSpecifications: tagged('network-interface', tags) };
  const { NetworkInterface } = await client.send(new CreateNetworkInterfaceCommand(wanted));
  return NetworkInterface?.NetworkInterfaceId ?? '';
}

const ids = async () => (await leftovers.list()).map(({ id }) => id).sort();

describe("moto's EC2", () => {
  it('lists loose volumes and network interfaces by their tags, and deletes them', async () => {
    const before = Date.now();
    const made = [await volume(), await card()];
    await volume({ ...ours, [machineTags.installation]: 'other' });
    await card({});
    const listed = await leftovers.list();
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'volume', place: region, launch: 'linux-7', usdPerHour: 0.05 }),
        { kind: 'interface', id: made[1], place: region, launch: 'linux-7', usdPerHour: 0 },
      ]),
    );
    const madeAt = listed.find(({ kind }) => kind === 'volume')?.madeAt ?? 0;
    expect(Math.abs(madeAt - before)).toBeLessThan(60_000);
    for (const leftover of listed) {
      await leftovers.remove(leftover);
      await leftovers.remove(leftover);
    }
    expect(await ids()).toEqual([]);
  });

  it('shows the protect tag', async () => {
    await volume({ ...ours, [protectTag]: '' });
    const [left] = await leftovers.list();
    expect(left?.protected).toBe(true);
    if (left) await leftovers.remove(left);
  });

  it('neither lists nor deletes what is attached', async () => {
    const [disk, other] = [await volume(), await card()];
    const listed = await leftovers.list();
    expect(await ids()).toEqual([disk, other].sort());
    await client.send(new AttachVolumeCommand({ VolumeId: disk, InstanceId: machine, Device: '/dev/sdf' }));
    const card1 = { NetworkInterfaceId: other, InstanceId: machine, DeviceIndex: 1 };
    await client.send(new AttachNetworkInterfaceCommand(card1));
    expect(await ids()).toEqual([]);
    const attached = listed.find(({ kind }) => kind === 'volume');
    if (attached) await expect(leftovers.remove(attached)).rejects.toThrow(Doubt);
  });
});
