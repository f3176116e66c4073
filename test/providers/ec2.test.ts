// The provider `ec2` launches over the wire: nothing is doubled, doubt is no answer, and partial is normal.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { empty, unavailable } from '../stand-ins/ec2/trouble.ts';
import { launchOf, providerConformance } from './conformance.ts';
import { abroad, home, installation, minute, type Stage, stage, tags, url } from './ec2-stage.ts';

providerConformance('ec2', async () => {
  const { cloud, clock, provider, fresh, close } = await stage();
  // Launches of the suite are asked for at time 0, and all that they have started is shown.
  clock.now = minute;
  return {
    provider,
    request: (n) => provider.request({ pool: 'linux', rung: 0, n }),
    end: async (id) => cloud.end(id),
    breakList: async () => {
      cloud.trouble.refuse = ({ operation }) => (operation === 'DescribeInstances' ? unavailable : undefined);
    },
    hush: async () => {
      const shown = cloud.plant(tags).id;
      const hidden = cloud.plant(tags, { region: abroad, zone: `${abroad}a` }).id;
      cloud.trouble.refuse = ({ region }) => (region === abroad ? unavailable : undefined);
      return { shown, hidden, place: abroad };
    },
    loseAnswers: (lost) => {
      cloud.trouble.lose = ({ operation }) => lost && operation === 'CreateFleet';
    },
    restart: async () => fresh(),
    close,
  };
});

let at: Stage;
beforeEach(async () => {
  at = await stage();
});
afterEach(() => at.close());

const asked = z.object({
  ClientToken: z.string(),
  Type: z.string(),
  LaunchTemplateConfigs: z.array(
    z.object({
      LaunchTemplateSpecification: z.object({ LaunchTemplateName: z.string(), Version: z.string() }),
      Overrides: z.array(
        z.object({
          InstanceType: z.string(),
          SubnetId: z.string(),
          AvailabilityZone: z.string(),
          ImageId: z.optional(z.string()),
        }),
      ),
    }),
  ),
  TargetCapacitySpecification: z.object({
    TotalTargetCapacity: z.string(),
    DefaultTargetCapacityType: z.string(),
  }),
  SpotOptions: z.optional(z.object({ AllocationStrategy: z.string() })),
  OnDemandOptions: z.optional(z.object({ AllocationStrategy: z.string() })),
});

const fleetAsked = (nth = -1) => asked.parse(at.cloud.fleets.at(nth)?.form);
const overrides = () => fleetAsked().LaunchTemplateConfigs[0]?.Overrides ?? [];

describe('provider ec2, launching', () => {
  it('asks once for all machines, as types in zones, cheapest first, by the launch template', async () => {
    const { started, faults } = await at.provider.launch(at.launch(256));
    expect(at.spent()).toEqual({ DescribeSubnets: 1, CreateFleet: 1 });
    expect(started).toHaveLength(256);
    expect(faults).toEqual([]);
    const fleet = fleetAsked();
    expect(fleet).toMatchObject({
      Type: 'instant',
      TargetCapacitySpecification: { TotalTargetCapacity: '256', DefaultTargetCapacityType: 'spot' },
      SpotOptions: { AllocationStrategy: 'price-capacity-optimized' },
    });
    expect(fleet.LaunchTemplateConfigs[0]?.LaunchTemplateSpecification).toEqual({
      LaunchTemplateName: `callsheet-${installation}-linux.spot`,
      Version: '$Latest',
    });
    const subnets = [at.cloud.subnet(`${home}a`), at.cloud.subnet(`${home}b`)];
    expect(overrides()).toEqual(
      ['g4dn.xlarge', 'g6.xlarge'].flatMap((InstanceType) => [
        { InstanceType, SubnetId: subnets[0], AvailabilityZone: `${home}a` },
        { InstanceType, SubnetId: subnets[1], AvailabilityZone: `${home}b` },
      ]),
    );
  });

  it('asks for machines on demand by their price, in the region of the rung', async () => {
    await at.provider.launch(at.launch(1, 2));
    expect(at.cloud.fleets[0]?.region).toBe(abroad);
    expect(fleetAsked()).toMatchObject({
      TargetCapacitySpecification: { DefaultTargetCapacityType: 'on-demand' },
      OnDemandOptions: { AllocationStrategy: 'lowest-price' },
    });
    expect(fleetAsked().SpotOptions).toBeUndefined();
  });

  it('tags all that it starts with what the machine and the reaper need', async () => {
    const launch = at.launch(1);
    await at.provider.launch(launch);
    const tags = {
      'callsheet:installation': installation,
      'callsheet:pool': 'linux',
      'callsheet:launch': launch.id,
      'callsheet:url': url,
      'callsheet:gpu': '1 14745 cuda optix',
    };
    expect(at.cloud.machines()[0]?.resources).toEqual({
      fleet: tags,
      instance: tags,
      volume: tags,
      'network-interface': tags,
    });
  });

  it('has a token of 64 characters that only the same launch has', async () => {
    const launch = at.launch(1);
    await at.provider.launch(launch);
    await at.fresh().launch(launch);
    await at.provider.launch({ ...launch, askedAt: launch.askedAt + 1 });
    const subnets = { [`${home}a`]: at.cloud.subnet(`${home}a`), [`${home}b`]: at.cloud.subnet(`${home}b`) };
    await at.fresh({ installation: 'other', subnetsOf: () => subnets }).launch(launch);
    await at.provider.launch(at.launch(1));
    const tokens = at.cloud.fleets.map((_, index) => fleetAsked(index).ClientToken);
    expect(tokens[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(tokens[1]).toBe(tokens[0]);
    expect(new Set(tokens).size).toBe(tokens.length - 1);
    expect(at.cloud.machines()).toHaveLength(4);
  });

  it('tells what each machine was got as, and its price: the frozen one', async () => {
    at.cloud.trouble.short = ({ type, zone }) =>
      type === 'g4dn.xlarge' || zone.endsWith('a') ? empty : undefined;
    const { started, terms } = await at.provider.launch(at.launch(1));
    expect(terms).toEqual({
      [started[0] ?? '']: { offering: `${home}/spot/g6.xlarge/${home}b`, usdPerHour: 0.8048 },
    });
  });

  it('leaves out what stands on an empty shelf, and asks nothing where all does', async () => {
    const request = (...shelves: string[]) =>
      at.provider.request({ pool: 'linux', rung: 0, n: 1, empty: new Set(shelves) });
    const launch = {
      ...at.launch(1),
      request: request(`${home}/spot/g4dn.xlarge/${home}a`, `${home}/zone/${home}b`),
    };
    await at.provider.launch(launch);
    expect(
      overrides().map(({ InstanceType, AvailabilityZone }) => `${InstanceType} ${AvailabilityZone}`),
    ).toEqual([`g6.xlarge ${home}a`]);
    at.spent();
    const none = { ...at.launch(1), request: request(`${home}/spot`) };
    expect(await at.provider.launch(none)).toMatchObject({
      started: [],
      faults: [{ kind: 'capacity', why: expect.stringContaining('empty a moment ago') }],
    });
    expect(at.spent().CreateFleet).toBeUndefined();
  });

  it('refuses in words to make a request for what is no rung of its own, or without an address', () => {
    expect(() => at.provider.request({ pool: 'linux', rung: 7, n: 1 })).toThrow('pool linux has no rung 7');
    const bare = at.fresh({ url: undefined });
    expect(() => bare.request({ pool: 'linux', rung: 0, n: 1 })).toThrow('no url');
  });

  it('refuses a request that is none of its own', async () => {
    for (const request of ['', '{"n":1}', '[]', at.launch(1).request.replace('https:', 'file:')]) {
      expect(await at.provider.launch(launchOf(1, request))).toMatchObject({
        started: [],
        faults: [{ kind: 'invalid', why: expect.stringContaining('no request of ours') }],
      });
    }
    expect(at.spent()).toEqual({});
  });
});
