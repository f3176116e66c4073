// The stand-in of EC2 does what EC2's documents say, as far as Callsheet relies on it.
import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ec2StandIn, ec2StandIn } from './stand-in.ts';
import { empty } from './trouble.ts';
import type { State } from './world.ts';

const minute = 60_000;
const zone = 'us-east-1a';

let now: number;
let cloud: Ec2StandIn;
let client: EC2Client;
let seen: State[];

beforeEach(async () => {
  now = Date.parse('2026-11-21T16:12:29Z');
  seen = [];
  cloud = await ec2StandIn({
    now: () => now,
    bootMs: 10_000,
    endMs: 20_000,
    templates: ['callsheet-studio-gpu'],
    onState: ({ state }) => void seen.push(state),
  });
  client = new EC2Client({
    region: 'us-east-1',
    endpoint: cloud.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await cloud.close();
});

const fleet = (n: number, changes: Partial<CreateFleetCommandInput> = {}): CreateFleetCommandInput => ({
  Type: 'instant',
  LaunchTemplateConfigs: [
    {
      LaunchTemplateSpecification: { LaunchTemplateName: 'callsheet-studio-gpu', Version: '$Latest' },
      Overrides: [
        { InstanceType: 'g4dn.xlarge', SubnetId: cloud.subnet(zone), AvailabilityZone: zone },
        { InstanceType: 'g6.xlarge', SubnetId: cloud.subnet(zone), AvailabilityZone: zone },
      ],
    },
  ],
  TargetCapacitySpecification: { TotalTargetCapacity: n, DefaultTargetCapacityType: 'spot' },
  TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'callsheet:pool', Value: 'gpu' }] }],
  ...changes,
});

const create = (n: number, changes?: Partial<CreateFleetCommandInput>) =>
  client.send(new CreateFleetCommand(fleet(n, changes)));

const idsOf = ({ Instances = [] }: Awaited<ReturnType<typeof create>>): string[] =>
  Instances.flatMap(({ InstanceIds = [] }) => InstanceIds);

async function statesByTag(): Promise<(string | undefined)[]> {
  const Filters = [{ Name: 'tag:callsheet:pool', Values: ['gpu'] }];
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ Filters }));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
}

describe('a fleet of the stand-in', () => {
  it('goes through the states of its machines, which are shown for an hour after their end', async () => {
    const [id = ''] = idsOf(await create(1));
    expect(await statesByTag()).toEqual(['pending']);
    now += 10_000;
    expect(await statesByTag()).toEqual(['running']);
    await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(await statesByTag()).toEqual(['shutting-down']);
    now += 20_000;
    expect(await statesByTag()).toEqual(['terminated']);
    expect(seen).toEqual(['pending', 'running', 'shutting-down', 'terminated']);
    expect(cloud.machines()[0]?.ended.aborted).toBe(true);
    now += 60 * minute;
    expect(await statesByTag()).toEqual([]);
  });

  it('says as what each machine was got, and which offerings are short', async () => {
    cloud.trouble.short = ({ type }, running) => (type === 'g4dn.xlarge' && running >= 2 ? empty : undefined);
    const { Instances, Errors } = await create(3);
    expect(Instances).toMatchObject([
      { InstanceType: 'g4dn.xlarge', InstanceIds: [expect.any(String), expect.any(String)] },
      { InstanceType: 'g6.xlarge', InstanceIds: [expect.any(String)], Lifecycle: 'spot' },
    ]);
    expect(Errors).toMatchObject([
      {
        ErrorCode: 'InsufficientInstanceCapacity',
        LaunchTemplateAndOverrides: { Overrides: { InstanceType: 'g4dn.xlarge', AvailabilityZone: zone } },
      },
    ]);
  });

  it('is found by its token, and refused when its parameters have changed, in its region', async () => {
    const first = await create(2, { ClientToken: 'one' });
    expect(idsOf(await create(2, { ClientToken: 'one' }))).toEqual(idsOf(first));
    await expect(create(3, { ClientToken: 'one' })).rejects.toThrow('inconsistent');
    expect(idsOf(await create(2, { ClientToken: 'two' }))).not.toEqual(idsOf(first));
    expect(cloud.machines()).toHaveLength(4);
  });

  it.each<[string, Partial<CreateFleetCommandInput>]>([
    ['InvalidParameterValue', { ClientToken: 'x'.repeat(65) }],
    ['InvalidParameterValue', { Type: 'maintain' }],
    ['InvalidParameterValue', { ReplaceUnhealthyInstances: true }],
    [
      'InvalidLaunchTemplateName.NotFoundException',
      {
        LaunchTemplateConfigs: [
          {
            LaunchTemplateSpecification: { LaunchTemplateName: 'other', Version: '1' },
            Overrides: [{ InstanceType: 'g6.xlarge', SubnetId: 'subnet-00000000', AvailabilityZone: zone }],
          },
        ],
      },
    ],
  ])('is refused by %s', async (name, changes) => {
    await expect(create(1, changes)).rejects.toMatchObject({ name });
    expect(cloud.machines()).toEqual([]);
  });
});

describe('reads and ends of the stand-in', () => {
  it('end all that a call names, or none', async () => {
    const ids = idsOf(await create(2));
    const end = (...InstanceIds: string[]) => client.send(new TerminateInstancesCommand({ InstanceIds }));
    const running = () => cloud.machines().filter(({ state }) => state === 'pending').length;
    await expect(end(...ids, 'i-00000000')).rejects.toThrow("'i-00000000' does not exist");
    await expect(end(...ids, 'nobody')).rejects.toThrow('nobody');
    expect(running()).toBe(2);
    cloud.trouble.guarded = ids.slice(0, 1);
    await expect(end(...ids)).rejects.toThrow(`${ids[0]}' may not be terminated`);
    expect(running()).toBe(2);
    cloud.trouble.guarded = undefined;
    await end(...ids);
    expect(running()).toBe(0);
    await end(...ids);
  });

  it('refuse filters that EC2 does not have, and fields that the stand-in does not know', async () => {
    cloud.plant();
    const describe = (input: object) => client.send(new DescribeInstancesCommand(input));
    await expect(describe({ Filters: [{ Name: 'nonsense', Values: ['x'] }] })).rejects.toThrow('nonsense');
    await expect(describe({ InstanceIds: ['i-00000000'] })).rejects.toThrow('InstanceId');
    await expect(describe({ MaxResults: 2000 })).rejects.toThrow('2000');
  });

  it('show subnets by tag, and images by owner and name', async () => {
    const subnets = async (value: string) =>
      (
        await client.send(
          new DescribeSubnetsCommand({ Filters: [{ Name: 'tag:callsheet:installation', Values: [value] }] }),
        )
      ).Subnets?.map(({ AvailabilityZone }) => AvailabilityZone) ?? [];
    expect(await subnets('studio')).toEqual([zone, 'us-east-1b', 'us-east-1c']);
    expect(await subnets('other')).toEqual([]);
    expect((await client.send(new DescribeImagesCommand({ Owners: ['amazon'] }))).Images).toEqual([]);
  });

  it('keep regions apart, and need a signature', async () => {
    await create(1);
    const abroad = new EC2Client({
      region: 'eu-west-1',
      endpoint: cloud.url,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    expect((await abroad.send(new DescribeInstancesCommand({}))).Reservations).toEqual([]);
    abroad.destroy();
    const answer = await fetch(cloud.url, { method: 'POST', body: 'Action=DescribeInstances' });
    expect(answer.status).toBe(403);
  });
});
