// The provider `ec2` where answers are lost, late or refused: nothing is doubled, or forgotten.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { seeded } from '../simulation/time.ts';
import { type Refusal, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
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

  it('by an unknown code are a fault of the rung: nothing was started', async () => {
    onFleets({ code: 'BrandNewError', message: 'oh' });
    expect(await at.provider.launch(at.launch(1))).toEqual({
      started: [],
      faults: [
        { kind: 'capacity', unknown: true, why: expect.stringContaining('unknown code BrandNewError: oh') },
      ],
    });
    expect(at.spent().CreateFleet).toBe(1);
  });

  it.each([
    ['an outage', unavailable],
    ['an unknown code of an outage', { code: 'BrandNewError', status: 500 }],
    ['credentials that have ended', { code: 'RequestExpired' }],
    ['a clock that is wrong', { code: 'SignatureDoesNotMatch', status: 403 }],
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

  it('doubts for a minute while it finds too few, then says that more may appear', async () => {
    const launch = at.launch(2);
    loseFleets(true);
    await expect(at.provider.launch(launch)).rejects.toThrow(Doubt);
    loseFleets(false);
    at.cloud.trouble.unlisted = [at.cloud.machines()[0]?.id ?? ''];
    at.clock.now = launch.askedAt + minute - 1;
    await expect(at.fresh().launch(launch, true)).rejects.toThrow('may not show yet all');
    at.clock.now += 1;
    const result = await at.fresh().launch(launch, true);
    expect(result).toMatchObject({ started: [at.cloud.machines()[1]?.id], faults: [], already: true });
    expect(at.cloud.calls.CreateFleet).toBe(1);
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

  it('takes machines that have ended for a proof that it arrived, and answers the others', async () => {
    const launch = at.launch(2);
    const [gone = '', there = ''] = (await at.provider.launch(launch)).started;
    at.cloud.end(gone);
    expect(await at.fresh().launch(launch, true)).toEqual({
      started: [there],
      terms: { [there]: expect.objectContaining({ usdPerHour: 0.526 }) },
      faults: [],
    });
    expect(at.cloud.calls.CreateFleet).toBe(1);
  });

  it.each([0, minute])(
    'starts nothing when all have ended already, %i ms after it was asked',
    async (later) => {
      const launch = at.launch(2);
      for (const id of (await at.provider.launch(launch)).started) at.cloud.end(id);
      at.clock.now += later;
      expect(await at.fresh().launch(launch, true)).toEqual({
        started: [],
        faults: [{ kind: 'capacity', why: 'all that it started has ended already' }],
        already: true,
      });
      expect(at.cloud.calls.CreateFleet).toBe(1);
    },
  );

  it('is asked by a planner that looks each minute when a look tells all, whatever its seconds', () => {
    const { launchSettlesMs, tokenMarginMs, sweepMs } = standardLimits;
    const until = at.provider.tokenLifeMs - tokenMarginMs;
    for (let first = launchSettlesMs; first < launchSettlesMs + sweepMs; first += 1000) {
      const ages = [0, 1, 2, 3].map((nth) => first + nth * (sweepMs + 5000));
      expect(ages.some((age) => age >= minute && age <= until)).toBe(true);
    }
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
