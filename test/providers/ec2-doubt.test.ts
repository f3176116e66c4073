// The provider `ec2` where answers are lost, late, partial or refused: nothing is doubled, or forgotten.
import type { CreateFleetResult } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ec2Calls } from '../../shared/providers/ec2/provider.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { seeded } from '../simulation/time.ts';
import { empty, type Refusal, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import { home, minute, type Stage, stage } from './ec2-stage.ts';

let at: Stage;
beforeEach(async () => {
  at = await stage();
});
afterEach(() => at.close());

const onFleets = (refusal: Refusal, most = Number.POSITIVE_INFINITY) => {
  at.cloud.trouble.refuse = ({ operation, nth }) =>
    operation === 'CreateFleet' && nth <= most ? refusal : undefined;
};

const loseFleets = (lost: boolean) => {
  at.cloud.trouble.lose = ({ operation }) => lost && operation === 'CreateFleet';
};

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
      { kind: 'capacity', why: expect.stringContaining('unknown code BrandNewError: oh') },
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

describe('provider ec2, refusals of the call', () => {
  it.each([
    ['RequestLimitExceeded', throttled, 'throttled', 'fewer calls'],
    ['UnauthorizedOperation', { code: 'UnauthorizedOperation' }, 'invalid', 'cdk deploy'],
    ['MaxFleetCountExceeded', { code: 'MaxFleetCountExceeded' }, 'quota', 'Service Quotas'],
  ])('%s is a fault', async (_, refusal, kind, words) => {
    onFleets(refusal);
    const { started, faults } = await at.provider.launch(at.launch(2));
    expect(started).toEqual([]);
    expect(faults).toMatchObject([{ kind, why: expect.stringContaining(words) }]);
  });

  it('repeats what was throttled', async () => {
    onFleets(throttled, 2);
    expect((await at.provider.launch(at.launch(1))).started).toHaveLength(1);
  });

  it('says what to do where the launch template is missing', async () => {
    await at.close();
    at = await stage({ templates: [] });
    expect(await at.provider.launch(at.launch(1))).toMatchObject({
      faults: [{ kind: 'invalid', why: expect.stringMatching(/cdk deploy.*callsheet-studio-linux.spot/) }],
    });
  });

  it.each([
    ['an outage', unavailable],
    ['an unknown code', { code: 'BrandNewError', message: 'oh' }],
  ])('doubts at %s, names the code, and does not repeat the call', async (_, refusal) => {
    onFleets(refusal);
    const answer = at.provider.launch(at.launch(1));
    await expect(answer).rejects.toThrow(Doubt);
    await expect(answer).rejects.toThrow(refusal.code);
    expect(at.spent().CreateFleet).toBe(1);
  });

  it('doubts when nobody listens', async () => {
    const launch = at.launch(1);
    await at.cloud.close();
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
  });
});

describe('provider ec2, asked again', () => {
  it('finds what a lost answer has started, and asks for nothing', async () => {
    const launch = at.launch(3);
    loseFleets(true);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    loseFleets(false);
    at.spent();
    const { started, faults, already, terms } = await at.fresh().launch(launch, true);
    expect(started).toEqual(
      at.cloud
        .machines()
        .map(({ id }) => id)
        .sort(),
    );
    expect({ started: started.length, faults, already }).toEqual({
      started: 3,
      faults: [],
      already: undefined,
    });
    expect(Object.keys(terms ?? {})).toEqual(started);
    expect(at.spent()).toEqual({ DescribeInstances: 1 });
  });

  it('waits for machines that appear late, adopts them, and never doubles', async () => {
    at.cloud.trouble.shownAfterMs = 30_000;
    const launch = at.launch(2);
    loseFleets(true);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    loseFleets(false);
    for (const later of [3000, 20_000]) {
      at.clock.now = launch.askedAt + later;
      await expect(at.fresh().launch(launch, true)).rejects.toThrow('may not show yet');
    }
    at.clock.now = launch.askedAt + 30_000;
    expect((await at.fresh().launch(launch, true)).started).toHaveLength(2);
    expect(at.cloud.machines()).toHaveLength(2);
    expect(at.cloud.calls.CreateFleet).toBe(1);
  });

  it('says that more may appear when it finds fewer than were asked for', async () => {
    const launch = at.launch(2);
    loseFleets(true);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    loseFleets(false);
    at.cloud.trouble.unlisted = [at.cloud.machines()[0]?.id ?? ''];
    const result = await at.fresh().launch(launch, true);
    expect(result).toMatchObject({ started: [at.cloud.machines()[1]?.id], already: true });
  });

  it('asks with the same token after a minute in which nothing appeared', async () => {
    const launch = at.launch(2);
    onFleets(unavailable);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    at.cloud.trouble.refuse = undefined;
    at.clock.now += minute - 1;
    await expect(at.fresh().launch(launch, true)).rejects.toThrow(Doubt);
    at.clock.now += 1;
    expect((await at.fresh().launch(launch, true)).started).toHaveLength(2);
    expect(at.cloud.machines()).toHaveLength(2);
  });

  it('counts machines that have ended: they were started', async () => {
    const launch = at.launch(1);
    const { started } = await at.provider.launch(launch);
    at.cloud.end(started[0] ?? '');
    expect((await at.fresh().launch(launch, true)).started).toEqual(started);
  });

  it('adopts nothing of an older launch with the same number, or of another installation', async () => {
    const old = at.launch(1);
    await at.provider.launch(old);
    at.clock.now += 60 * minute;
    const launch = { ...old, askedAt: at.clock.now };
    at.cloud.plant({ 'callsheet:installation': 'other', 'callsheet:launch': launch.id });
    at.clock.now += minute;
    expect((await at.fresh().launch(launch, true)).started).toEqual([at.cloud.machines().at(-1)?.id]);
    expect(at.cloud.machines()).toHaveLength(3);
  });

  it('doubts when it cannot look, and when the token has arrived but nothing is shown', async () => {
    const launch = at.launch(1);
    await at.provider.launch(launch);
    at.cloud.trouble.shownAfterMs = 30_000;
    const other = { ...launch, request: launch.request.replace('"n":1', '"n":2') };
    await expect(at.fresh().launch(other)).rejects.toThrow(Doubt);
    at.clock.now += minute;
    expect(await at.fresh().launch(other)).toMatchObject({ already: true, started: [expect.any(String)] });
    at.cloud.trouble.refuse = () => unavailable;
    await expect(at.fresh().launch(launch, true)).rejects.toThrow(`machines of EC2 in ${home}`);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'starts no machine twice, whatever is lost or refused (seed %i)',
    async (seed) => {
      const chance = seeded(seed);
      at.cloud.trouble.shownAfterMs = 30_000;
      at.cloud.trouble.lose = () => chance.chance(0.4);
      at.cloud.trouble.refuse = ({ operation }) =>
        operation === 'CreateFleet' && chance.chance(0.3) ? unavailable : undefined;
      const launch = at.launch(4);
      const answers: string[][] = [];
      for (let pass = 0; pass < 8; pass += 1) {
        const answer = at.fresh().launch(launch, pass > 0);
        await answer
          .then(({ started }) => answers.push(started))
          .catch((error) => expect(error).toBeInstanceOf(Doubt));
        at.clock.now += 20_000;
      }
      at.cloud.trouble.lose = undefined;
      at.cloud.trouble.refuse = undefined;
      answers.push((await at.fresh().launch(launch, true)).started);
      const ids = at.cloud
        .machines()
        .map(({ id }) => id)
        .sort();
      expect(ids).toHaveLength(4);
      for (const started of answers) expect(started).toEqual(ids);
    },
  );
});
