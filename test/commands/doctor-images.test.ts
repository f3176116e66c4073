// `npm run doctor` on images of machines: those that do not exist, do not fit, or leave something behind.
import { describe, expect, it } from 'vitest';
import { rows } from './desk.ts';
import { account, image, machines, region, said } from './machines.ts';

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

  it("finds AWS's own images by its name", async () => {
    const t4 = { ...machines.pools.t4, machine: { image: { name: 'al2023-*', owner: 'amazon' } } };
    const at = await account({ configuration: { ...machines, pools: { ...machines.pools, t4 } } });
    const theirs = {
      ...image,
      id: 'ami-4',
      name: 'al2023-1',
      owner: '137112412989',
      ownerAlias: 'amazon',
    } as const;
    const later = '2026-11-20T00:00:00.000Z';
    region(at, 'us-east-1').images = [{ ...image, name: 'al2023-2', madeAt: later }, theirs];
    expect(said(await at.run('doctor'), 'image of t4 in us-east-1')).toBe('ok: ami-4');
  });

  it('finds further volumes that would stay when the machine is gone', async () => {
    const at = await account();
    const others = { '/dev/sdb': true, '/dev/sdc': undefined, '/dev/sdf': false, '/dev/sdg': false };
    region(at, 'us-east-1').images = [{ ...image, others }];
    region(at, 'eu-west-1').images = [{ ...image, id: 'ami-2', rootDevice: '/dev/xvda', rootStays: true }];
    const shown = await at.run('doctor');
    expect(said(shown, 'image of t4 in us-east-1')).toBe(
      'fail: ami-1 has volumes that stay when the machine is gone: /dev/sdf, /dev/sdg -> register it anew ' +
        'with DeleteOnTermination for them, and name that image in pools.t4.machine.image',
    );
    expect(said(shown, 'image of own in eu-west-1')).toBe('ok: ami-2');
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
