// Proofs of EC2: whose document it is, what EC2 says of that machine, and where the call came from.
import type { Instance } from '@aws-sdk/client-ec2';
import { beforeAll, describe, expect, it } from 'vitest';
import { machineTags } from '../../shared/contract/machine.ts';
import { type Claimant, Doubt } from '../../shared/scheduler/ports.ts';
import { document, messageOf, newSigner, type Signer } from './ec2-identity-messages.ts';
import { here, identityStage, instance, terms } from './ec2-identity-stage.ts';

const { instanceId: id, region } = document;
const minute = 60_000;
const started = Date.parse(document.pendingTime);
const without = (key: string) => instance.Tags?.filter(({ Key }) => Key !== key) ?? [];

const claimant: Claimant = {
  id,
  launch: 'gpu-1',
  recorded: true,
  askedAt: async () => started - 1000,
  source: here,
};

let ec2: Signer;
let genuine: string;
beforeAll(async () => {
  ec2 = await newSigner();
  genuine = await messageOf(document, { signers: [ec2] });
});

/** Shows a proof to the proofs, with EC2 knowing `machines`, or not answering. */
function scene({
  machines = [instance],
  nat = false,
}: {
  machines?: Instance[] | Error;
  nat?: boolean;
} = {}) {
  const { proofs, asked, lines, shows } = identityStage(ec2, { regions: { [region]: { nat } } });
  shows(machines);
  const verify = (more: Partial<Claimant> = {}, proof = genuine, provider = 'ec2') =>
    proofs.verify(provider, proof, { ...claimant, ...more });
  return { asked, lines, verify };
}

describe('a machine', () => {
  it('proves itself by its document and the word of EC2, which tells its address and terms', async () => {
    const { asked, verify } = scene();
    expect(await verify()).toEqual({ address: here, terms });
    expect(asked).toEqual([[region, { 'instance-id': [id] }]]);
  });

  it('that has done so is only compared with its address, and EC2 is not asked again', async () => {
    const { asked, verify } = scene({ machines: new Error('away') });
    expect(await verify({ address: here })).toEqual({});
    expect(await verify({ address: here, source: '198.51.100.8' })).toBeUndefined();
    expect(await verify({ address: here, source: undefined })).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('without a record is taken when EC2 shows the tag of its launch', async () => {
    expect(await scene().verify({ recorded: false })).toEqual({ address: here, terms });
    const Tags = without(machineTags.launch);
    expect(await scene({ machines: [{ ...instance, Tags }] }).verify({ recorded: false })).toBeUndefined();
  });

  it('that is pending may speak: EC2 is late', async () => {
    const machines = [{ ...instance, State: { Name: 'pending' as const } }];
    expect(await scene({ machines }).verify()).toEqual({ address: here, terms });
  });

  it('whose price nobody knows is taken as it is', async () => {
    const machines: Instance[] = [{ ...instance, InstanceType: 't2.nano' }];
    expect(await scene({ machines }).verify()).toEqual({ address: here });
  });
});

describe('a Mac', () => {
  const mac: Instance = {
    ...instance,
    InstanceType: 'mac2.metal',
    InstanceLifecycle: undefined,
    Placement: { ...instance.Placement, Tenancy: 'host', HostId: 'h-0123456789abcdef0' },
  };
  const free = { offering: `${region}/on-demand/mac2.metal/${region}a`, usdPerHour: 0 };

  it('proves itself as other machines do, and costs nothing: its host does', async () => {
    const { verify } = scene({ machines: [mac] });
    expect(await verify({}, genuine, 'mac')).toEqual({ address: here, terms: free });
    expect(await verify({ recorded: false }, genuine, 'mac')).toEqual({ address: here, terms: free });
    expect(await verify({ launch: 'gpu-2' }, genuine, 'mac')).toBeUndefined();
  });

  it('is no machine of the provider ec2, nor is another machine a Mac', async () => {
    const { lines, verify } = scene({ machines: [mac] });
    expect(await verify()).toBeUndefined();
    expect(lines).toMatchObject([{ why: 'it is no machine of provider ec2' }]);
    expect(await scene().verify({}, genuine, 'mac')).toBeUndefined();
  });
});

describe('a proof is refused', () => {
  it.each<[string, Partial<Claimant>, Instance, string]>([
    ['of another machine', { id: 'i-0fedcba9876543210' }, instance, 'it is of i-0123456789abcdef0'],
    ['from another address', { source: '198.51.100.8' }, instance, 'it came from 198.51.100.8'],
    ['from nowhere', { source: undefined }, instance, 'it came from'],
    [
      'older than the launch',
      { askedAt: async () => started + 2 * minute + 1 },
      instance,
      'older than the launch',
    ],
    ['for another launch', { launch: 'gpu-2' }, instance, 'launch gpu-2 has not started it'],
    [
      'of a machine that no launch started',
      {},
      { ...instance, Tags: without(machineTags.launch) },
      'launch gpu-1 has not started it',
    ],
    [
      'of a machine that is not of this installation',
      {},
      { ...instance, Tags: without(machineTags.installation) },
      'no machine of this installation',
    ],
    [
      'of a machine of another installation',
      {},
      {
        ...instance,
        Tags: [...without(machineTags.installation), { Key: machineTags.installation, Value: 'test2' }],
      },
      'no machine of this installation',
    ],
    [
      'of a machine that has ended',
      {},
      { ...instance, State: { Name: 'shutting-down' }, PublicIpAddress: undefined },
      'shutting-down',
    ],
    ['of a machine that was stopped', {}, { ...instance, State: { Name: 'stopped' } }, 'stopped'],
  ])('%s', async (_, who, machine, why) => {
    const { lines, verify } = scene({ machines: [machine] });
    expect(await verify(who)).toBeUndefined();
    expect(lines).toEqual([
      expect.objectContaining({ unit: 'proof', outcome: 'refused', why: expect.stringContaining(why) }),
    ]);
  });

  it('that EC2 has not signed, or for another account, and EC2 is not asked', async () => {
    const { asked, verify } = scene();
    const forger = await newSigner(ec2.pem);
    expect(await verify({}, await messageOf(document, { signers: [forger] }))).toBeUndefined();
    const other = { ...document, accountId: '111122223334' };
    expect(await verify({}, await messageOf(other, { signers: [ec2] }))).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('as often as anybody likes, at the price of one line in the log', async () => {
    const { lines, verify } = scene();
    for (const proof of ['x', 'y', 'z']) expect(await verify({}, proof)).toBeUndefined();
    expect(lines).toHaveLength(1);
  });

  it('and never quoted in the log', async () => {
    const { lines, verify } = scene();
    await verify({ id: 'i-0fedcba9876543210' });
    expect(JSON.stringify(lines)).not.toContain(genuine.slice(0, 40));
  });
});

it('a machine may have started two minutes before its launch was asked: clocks differ', async () => {
  expect(await scene().verify({ askedAt: async () => started + 2 * minute })).toMatchObject({
    address: here,
  });
});

describe('a doubt', () => {
  it.each<[string, Instance[] | Error]>([
    ['EC2 does not answer', new Error('socket hang up')],
    ['EC2 does not show the machine yet', []],
    ['EC2 does not show its address yet', [{ ...instance, PublicIpAddress: undefined }]],
  ])('is no refusal, and says when to ask again: %s', async (_, machines) => {
    const { lines, verify } = scene({ machines });
    const doubt = await verify().catch((error: unknown) => error);
    expect(doubt).toBeInstanceOf(Doubt);
    expect(doubt).toMatchObject({ retryAt: started + 5000 });
    expect(lines).toEqual([]);
  });
});

describe('behind a NAT of its own VPC', () => {
  const nat = true;

  it('a machine proves itself by its record, whatever address its call came from', async () => {
    const { asked, verify } = scene({ nat });
    expect(await verify({ source: '203.0.113.1' })).toEqual({});
    expect(asked).toEqual([]);
  });

  it('a machine without a record has the word of EC2, and no address that would be compared', async () => {
    for (const PublicIpAddress of [undefined, here]) {
      const { verify } = scene({ machines: [{ ...instance, PublicIpAddress }], nat });
      expect(await verify({ recorded: false, source: '203.0.113.1' })).toEqual({ terms });
    }
    const Tags = without(machineTags.launch);
    const other = scene({ machines: [{ ...instance, Tags }], nat });
    expect(await other.verify({ recorded: false })).toBeUndefined();
  });

  it('a document that is older than the launch is refused all the same', async () => {
    expect(await scene({ nat }).verify({ askedAt: async () => started + 5 * minute })).toBeUndefined();
  });
});
