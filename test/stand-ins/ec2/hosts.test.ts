// The hosts of the stand-in follow EC2's rules for Macs, as far as Callsheet relies on them.
import {
  AllocateHostsCommand,
  type AllocateHostsCommandInput,
  CreateReplaceRootVolumeTaskCommand,
  DescribeHostsCommand,
  DescribeReplaceRootVolumeTasksCommand,
  EC2Client,
  ReleaseHostsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ec2StandIn, ec2StandIn } from './stand-in.ts';
import { noHosts } from './trouble.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const zone = 'us-east-1a';

let now: number;
let cloud: Ec2StandIn;
let client: EC2Client;

beforeEach(async () => {
  now = Date.parse('2026-11-21T16:12:29Z');
  cloud = await ec2StandIn({ now: () => now, bootMs: minute });
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

const input: AllocateHostsCommandInput = {
  AvailabilityZone: zone,
  InstanceType: 'mac2.metal',
  Quantity: 1,
  AutoPlacement: 'off',
};
const allocate = async (changes: Partial<AllocateHostsCommandInput> = {}): Promise<string> =>
  (await client.send(new AllocateHostsCommand({ ...input, ...changes }))).HostIds?.[0] ?? '';
const shown = async () => (await client.send(new DescribeHostsCommand({}))).Hosts ?? [];
const states = async () => (await shown()).map(({ State }) => State);
const release = (...HostIds: string[]) => client.send(new ReleaseHostsCommand({ HostIds }));

async function run(HostId: string, ClientToken?: string): Promise<string> {
  const { Instances } = await client.send(
    new RunInstancesCommand({
      MinCount: 1,
      MaxCount: 1,
      ClientToken,
      LaunchTemplate: { LaunchTemplateName: 'any', Version: '$Latest' },
      InstanceType: 'mac2.metal',
      SubnetId: cloud.subnet(zone),
      Placement: { Tenancy: 'host', HostId },
    }),
  );
  return Instances?.[0]?.InstanceId ?? '';
}
const end = (id: string) => client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));

describe('a host of the stand-in', () => {
  it('is pending at first, is occupied until its machine has stopped, and then cleans itself', async () => {
    Object.assign(cloud.hostTimes, { readyMs: 5 * minute, stopMs: 15 * minute, scrubMs: 110 * minute });
    const host = await allocate();
    expect(await states()).toEqual(['pending']);
    await expect(run(host)).rejects.toMatchObject({ name: 'InsufficientCapacityOnHost' });
    now += 5 * minute;
    const machine = await run(host);
    expect(await shown()).toMatchObject([{ State: 'available', Instances: [{ InstanceId: machine }] }]);
    await expect(run(host)).rejects.toMatchObject({ name: 'InsufficientCapacityOnHost' });
    await end(machine);
    now += 15 * minute - 1;
    expect(await shown()).toMatchObject([{ State: 'available', Instances: [{ InstanceId: machine }] }]);
    now += 1;
    expect(await shown()).toMatchObject([{ State: 'pending' }]);
    expect((await shown())[0]?.Instances ?? []).toEqual([]);
    now += 110 * minute - 1;
    await expect(run(host)).rejects.toMatchObject({ name: 'InsufficientCapacityOnHost' });
    now += 1;
    expect(await run(host)).not.toBe(machine);
  });

  it('has cleaned itself in time, however late somebody looks', async () => {
    Object.assign(cloud.hostTimes, { stopMs: 15 * minute, scrubMs: 110 * minute });
    const host = await allocate();
    await end(await run(host));
    now += 3 * day;
    expect(await states()).toEqual(['available']);
  });

  it('may be shown as available too early', async () => {
    Object.assign(cloud.hostTimes, { scrubMs: 60 * minute, earlyMs: 10 * minute });
    const host = await allocate();
    now += 10 * minute;
    await end(await run(host));
    await states();
    now += 60 * minute;
    expect(await states()).toEqual(['available']);
    await expect(run(host)).rejects.toMatchObject({ name: 'InsufficientCapacityOnHost' });
    now += 10 * minute;
    expect(await run(host)).toMatch(/^i-/);
  });

  it('is not released in its first 24 hours, nor while a machine is on it; others are', async () => {
    const [young, busy, done] = [await allocate(), await allocate(), await allocate()];
    await run(busy);
    const early = await release(young);
    expect(early.Unsuccessful).toMatchObject([
      {
        ResourceId: young,
        Error: {
          Code: 'Client.HostMinAllocationPeriodUnexpired',
          Message: expect.stringContaining('any time after 2026-11-22T16:12:29.000Z.'),
        },
      },
    ]);
    now += day;
    const { Successful, Unsuccessful } = await release(busy, done, 'h-00000000');
    expect(Successful).toEqual([done]);
    expect(Unsuccessful?.map(({ Error: error }) => error?.Code)).toEqual([
      'Client.InvalidHost.Occupied',
      'Client.InvalidHostID.NotFound',
    ]);
  });

  it('is shown for an hour after its release, and takes nothing', async () => {
    const host = await allocate();
    now += day;
    await release(host);
    expect(await states()).toEqual(['released']);
    await expect(run(host)).rejects.toMatchObject({ name: 'InvalidHostID.NotFound' });
    now += 60 * minute + 1;
    expect(await states()).toEqual([]);
  });

  it('fails when it is told to, and takes nothing then', async () => {
    const host = await allocate();
    cloud.setHostState(host, 'permanent-failure');
    await expect(run(host)).rejects.toMatchObject({ name: 'InsufficientCapacityOnHost' });
    now += day;
    await release(host);
    expect(await states()).toEqual(['released-permanent-failure']);
  });
});

describe('allocations of the stand-in', () => {
  it('are known by their token, and refused when they differ', async () => {
    const host = await allocate({ ClientToken: 'one' });
    expect(await allocate({ ClientToken: 'one' })).toBe(host);
    expect(await allocate({ ClientToken: 'two' })).not.toBe(host);
    const other = allocate({ ClientToken: 'one', InstanceType: 'mac1.metal' });
    await expect(other).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
  });

  it('meet a quota of their family, in which released hosts count for a while', async () => {
    cloud.hostTimes.countedMs = 5 * minute;
    cloud.trouble.hostQuotas = { mac2: 1, 'mac-m4': 0 };
    const host = await allocate();
    const limit = { name: 'HostLimitExceeded' };
    await expect(allocate()).rejects.toMatchObject(limit);
    await expect(allocate({ InstanceType: 'mac-m4.metal' })).rejects.toMatchObject(limit);
    expect(await allocate({ InstanceType: 'mac1.metal' })).toMatch(/^h-/);
    now += day;
    await release(host);
    await expect(allocate()).rejects.toMatchObject(limit);
    now += 5 * minute;
    expect(await allocate()).toMatch(/^h-/);
  });

  it('meet zones that are empty, or none', async () => {
    cloud.trouble.noHosts = (slot) => (slot.zone === zone ? noHosts : undefined);
    await expect(allocate()).rejects.toMatchObject({ name: noHosts.code });
    expect(await allocate({ AvailabilityZone: 'us-east-1b' })).toMatch(/^h-/);
    await expect(allocate({ AvailabilityZone: 'us-east-9z' })).rejects.toThrow('Invalid availability zone');
  });
});

describe('reads of the stand-in', () => {
  it('refuse filters by the value of a tag, and lengths of pages beside ids or above 500', async () => {
    const host = await allocate();
    const describe = (more: object) => client.send(new DescribeHostsCommand(more));
    const filter = (Name: string, value: string) => ({ Filter: [{ Name, Values: [value] }] });
    await expect(describe(filter('tag:callsheet:installation', 'studio'))).rejects.toThrow('tag:callsheet');
    expect((await describe(filter('tag-key', 'callsheet:installation'))).Hosts).toEqual([]);
    await expect(describe({ HostIds: [host], MaxResults: 5 })).rejects.toThrow('cannot be used together');
    await expect(describe({ MaxResults: 501 })).rejects.toThrow('501');
    await expect(describe({ HostIds: [host, 'h-00000000'] })).rejects.toThrow('h-00000000');
  });
});

describe('machines on hosts', () => {
  it('are known by their token while they live', async () => {
    const host = await allocate();
    const machine = await run(host, 'one');
    expect(await run(host, 'one')).toBe(machine);
    await expect(run(await allocate(), 'one')).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    await end(machine);
    await expect(run(host, 'one')).rejects.toMatchObject({ name: 'IdempotentInstanceTerminated' });
  });

  it('are reset by a task, which fails when the machine ends', async () => {
    cloud.hostTimes.resetMs = 10 * minute;
    const machine = await run(await allocate());
    const reset = async () =>
      (
        await client.send(
          new CreateReplaceRootVolumeTaskCommand({ InstanceId: machine, DeleteReplacedRootVolume: true }),
        )
      ).ReplaceRootVolumeTask;
    await expect(reset()).rejects.toMatchObject({ name: 'IncorrectInstanceState' });
    now += minute;
    const task = await reset();
    const state = async () =>
      (
        await client.send(
          new DescribeReplaceRootVolumeTasksCommand({
            ReplaceRootVolumeTaskIds: [task?.ReplaceRootVolumeTaskId ?? ''],
          }),
        )
      ).ReplaceRootVolumeTasks?.[0]?.TaskState;
    expect(task?.TaskState).toBe('pending');
    now += 5 * minute;
    expect(await state()).toBe('in-progress');
    await end(machine);
    expect(await state()).toBe('failed');
  });
});
