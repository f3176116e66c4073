// The provider `ec2` where a fleet gives less than was asked for, or does not say clearly what it gave.
import type { CreateFleetResult } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ec2Calls } from '../../shared/providers/ec2/provider.ts';
import { empty } from '../stand-ins/ec2/trouble.ts';
import { home, type Stage, stage } from './ec2-stage.ts';

let at: Stage;
beforeEach(async () => {
  at = await stage();
});
afterEach(() => at.close());

describe('provider ec2, partial answers', () => {
  it('answers what came, and what is empty', async () => {
    at.cloud.trouble.short = ({ type }, running) =>
      type === 'g6.xlarge' || running >= 1 ? empty : undefined;
    const { started, faults } = await at.provider.launch(at.launch(5));
    expect(started).toHaveLength(2);
    const shelf = (type: string, zone: string) => `${home}/spot/${type}/${home}${zone}`;
    expect(faults).toMatchObject([
      {
        kind: 'capacity',
        shelves: ['g4dn.xlarge', 'g6.xlarge'].flatMap((type) => [shelf(type, 'a'), shelf(type, 'b')]),
      },
    ]);
  });

  it('counts errors also when all machines came', async () => {
    at.cloud.trouble.short = ({ zone }) => (zone.endsWith('a') ? empty : undefined);
    const { started, faults } = await at.provider.launch(at.launch(3));
    expect(started).toHaveLength(3);
    expect(faults).toMatchObject([{ kind: 'capacity', shelves: [`${home}/spot/g4dn.xlarge/${home}a`] }]);
  });

  it('says which quota is used up, once', async () => {
    at.cloud.trouble.short = (_, running) =>
      running >= 1 ? { code: 'VcpuLimitExceeded', message: 'You have requested more vCPU' } : undefined;
    const { started, faults } = await at.provider.launch(at.launch(9, 1));
    expect(started).toHaveLength(4);
    expect(faults).toEqual([
      {
        kind: 'quota',
        shelves: [`${home}/on-demand/quota/g`],
        why: expect.stringMatching(/L-DB2E81BA.*new accounts have 0.*VcpuLimitExceeded: You have requested/),
      },
    ]);
  });

  it('forgets no unknown error: it is taken for a lack of capacity, in words', async () => {
    at.cloud.trouble.short = () => ({ code: 'BrandNewError', message: 'oh' });
    const { faults } = await at.provider.launch(at.launch(1));
    expect(faults).toMatchObject([
      { kind: 'capacity', unknown: true, why: expect.stringContaining('unknown code BrandNewError: oh') },
    ]);
    expect(faults[0]?.shelves).toHaveLength(4);
  });
});

describe('provider ec2, answers that say little', () => {
  /** A provider whose fleets are answered so. */
  const answering = (answer: CreateFleetResult) => {
    const subnet = { AvailabilityZone: `${home}a`, SubnetId: 'subnet-00000000' };
    const calls: Ec2Calls = {
      createFleet: async () => answer,
      subnets: async () => [subnet, { ...subnet, AvailabilityZone: `${home}b` }],
      instances: async () => [],
      images: async () => [],
      terminate: async () => {},
    };
    return at.fresh({ calls });
  };

  it('counts an error that names nothing for all that was asked for', async () => {
    const { faults } = await answering({ Errors: [{ ErrorCode: 'UnfulfillableCapacity' }] }).launch(
      at.launch(1),
    );
    expect(faults).toMatchObject([{ kind: 'capacity' }]);
    expect(faults[0]?.shelves).toHaveLength(4);
  });

  it('takes neither machines nor errors for a lack of capacity', async () => {
    expect(await answering({}).launch(at.launch(1))).toMatchObject({
      started: [],
      faults: [{ kind: 'capacity', why: expect.stringContaining('neither machines nor why') }],
    });
  });

  it('tells no terms of a machine that may be one of several offerings, or none', async () => {
    const Instances = [
      { InstanceIds: ['i-00000001', 'i-00000000'] },
      { InstanceIds: ['i-00000002'], AvailabilityZone: 'x' },
    ];
    expect(await answering({ Instances }).launch(at.launch(3))).toEqual({
      started: ['i-00000000', 'i-00000001', 'i-00000002'],
      terms: {},
      faults: [],
    });
  });
});
