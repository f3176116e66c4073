// Where the provider `ec2` starts machines: subnets and images that are looked up, kept, and found missing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { NewestImage } from '../../shared/providers/ec2/provider.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { unavailable } from '../stand-ins/ec2/trouble.ts';
import { home, minute, type Stage, stage } from './ec2-stage.ts';

let at: Stage;
beforeEach(async () => {
  at = await stage();
});
afterEach(() => at.close());

const form = z.object({
  LaunchTemplateConfigs: z.array(
    z.object({ Overrides: z.array(z.object({ SubnetId: z.string(), ImageId: z.optional(z.string()) })) }),
  ),
});

/** Subnets and images that the last fleet was asked for. */
function places(): { subnets: string[]; images: (string | undefined)[] } {
  const { LaunchTemplateConfigs } = form.parse(at.cloud.fleets.at(-1)?.form);
  const overrides = LaunchTemplateConfigs.flatMap(({ Overrides }) => Overrides);
  const distinct = <T>(values: T[]): T[] => [...new Set(values)];
  return {
    subnets: distinct(overrides.map(({ SubnetId }) => SubnetId)),
    images: distinct(overrides.map(({ ImageId }) => ImageId)),
  };
}

describe('subnets of the network', () => {
  it('are looked up once in ten minutes, once for launches at the same time', async () => {
    await Promise.all([at.provider.launch(at.launch(1)), at.provider.launch(at.launch(1))]);
    await at.provider.launch(at.launch(1));
    expect(at.spent()).toEqual({ DescribeSubnets: 1, CreateFleet: 3 });
    at.clock.now += 10 * minute;
    await at.provider.launch(at.launch(1));
    expect(at.spent()).toEqual({ DescribeSubnets: 1, CreateFleet: 1 });
  });

  it('are found on all pages', async () => {
    at.cloud.trouble.pageSize = 1;
    await at.provider.launch(at.launch(1));
    expect(places().subnets).toEqual([at.cloud.subnet(`${home}a`), at.cloud.subnet(`${home}b`)]);
  });

  it('are those of the configuration where the network is not ours', async () => {
    const subnets = { [`${home}b`]: at.cloud.subnet(`${home}b`) };
    const provider = at.fresh({ subnetsOf: () => subnets });
    const { started, faults } = await provider.launch(at.launch(1));
    expect(started).toHaveLength(1);
    expect(places().subnets).toEqual([at.cloud.subnet(`${home}b`)]);
    expect(faults).toMatchObject([{ kind: 'invalid', shelves: [`${home}/zone/${home}a`], cheap: true }]);
    expect(at.spent().DescribeSubnets).toBeUndefined();
  });

  it('of another installation are not used: the region must be deployed', async () => {
    const { started, faults } = await at.fresh({ installation: 'other' }).launch(at.launch(1));
    expect(started).toEqual([]);
    expect(faults).toEqual([
      {
        kind: 'invalid',
        cheap: true,
        shelves: [`${home}/zone/${home}a`, `${home}/zone/${home}b`],
        why: expect.stringMatching(/no subnet of Callsheet's is in us-east-1a, us-east-1b.*cdk deploy/),
      },
    ]);
    expect(at.spent()).toEqual({ DescribeSubnets: 1 });
  });

  it('are looked up anew when one was replaced', async () => {
    const stale = { [`${home}a`]: 'subnet-00000000', [`${home}b`]: 'subnet-11111111' };
    const { faults } = await at.fresh({ subnetsOf: () => stale }).launch(at.launch(1));
    expect(faults).toMatchObject([
      { kind: 'capacity', shelves: [`${home}/zone/${home}a`, `${home}/zone/${home}b`] },
    ]);
    await at.provider.launch(at.launch(1));
    at.cloud.trouble.short = () => ({ code: 'InvalidSubnetID.NotFound' });
    await at.provider.launch(at.launch(1));
    at.spent();
    await at.provider.launch(at.launch(1));
    expect(at.spent().DescribeSubnets).toBe(1);
  });

  it('are looked up anew each time while one is missing: a deploy may bring it at any moment', async () => {
    await at.close();
    const zones: Record<string, string[]> = { [home]: [] };
    at = await stage({ zones });
    expect((await at.provider.launch(at.launch(1))).started).toEqual([]);
    zones[home] = [`${home}a`];
    expect(await at.provider.launch(at.launch(1))).toMatchObject({
      started: [expect.any(String)],
      faults: [{ kind: 'invalid', shelves: [`${home}/zone/${home}b`], cheap: true }],
    });
    zones[home] = [`${home}a`, `${home}b`];
    expect(await at.provider.launch(at.launch(1))).toMatchObject({ faults: [] });
    expect(at.spent()).toEqual({ DescribeSubnets: 3, CreateFleet: 2 });
    await at.provider.launch(at.launch(1));
    expect(at.spent()).toEqual({ CreateFleet: 1 });
  });

  it('that cannot be read are a doubt, and not kept', async () => {
    const launch = at.launch(1);
    at.cloud.trouble.refuse = ({ operation }) => (operation === 'DescribeSubnets' ? unavailable : undefined);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    at.cloud.trouble.refuse = undefined;
    expect((await at.provider.launch(launch)).started).toHaveLength(1);
  });
});

const rocky = { name: 'Rocky-9-*', owner: '792107900819', architecture: 'x86_64' } as const;

const image = (id: string, name: string, createdAt: string, architecture: 'x86_64' | 'arm64' = 'x86_64') => ({
  id,
  name,
  owner: rocky.owner,
  architecture,
  createdAt,
});

describe('the newest image of an owner', () => {
  const images = [
    image('ami-2', 'Rocky-9-b', '2026-03-01T00:00:00.000Z'),
    image('ami-3', 'Rocky-9-c', '2026-10-01T00:00:00.000Z'),
    image('ami-1', 'Rocky-9-a', '2026-01-01T00:00:00.000Z'),
    image('ami-4', 'Rocky-9-d', '2026-11-01T00:00:00.000Z', 'arm64'),
    image('ami-5', 'Rocky-8-z', '2026-11-01T00:00:00.000Z'),
    { ...image('ami-6', 'Rocky-9-x', '2026-11-01T00:00:00.000Z'), owner: '111122223333' },
  ];
  const launchWith = (wanted: NewestImage) => {
    const provider = at.fresh({ imageOf: () => wanted });
    const request = provider.request({ pool: 'linux', rung: 0, n: 1 });
    return { provider, launch: { ...at.launch(1), request } };
  };
  beforeEach(async () => {
    await at.close();
    at = await stage({ images });
  });

  it('is put into the fleet, and looked up once in ten minutes', async () => {
    const { provider, launch } = launchWith(rocky);
    await provider.launch(launch);
    expect(places().images).toEqual(['ami-3']);
    expect(at.cloud.machines()[0]?.image).toBe('ami-3');
    at.spent();
    await provider.launch({ ...launch, askedAt: 1 });
    expect(at.spent().DescribeImages).toBeUndefined();
  });

  it('is not asked for where the launch template has one', async () => {
    await at.provider.launch(at.launch(1));
    expect(places().images).toEqual([undefined]);
  });

  it('that does not exist is a fault in words', async () => {
    const { provider, launch } = launchWith({ ...rocky, name: 'Rocky-10-*' });
    expect(await provider.launch(launch)).toEqual({
      started: [],
      faults: [
        { kind: 'invalid', cheap: true, why: expect.stringContaining("is named 'Rocky-10-*' (x86_64)") },
      ],
    });
    expect(at.spent().CreateFleet).toBeUndefined();
  });

  it('is found as soon as it is there', async () => {
    const { provider, launch } = launchWith({ ...rocky, name: 'Rocky-10-*' });
    expect((await provider.launch(launch)).started).toEqual([]);
    images.push(image('ami-7', 'Rocky-10-a', '2026-11-20T00:00:00.000Z'));
    expect((await provider.launch(launch)).started).toHaveLength(1);
    expect(places().images).toEqual(['ami-7']);
  });
});
