// The provider `ec2` lists, looks at and stops machines: never half a list, and one bad id blocks nobody.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Doubt, type Silence } from '../../shared/scheduler/ports.ts';
import { type Asked, throttled, unavailable } from '../stand-ins/ec2/trouble.ts';
import { abroad, home, installation, minute, type Stage, stage } from './ec2-stage.ts';

let at: Stage;
beforeEach(async () => {
  at = await stage();
});
afterEach(() => at.close());

const inRegion = (region: string, operation: Asked['operation']) => (asked: Asked) =>
  asked.region === region && asked.operation === operation;

/** The state of each of these machines. */
const states = (ids: readonly string[]): string[] =>
  ids.map((id) => at.cloud.machines().find((machine) => machine.id === id)?.state ?? 'none');

const absent = (n: number): string => `i-${n.toString(16).padStart(17, '0')}`;

describe('provider ec2, listing', () => {
  it('lists what is there in all regions, with launch, start and terms, and nothing of others', async () => {
    const near = at.launch(1);
    const far = at.launch(1, 2);
    const ids = [await at.provider.launch(near), await at.provider.launch(far)].map(
      ({ started }) => started[0],
    );
    at.cloud.plant({ 'callsheet:installation': 'other' });
    at.cloud.plant();
    const sightings = new Map((await at.fresh().list()).map((sighting) => [sighting.id, sighting]));
    expect(sightings.size).toBe(2);
    expect(sightings.get(ids[0] ?? '')).toEqual({
      id: ids[0],
      launch: near.id,
      startedAt: at.clock.now,
      terms: { offering: `${home}/spot/g4dn.xlarge/${home}a`, usdPerHour: 0.526 },
    });
    expect(sightings.get(ids[1] ?? '')).toMatchObject({
      launch: far.id,
      terms: { offering: `${abroad}/on-demand/g4dn.xlarge/${abroad}a` },
    });
  });

  it('lists what was started by hand with our tag, and makes up no launch or price', async () => {
    const tags = { 'callsheet:installation': installation, 'callsheet:launch': '../linux-1' };
    const { id } = at.cloud.plant(tags, { type: 'x9.huge' });
    expect(await at.provider.list()).toEqual([{ id, startedAt: at.clock.now }]);
  });

  it.each(['', 'yes', 'no'])("says that a machine is protected whose tag is '%s'", async (value) => {
    const [other] = at.crowd(1);
    const { id } = at.cloud.plant({ 'callsheet:installation': installation, 'callsheet:protect': value });
    const listed = await at.provider.list();
    expect(listed.find((machine) => machine.id === id)?.protected).toBe(true);
    expect(listed.find((machine) => machine.id === other)).not.toHaveProperty('protected');
  });

  it.each([
    ['pending', true],
    ['running', true],
    ['stopping', true],
    ['stopped', true],
    ['shutting-down', false],
    ['terminated', false],
  ] as const)('lists a machine that is %s: %s', async (state, isListed) => {
    const [id = ''] = at.crowd(1);
    at.cloud.tick();
    at.cloud.setState(id, state);
    // The stand-in ends at once what is shutting down.
    expect(await at.ids()).toEqual(isListed ? [id] : []);
    expect(await at.provider.look(id)).toEqual(isListed ? expect.objectContaining({ id }) : undefined);
  });

  it('reads 1,200 machines in two pages, and any number in small ones', async () => {
    const ids = at.crowd(1200).sort();
    at.spent();
    expect(await at.ids()).toEqual(ids);
    expect(at.spent()).toEqual({ DescribeInstances: 3 });
    at.cloud.trouble.pageSize = 500;
    expect(await at.ids()).toEqual(ids);
    expect(at.spent()).toEqual({ DescribeInstances: 4 });
  });

  it.each([1, 2, 3])('throws, with the region, rather than half a list: page %i is refused', async (page) => {
    at.crowd(12);
    at.cloud.trouble.pageSize = 5;
    let pages = 0;
    at.cloud.trouble.refuse = (asked) => {
      if (!inRegion(home, 'DescribeInstances')(asked)) return undefined;
      pages += 1;
      return pages >= page ? unavailable : undefined;
    };
    await expect(at.provider.list()).rejects.toThrow(`machines of EC2 in ${home} cannot be read`);
  });

  it.each([throttled, unavailable, { code: 'UnauthorizedOperation' }, { code: 'BrandNewError' }])(
    'throws at $code in one region of two',
    async (refusal) => {
      at.cloud.trouble.refuse = (asked) =>
        inRegion(abroad, 'DescribeInstances')(asked) ? refusal : undefined;
      const list = at.provider.list();
      await expect(list).rejects.toThrow(Doubt);
      await expect(list).rejects.toThrow(abroad);
    },
  );

  it.each([1, 2])('names a silent region, and shows nothing of it: page %i is refused', async (page) => {
    const far = { region: abroad, zone: `${abroad}a` };
    const { id } = at.cloud.plant({ 'callsheet:installation': installation }, far);
    at.crowd(12);
    at.cloud.trouble.pageSize = 5;
    let pages = 0;
    at.cloud.trouble.refuse = (asked) => {
      if (!inRegion(home, 'DescribeInstances')(asked)) return undefined;
      pages += 1;
      return pages >= page ? { code: 'UnauthorizedOperation' } : undefined;
    };
    const silences: Silence[] = [];
    const listed = await at.provider.list((silence) => silences.push(silence));
    expect(listed.map((machine) => machine.id)).toEqual([id]);
    expect(silences).toMatchObject([{ place: home, why: expect.stringContaining('UnauthorizedOperation') }]);
    const hides = (offering?: string) => silences[0]?.hides({ id: 'i-1', offering });
    const keys = [`${home}/spot/g4dn.xlarge/${home}a`, `${abroad}/spot/g4dn.xlarge/${abroad}a`];
    expect([undefined, 'nonsense', ...keys].map(hides)).toEqual([true, true, true, false]);
  });

  it('reads again what was not answered once', async () => {
    const ids = at.crowd(1);
    at.cloud.trouble.lose = ({ nth }) => nth === 1;
    expect(await at.ids()).toEqual(ids);
  });
});

describe('provider ec2, looking', () => {
  it('asks the region that it knows, and all that it has when it knows none', async () => {
    const [id = ''] = (await at.provider.launch(at.launch(1, 2))).started;
    at.spent();
    expect(await at.provider.look(id)).toMatchObject({ id });
    expect(at.spent()).toEqual({ DescribeInstances: 1 });
    expect(await at.fresh().look(id)).toMatchObject({ id });
    expect(at.spent()).toEqual({ DescribeInstances: 2 });
    expect(await at.fresh().look(absent(1))).toBeUndefined();
  });

  it('asks the region of a hint also where the configuration has left it', async () => {
    const [far = ''] = (await at.provider.launch(at.launch(1, 2))).started;
    const hint = `${abroad}/on-demand/g4dn.xlarge/${abroad}a`;
    const left = at.fresh({ regions: [home] });
    expect(await left.look(far, hint)).toMatchObject({ id: far });
    await at.provider.stop([far]);
    expect(await left.look(far, hint)).toBeUndefined();
  });

  it('throws when a region that may have it does not tell', async () => {
    at.cloud.trouble.refuse = (asked) => (asked.region === abroad ? unavailable : undefined);
    await expect(at.provider.look(absent(1))).rejects.toThrow(Doubt);
  });
});

describe('provider ec2, stopping', () => {
  it('ends a hundred machines a call, in the region where they are known to be', async () => {
    const ids = at.crowd(250);
    await at.provider.list();
    at.spent();
    expect(await at.provider.stop(ids)).toEqual({ failed: [] });
    expect(at.spent()).toEqual({ TerminateInstances: 3 });
    expect(await at.ids()).toEqual([]);
  });

  it('ends what it has never seen, wherever it is', async () => {
    const ids = at.crowd(3);
    const far = at.cloud.plant({}, { region: abroad, zone: `${abroad}a` }).id;
    expect(await at.fresh().stop([...ids, far])).toEqual({ failed: [] });
    expect(new Set(states([...ids, far]))).toEqual(new Set(['terminated']));
  });

  it('asks only the region that a hint names, though another one does not answer', async () => {
    const [near = ''] = at.crowd(1);
    const far = at.cloud.plant({}, { region: abroad, zone: `${abroad}a` }).id;
    at.cloud.trouble.refuse = ({ region }) => (region === abroad ? unavailable : undefined);
    const hints = new Map([[near, `${home}/spot/g4dn.xlarge/${home}a`]]);
    expect(await at.fresh().stop([near], hints)).toEqual({ failed: [] });
    expect(at.spent()).toEqual({ TerminateInstances: 1 });
    at.cloud.trouble.refuse = ({ region }) => (region === home ? unavailable : undefined);
    hints.set(far, `${abroad}/on-demand/g4dn.xlarge/${abroad}a`);
    expect(await at.fresh().stop([far], hints)).toEqual({ failed: [] });
    expect(states([near, far])).toEqual(['terminated', 'terminated']);
  });

  it('asks the region of a hint also where the configuration has left it', async () => {
    const far = at.cloud.plant({}, { region: abroad, zone: `${abroad}a` }).id;
    const hints = new Map([[far, `${abroad}/spot/g4dn.xlarge/${abroad}a`]]);
    expect(await at.fresh({ regions: [home] }).stop([far], hints)).toEqual({ failed: [] });
    expect(states([far])).toEqual(['terminated']);
  });

  it.each([undefined, 'nonsense'])('asks all regions where the hint is %s', async (hint) => {
    const far = at.cloud.plant({}, { region: abroad, zone: `${abroad}a` }).id;
    expect(await at.fresh().stop([far], new Map([[far, hint]]))).toEqual({ failed: [] });
    expect(states([far])).toEqual(['terminated']);
  });

  it('has stopped what one region has ended, though another one does not answer', async () => {
    const ids = at.crowd(3);
    at.cloud.trouble.refuse = (asked) => (asked.region === abroad ? unavailable : undefined);
    expect(await at.fresh().stop([...ids, absent(7)])).toEqual({ failed: [absent(7)] });
    expect(new Set(states(ids))).toEqual(new Set(['terminated']));
  });

  it('ends all others when some ids are unknown, malformed or over', async () => {
    const ids = at.crowd(20);
    at.cloud.end(ids[3] ?? '');
    await at.provider.list();
    const strangers = [absent(1), 'i-zzz', '../nobody', '', absent(2)];
    at.spent();
    expect(await at.provider.stop([...ids.slice(0, 10), ...strangers, ...ids.slice(10), ...ids])).toEqual({
      failed: [],
    });
    // Here twice, since EC2 names the strangers; once elsewhere, where they might be.
    expect(at.spent().TerminateInstances).toBe(3);
    expect(new Set(states(ids))).toEqual(new Set(['terminated']));
  });

  it('finds the bad one also where EC2 does not name it', async () => {
    const ids = at.crowd(16);
    at.cloud.trouble.refuse = (asked) =>
      inRegion(home, 'TerminateInstances')(asked) && asked.nth % 2 === 1
        ? { code: 'UnauthorizedOperation', message: 'You are not authorized to perform this operation.' }
        : undefined;
    const { failed } = await at.fresh().stop(ids);
    expect(states(failed).every((state) => state === 'running')).toBe(true);
    expect(states(ids).filter((state) => state === 'terminated')).toHaveLength(16 - failed.length);
    expect(failed.length).toBeLessThan(16);
  });

  it('names what is protected, and ends the rest', async () => {
    const ids = at.crowd(5);
    await at.provider.list();
    at.cloud.trouble.guarded = [ids[2] ?? ''];
    expect(await at.provider.stop(ids)).toEqual({ failed: [ids[2]] });
    expect(await at.ids()).toEqual([ids[2]]);
  });

  it.each([throttled, unavailable])('fails for all at $code, and asks for no halves', async (refusal) => {
    const ids = at.crowd(4);
    await at.provider.list();
    at.cloud.trouble.refuse = ({ operation }) => (operation === 'TerminateInstances' ? refusal : undefined);
    at.spent();
    expect(await at.provider.stop(ids)).toEqual({ failed: ids });
    expect(at.spent().TerminateInstances).toBeLessThanOrEqual(3);
  });

  it('fails for what may be in a region that does not answer, and for nothing else', async () => {
    const [known = ''] = at.crowd(1);
    await at.provider.list();
    at.cloud.trouble.refuse = (asked) => (asked.region === abroad ? unavailable : undefined);
    expect(await at.provider.stop([known, absent(7)])).toEqual({ failed: [absent(7)] });
    expect(states([known])).toEqual(['terminated']);
  });

  it('has stopped what EC2 would not end because it had ended meanwhile', async () => {
    const [id = ''] = at.crowd(1);
    at.cloud.end(id);
    at.cloud.trouble.refuse = ({ operation }) =>
      operation === 'TerminateInstances' ? { code: 'IncorrectInstanceState' } : undefined;
    expect(await at.provider.stop([id])).toEqual({ failed: [] });
  });

  it('counts what EC2 does not show yet as absent: the next stop meets it', async () => {
    at.cloud.trouble.shownAfterMs = 30_000;
    const { started } = await at.provider.launch(at.launch(1));
    expect(await at.provider.stop(started)).toEqual({ failed: [] });
    at.clock.now += minute;
    expect(await at.ids()).toEqual(started);
    await at.provider.stop(started);
    expect(await at.ids()).toEqual([]);
  });
});
