// What machines of EC2 leave behind, over the wire: found in all regions, priced, and deleted if still loose.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ec2Leftovers, leftoverCalls } from '../../shared/providers/ec2/leftovers/leftovers.ts';
import { Doubt, type Leftovers } from '../../shared/scheduler/ports.ts';
import { throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import { abroad, home, type Stage, stage, tags } from './ec2-stage.ts';

const far = { region: abroad, zone: `${abroad}a` };
const kinds = ['volume', 'interface'] as const;
const operations = {
  volume: ['DescribeVolumes', 'DeleteVolume'],
  interface: ['DescribeNetworkInterfaces', 'DeleteNetworkInterface'],
} as const;

let at: Stage;
let leftovers: Leftovers;
beforeEach(async () => {
  at = await stage();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  leftovers = ec2Leftovers({
    calls: leftoverCalls({ endpoint: at.cloud.url, credentials }),
    installation: 'studio',
    regions: [home, abroad],
    priceOf: (region, { type, gibibytes, iops, throughput }) =>
      type === 'gp3' && iops === 3000 && throughput === 125 ? gibibytes * (region === abroad ? 2 : 1) : -1,
  });
});
afterEach(() => at.close());

const ids = async () => (await leftovers.list()).map(({ id }) => id).sort();

describe('what machines left', () => {
  it('is listed in all regions, with launch, time and price', async () => {
    const volume = at.cloud.plantBelonging('volume', { ...tags, 'callsheet:launch': 'linux-7' });
    const card = at.cloud.plantBelonging('interface', { ...tags, 'callsheet:launch': '../7' }, far);
    const kept = at.cloud.plantBelonging('volume', { ...tags, 'callsheet:protect': 'no' }, far);
    at.cloud.plantBelonging('volume', { 'callsheet:installation': 'other' });
    at.cloud.plantBelonging('interface');
    const listed = await leftovers.list();
    const madeAt = at.clock.now;
    expect(listed).toHaveLength(3);
    expect(listed).toEqual(
      expect.arrayContaining([
        { kind: 'volume', id: volume.id, place: home, launch: 'linux-7', madeAt, usdPerHour: 100 },
        { kind: 'interface', id: card.id, place: abroad, usdPerHour: 0 },
        { kind: 'volume', id: kept.id, place: abroad, madeAt, usdPerHour: 200, protected: true },
      ]),
    );
  });

  it('is found by the tags of the launch, once its machine is gone', async () => {
    at.cloud.trouble.leaves = () => true;
    const near = at.launch(1);
    const { started } = await at.provider.launch(near);
    expect(await leftovers.list()).toEqual([]);
    await at.provider.stop(started);
    expect(await leftovers.list()).toMatchObject(kinds.map((kind) => ({ kind, launch: near.id })));
  });

  it('is read by pages, and nothing else is', async () => {
    const made = Array.from({ length: 12 }, () => at.cloud.plantBelonging('volume', tags).id);
    at.crowd(12);
    for (let nth = 0; nth < 12; nth += 1) at.cloud.plantBelonging('interface');
    at.cloud.trouble.pageSize = 5;
    at.spent();
    expect(await ids()).toEqual(made.sort());
    expect(at.spent()).toEqual({ DescribeVolumes: 4, DescribeNetworkInterfaces: 2 });
  });

  it('is looked at once more, since a filter may be ignored', async () => {
    const theirs = [{ Key: 'callsheet:installation', Value: 'other' }];
    const mine = [{ Key: 'callsheet:installation', Value: 'studio' }];
    const careless = ec2Leftovers({
      calls: {
        volumes: async () => [
          { VolumeId: 'vol-1', State: 'available', Tags: theirs },
          { VolumeId: 'vol-2', State: 'in-use', Tags: mine },
          { VolumeId: 'vol-3', State: 'available', Tags: mine, Attachments: [{ InstanceId: 'i-1' }] },
          { VolumeId: 'vol-4', State: 'available', Tags: mine },
        ],
        interfaces: async () => [
          { NetworkInterfaceId: 'eni-1', Status: 'available' },
          { NetworkInterfaceId: 'eni-2', Status: 'associated', TagSet: mine },
          {
            NetworkInterfaceId: 'eni-3',
            Status: 'available',
            TagSet: mine,
            Attachment: { AttachmentId: 'eni-attach-1' },
          },
          { NetworkInterfaceId: 'eni-4', Status: 'available', TagSet: mine },
        ],
        deleteVolume: async () => undefined,
        deleteInterface: async () => undefined,
      },
      installation: 'studio',
      regions: [home],
      priceOf: () => 0,
    });
    expect((await careless.list()).map(({ id }) => id)).toEqual(['vol-4', 'eni-4']);
  });

  it.each(kinds)('is told of other regions when one does not tell of its %ss', async (kind) => {
    at.cloud.plantBelonging('volume', tags, far);
    at.cloud.plantBelonging('interface', tags, far);
    const near = at.cloud.plantBelonging('volume', tags);
    at.cloud.trouble.refuse = ({ region, operation }) =>
      region === abroad && operation === operations[kind][0] ? unavailable : undefined;
    await expect(leftovers.list()).rejects.toThrow(Doubt);
    const silent: string[] = [];
    const listed = await leftovers.list(({ place, why }) => silent.push(place, why));
    expect(listed.map(({ id }) => id)).toEqual([near.id]);
    expect(silent).toEqual([abroad, expect.stringContaining(`${abroad} cannot be read: Unavailable`)]);
  });
});

describe.each(kinds)('deleting a left %s', (kind) => {
  const plant = async () => {
    const { id } = at.cloud.plantBelonging(kind, tags, far);
    const [leftover] = await leftovers.list();
    if (leftover?.id !== id) throw new Error('it is not listed');
    return leftover;
  };

  it('deletes it, in its region, and counts what is gone as deleted', async () => {
    const leftover = await plant();
    await leftovers.remove(leftover);
    expect(await ids()).toEqual([]);
    at.spent();
    await leftovers.remove(leftover);
    expect(at.spent()).toEqual({ [operations[kind][1]]: 1 });
  });

  it('leaves it when it was attached meanwhile, and doubts', async () => {
    const leftover = await plant();
    const thing = at.cloud.belongings().find(({ id }) => id === leftover.id);
    if (thing) thing.machine = at.cloud.plant(tags, far);
    await expect(leftovers.remove(leftover)).rejects.toThrow(Doubt);
    await expect(leftovers.remove(leftover)).rejects.toThrow(`${kind} ${leftover.id} in ${abroad}`);
    expect(at.cloud.belongings().some(({ id }) => id === leftover.id)).toBe(true);
  });

  it.each([throttled, unavailable, { code: 'UnauthorizedOperation' }])('doubts at $code', async (refusal) => {
    const leftover = await plant();
    at.cloud.trouble.refuse = ({ operation }) => (operation === operations[kind][1] ? refusal : undefined);
    await expect(leftovers.remove(leftover)).rejects.toThrow(refusal.code);
    expect(await ids()).toEqual([leftover.id]);
  });
});
