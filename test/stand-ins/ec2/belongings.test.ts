// Volumes and network interfaces of the stand-in: they go with their machine, and loose ones are deleted.
import {
  DeleteNetworkInterfaceCommand,
  DeleteVolumeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Ec2StandIn, ec2StandIn } from './stand-in.ts';

const zone = 'us-east-1a';
const tags = { 'callsheet:pool': 'gpu' };

let now: number;
let cloud: Ec2StandIn;
let client: EC2Client;

beforeEach(async () => {
  now = Date.parse('2026-11-21T16:12:29Z');
  cloud = await ec2StandIn({ now: () => now, endMs: 20_000 });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new EC2Client({ region: 'us-east-1', endpoint: cloud.url, credentials, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await cloud.close();
});

const filters = (status: string) => [
  { Name: 'status', Values: [status] },
  { Name: 'tag:callsheet:pool', Values: ['gpu'] },
];
async function shown(status: string) {
  const Filters = filters(status);
  const { Volumes = [] } = await client.send(new DescribeVolumesCommand({ Filters }));
  const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({ Filters }));
  return { Volumes, NetworkInterfaces };
}

it('shows what a machine has, with tags, until it has ended', async () => {
  const machine = cloud.plant(tags);
  expect(await shown('in-use')).toMatchObject({
    Volumes: [
      {
        Size: 100,
        VolumeType: 'gp3',
        AvailabilityZone: zone,
        CreateTime: new Date(now),
        Attachments: [{ InstanceId: machine.id }],
      },
    ],
    NetworkInterfaces: [{ Status: 'in-use', Attachment: { InstanceId: machine.id } }],
  });
  cloud.end(machine.id);
  expect(await shown('in-use')).toMatchObject({ Volumes: [{}], NetworkInterfaces: [{}] });
  now += 20_000;
  for (const status of ['in-use', 'available'])
    expect(await shown(status)).toEqual({ Volumes: [], NetworkInterfaces: [] });
});

it('keeps what stays behind, attached to nothing', async () => {
  const machine = cloud.plant(tags);
  cloud.trouble.leaves = ({ id }) => id === machine.id;
  cloud.end(machine.id);
  now += 20_000;
  expect(await shown('available')).toMatchObject({
    Volumes: [{ State: 'available', Attachments: [] }],
    NetworkInterfaces: [{ Status: 'available' }],
  });
});

it('deletes what is loose, and refuses what is attached or not there', async () => {
  cloud.plant(tags);
  cloud.tick();
  const [disk, card] = cloud.belongings().map(({ id }) => id);
  const volume = (id: string | undefined) => client.send(new DeleteVolumeCommand({ VolumeId: id }));
  const ofCard = (id: string | undefined) =>
    client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
  await expect(volume(disk)).rejects.toThrow(expect.objectContaining({ name: 'VolumeInUse' }));
  await expect(ofCard(card)).rejects.toThrow('currently in use');
  await volume(cloud.plantBelonging('volume', tags).id);
  await ofCard(cloud.plantBelonging('interface', tags).id);
  expect(cloud.belongings().map(({ id }) => id)).toEqual([disk, card]);
  await expect(volume('vol-1')).rejects.toThrow(expect.objectContaining({ name: 'InvalidVolume.NotFound' }));
  await expect(ofCard('eni-1')).rejects.toThrow(
    expect.objectContaining({ name: 'InvalidNetworkInterfaceID.NotFound' }),
  );
});
