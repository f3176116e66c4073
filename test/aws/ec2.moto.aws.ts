// The provider `ec2` over the wire against moto, where it is true to AWS: fleets, tags, filters, pages, ends.
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { machineTags, templateName } from '../../shared/contract/machine.ts';
import type { Offering } from '../../shared/contract/offerings.ts';
import { ec2Calls, ec2Provider } from '../../shared/providers/ec2/provider.ts';
import { Doubt, type Provider } from '../../shared/scheduler/ports.ts';
import type { Launch } from '../../shared/scheduler/records.ts';
import { launchOf } from '../providers/conformance.ts';
import { next } from '../stand-ins/plans.ts';
import { type FaultProxy, faultProxy } from '../stand-ins/proxy.ts';
import { credentials, region as home, type StandIn, startMoto } from './stand-ins.ts';

const abroad = 'eu-west-1';
const installation = 'studio';
const url = 'https://callsheet.example';

let moto: StandIn;
let proxy: FaultProxy;

beforeAll(async () => {
  moto = await startMoto();
  proxy = await faultProxy(() => ({ url: moto.url }));
  for (const region of [home, abroad]) await deploy(region);
});
afterEach(async () => {
  await provider().stop((await provider().list()).map(({ id }) => id));
});
afterAll(async () => {
  await proxy.close();
  await moto.close();
});

const clientOf = (region: string) => new EC2Client({ region, endpoint: moto.url, credentials });

/** What the stack of a region has, as far as launches need it. */
async function deploy(region: string): Promise<void> {
  const client = clientOf(region);
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.40.0.0/16' }));
  const Tags = [{ Key: machineTags.installation, Value: installation }];
  for (const [index, zone] of [`${region}a`, `${region}b`].entries()) {
    await client.send(
      new CreateSubnetCommand({
        VpcId: Vpc?.VpcId,
        CidrBlock: `10.40.${index}.0/24`,
        AvailabilityZone: zone,
        TagSpecifications: [{ ResourceType: 'subnet', Tags }],
      }),
    );
  }
  const { Images = [] } = await client.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  for (const market of ['spot', 'on-demand'] as const) {
    await client.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: templateName(installation, 'linux', market),
        LaunchTemplateData: { ImageId: Images[0]?.ImageId },
      }),
    );
  }
  client.destroy();
}

const offering = (region: string, market: Offering['market'], letter: string): Offering => ({
  region,
  zone: `${region}${letter}`,
  market,
  type: 'g4dn.xlarge',
  quota: 'g',
  vCpus: 4,
  usdPerHour: 0.526,
});

const ladder = [
  [offering(home, 'on-demand', 'a'), offering(home, 'on-demand', 'b')],
  [offering(home, 'spot', 'a')],
  [offering(abroad, 'on-demand', 'b')],
];

const provider = (): Provider =>
  ec2Provider({
    calls: ec2Calls({ endpoint: proxy.url, credentials }),
    installation,
    regions: [home, abroad],
    offeringsOf: (_, rung) => ladder[rung] ?? [],
    promiseOf: () => '1 14745 cuda',
    imageOf: () => undefined,
    subnetsOf: () => undefined,
    priceOf: () => 0.526,
    url,
    now: Date.now,
  });

const launch = (n: number, rung = 0): Launch => ({
  ...launchOf(n, provider().request({ pool: 'linux', rung, n })),
  askedAt: Date.now(),
});

const idsOf = async (): Promise<string[]> => (await provider().list()).map(({ id }) => id).sort();

describe("moto's EC2", () => {
  it('starts what is asked for, and lists it with its launch, in both regions', async () => {
    const [near, far] = [launch(3), launch(1, 2)];
    const { started, faults, terms } = await provider().launch(near);
    const elsewhere = await provider().launch(far);
    expect({ n: started.length, faults }).toEqual({ n: 3, faults: [] });
    expect(terms?.[started[0] ?? '']).toEqual({
      offering: `${home}/on-demand/g4dn.xlarge/${home}a`,
      usdPerHour: 0.526,
    });
    const sightings = new Map((await provider().list()).map((sighting) => [sighting.id, sighting]));
    expect([...sightings.keys()].sort()).toEqual([...started, ...elsewhere.started].sort());
    for (const id of started) {
      expect(sightings.get(id)).toMatchObject({ launch: near.id, terms: terms?.[id] });
    }
    expect(sightings.get(elsewhere.started[0] ?? '')?.launch).toBe(far.id);
    expect(await provider().look(elsewhere.started[0] ?? '')).toMatchObject({ launch: far.id });
  });

  it('starts machines on spot, and knows them as such', async () => {
    const { started, terms } = await provider().launch(launch(1, 1));
    expect(Object.values(terms ?? {})).toMatchObject([{ offering: `${home}/spot/g4dn.xlarge/${home}a` }]);
    expect(await idsOf()).toEqual(started);
  });

  it('tags machines with what they must know', async () => {
    const asked = launch(1);
    const { started } = await provider().launch(asked);
    const client = clientOf(home);
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: started }));
    client.destroy();
    const tags = Reservations?.[0]?.Instances?.[0]?.Tags?.map(({ Key, Value }) => [Key, Value]) ?? [];
    expect(Object.fromEntries(tags)).toMatchObject({
      [machineTags.installation]: installation,
      [machineTags.pool]: 'linux',
      [machineTags.launch]: asked.id,
      [machineTags.url]: url,
      [machineTags.gpu]: '1 14745 cuda',
    });
  });

  it('shows by its tag what a launch has started whose answer was lost', async () => {
    const asked = launch(2);
    const lost = next(1, { operation: 'POST /', words: ['Action=CreateFleet'] }, { kind: 'lost' });
    const done = proxy.plan(lost.plan);
    await expect(provider().launch(asked)).rejects.toThrow(Doubt);
    done();
    const { started } = await provider().launch(asked, true);
    expect(started).toHaveLength(2);
    expect(await idsOf()).toEqual(started);
  });

  it('ends what is there, whatever else is named, and forgets it', async () => {
    const { started } = await provider().launch(launch(3));
    const [kept = '', ...rest] = started;
    expect(await provider().stop([...rest, 'i-0123456789abcdef0', 'nobody'])).toEqual({ failed: [] });
    expect(await idsOf()).toEqual([kept]);
    expect(await provider().look(rest[0] ?? '')).toBeUndefined();
    expect(await provider().stop(started)).toEqual({ failed: [] });
    expect(await idsOf()).toEqual([]);
  });

  it('ends all but what is protected', async () => {
    const { started } = await provider().launch(launch(3));
    const [guarded = ''] = started;
    const client = clientOf(home);
    const protect = (Value: boolean) =>
      client.send(
        new ModifyInstanceAttributeCommand({ InstanceId: guarded, DisableApiTermination: { Value } }),
      );
    await protect(true);
    expect(await provider().stop(started)).toEqual({ failed: [guarded] });
    expect(await idsOf()).toEqual([guarded]);
    await protect(false);
    client.destroy();
  });

  it('says what to do where the launch template is missing', async () => {
    const asked = launch(1);
    const request = asked.request.replace('callsheet-studio-linux', 'callsheet-studio-nobody');
    const { started, faults } = await provider().launch({ ...asked, request });
    expect({ started, faults }).toMatchObject({
      started: [],
      faults: [{ kind: 'invalid', why: expect.stringContaining('cdk deploy') }],
    });
  });
});
