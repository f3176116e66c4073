// The ladder on a market through the real handlers: what is empty is remembered by all, and patience is kept.
import { describe, expect, it } from 'vitest';
import {
  keyOf,
  type MarketCrew,
  marketCrew,
  minute,
  onDemand,
  settle,
  spot,
  zoneA,
  zoneB,
} from './market-crew.ts';

const askedFor = ({ market }: MarketCrew): string[] =>
  market.asked.map(({ launch, offerings }) => `${launch}: ${offerings.join(' ')}`);

const bothZones = (shelf: string): string => `${keyOf(shelf, zoneA)} ${keyOf(shelf, zoneB)}`;

const whyOf = async (film: MarketCrew, id: string): Promise<string | undefined> =>
  (await film.job(id)).verdict?.why;

describe('an empty market', () => {
  it('leads down the ladder at once where no patience is asked for', async () => {
    const film = marketCrew();
    film.market.lacks.set(spot, 'capacity');
    film.market.lacks.set(onDemand, 'quota');
    await film.queue('1', 'film/color');
    await settle(film);
    expect(askedFor(film)).toEqual([`gpu-1: ${bothZones(spot)}`, `gpu-2: ${bothZones(onDemand)}`]);
    const { builders, pool } = await film.store.open.read('gpu');
    expect(builders.map(({ provider, rung, job }) => `${provider} ${rung} ${job}`)).toEqual([
      'codebuild 2 1',
    ]);
    expect(pool.closedRungs).toEqual({});
    expect(film.lines).toContainEqual(
      expect.objectContaining({ unit: 'launch', level: 'error', outcome: 'quota', rung: 1 }),
    );
  });

  it('is hoped for as long as the rung says, asked every three minutes, and the job is told', async () => {
    const film = marketCrew({ spotPatienceMinutes: 10 });
    film.market.lacks.set(spot, 'capacity');
    await film.queue('1', 'film/color');
    const began = film.ports.clock.now();
    await settle(film);
    expect((await film.job('1')).verdict).toMatchObject({ code: 'no-rung', state: 'waiting' });
    expect(await whyOf(film, '1')).toBe(
      'Pool gpu can get no builder now: capacity: no machine of g4dn.xlarge; ' +
        'the next way is asked at 12:10 UTC.',
    );
    for (let passed = 0; passed < 9; passed += 1) {
      film.later(minute);
      await settle(film);
    }
    expect(film.market.asked.map(({ at }) => (at - began) / minute)).toEqual([0, 3, 6, 9]);
    film.later(minute);
    await settle(film);
    expect(askedFor(film).at(-1)).toBe(`gpu-5: ${bothZones(onDemand)}`);
    const { builders } = await film.store.open.read('gpu');
    expect(builders[0]).toMatchObject({ rung: 1, offering: keyOf(onDemand, zoneA), usdPerHour: 0.526 });
  });

  it('is given its patience anew after it has given all that was asked', async () => {
    const film = marketCrew({ spotPatienceMinutes: 5 });
    film.market.lacks.set(spot, 'capacity');
    await film.queue('1', 'film/color');
    await settle(film);
    film.market.lacks.clear();
    film.later(3 * minute);
    await settle(film);
    expect((await film.store.open.read('gpu')).builders).toHaveLength(1);
    film.market.lacks.set(spot, 'capacity');
    await film.queue('2', 'film/color');
    await settle(film);
    film.later(3 * minute);
    await settle(film);
    expect(await whyOf(film, '2')).toContain('the next way is asked at 12:08 UTC');
    expect(film.market.asked.every(({ offerings }) => offerings.every((key) => key.startsWith(spot)))).toBe(
      true,
    );
  });

  it("tells everybody on GitHub without the cloud's words", async () => {
    const film = marketCrew({ spotPatienceMinutes: 10 });
    film.market.lacks.set(spot, 'quota');
    await film.queue('1', 'film/color');
    await settle(film);
    for (let passed = 0; passed < 7; passed += 1) {
      film.later(minute);
      await settle(film);
    }
    expect(film.github.sent).toHaveLength(1);
    const { summary = '' } = film.github.sent[0]?.check ?? {};
    expect(summary).toContain(
      "a quota of the cloud's account is used up; the next way is asked at 12:10 UTC",
    );
    expect(summary).not.toContain('g4dn');
  });
});

describe('what is empty', () => {
  it('is one offering where the fault says so: the others are asked at once', async () => {
    const film = marketCrew();
    film.market.stock.set(keyOf(spot, zoneA), 1);
    film.market.stock.set(keyOf(spot, zoneB), 1);
    for (const id of ['1', '2', '3']) await film.queue(id, 'film/color');
    await settle(film);
    expect(askedFor(film)).toEqual([`gpu-1: ${bothZones(spot)}`, `gpu-2: ${bothZones(onDemand)}`]);
    const { builders } = await film.store.open.read('gpu');
    expect(builders.map(({ job, offering, project }) => `${job} ${offering} ${project}`)).toEqual([
      `1 ${keyOf(spot, zoneA)} color`,
      `2 ${keyOf(spot, zoneB)} color`,
      `3 ${keyOf(onDemand, zoneA)} color`,
    ]);
  });

  it('is not asked for by another pool, and by one of them after three minutes', async () => {
    const film = marketCrew({ spotPatienceMinutes: 60 });
    film.market.lacks.set(keyOf(spot, zoneA), 'capacity');
    film.market.lacks.set(keyOf(spot, zoneB), 'capacity');
    await film.queue('1', 'film/color');
    await film.queue('2', 'film/color', { labels: ['xl'] });
    await settle(film);
    await settle(film, 'xl');
    expect(askedFor(film)).toEqual([`gpu-1: ${bothZones(spot)}`]);
    expect((await film.job('2', 'xl')).verdict?.why).toContain('the next way is asked at 13:00 UTC');
    film.later(3 * minute);
    await Promise.all([film.pass('gpu'), film.pass('xl')]);
    expect(film.market.asked).toHaveLength(2);
    film.market.lacks.clear();
    film.later(3 * minute);
    await settle(film, 'xl');
    expect(await film.marks()).toMatchObject({
      [keyOf(spot, zoneB)]: { why: expect.stringContaining('capacity') },
    });
    expect(await film.marks()).not.toHaveProperty(keyOf(spot, zoneA));
    await settle(film);
    expect(film.market.machines.size).toBe(2);
  });

  it('is remembered for an hour where the cloud refuses what is asked', async () => {
    const film = marketCrew();
    film.market.lacks.set(keyOf(spot, zoneA), 'invalid');
    film.market.stock.set(keyOf(spot, zoneB), 0);
    await film.queue('1', 'film/color');
    await settle(film);
    const marks = await film.marks();
    const ends = [zoneA, zoneB].map(
      (zone) => (marks[keyOf(spot, zone)]?.until ?? 0) - film.ports.clock.now(),
    );
    expect(ends).toEqual([60 * minute, 3 * minute]);
  });

  it('closes no rung; a fault that names no shelf does', async () => {
    const film = marketCrew();
    const { launch } = film.market;
    film.market.launch = async (intent, again) =>
      intent.rung === 0
        ? { started: [], faults: [{ kind: 'invalid', why: 'no such template' }] }
        : launch(intent, again);
    await film.queue('1', 'film/color');
    await settle(film);
    const { pool, builders } = await film.store.open.read('gpu');
    expect(pool.closedRungs[0]).toMatchObject({ why: 'invalid: no such template' });
    expect(builders.map(({ rung }) => rung)).toEqual([1]);
  });

  it('is avoided by its pool for twenty minutes after a machine has failed its health check', async () => {
    const film = marketCrew();
    await film.queue('1', 'film/color');
    await settle(film);
    const failure = { proof: 'proof of i-gpu-1-0', why: 'nvidia-smi finds no GPU', log: 'end of it' };
    const { status } = await film.progress('i-gpu-1-0', false, { failure });
    expect(status).toBe(200);
    expect(await film.builder('i-gpu-1-0')).toMatchObject({
      phase: 'stopping',
      why: failure.why,
      log: failure.log,
    });
    expect((await film.marks())[`pool/gpu/${keyOf(spot, zoneA)}`]).toEqual({
      until: film.ports.clock.now() + 20 * minute,
      why: 'failed: nvidia-smi finds no GPU',
    });
    await settle(film);
    expect(askedFor(film).at(-1)).toBe(`gpu-2: ${keyOf(spot, zoneB)}`);
    expect(await film.builder('i-gpu-2-0')).toMatchObject({ job: '1', offering: keyOf(spot, zoneB) });
    // The image of one pool may be at fault: another pool asks for what it wants.
    await film.queue('2', 'film/color', { labels: ['xl'] });
    await settle(film, 'xl');
    expect(askedFor(film).at(-1)).toContain(keyOf(spot, zoneA));
  });
});

describe('a run that has lost a spot machine', () => {
  it('goes to another rung, and others to spot in the pass after it', async () => {
    const film = marketCrew();
    await film.queue('1', 'film/color', { runId: '90' });
    await film.queue('2', 'film/color', { runId: '91' });
    await film.put({
      kind: 'run',
      version: 0,
      pool: 'gpu',
      id: '90',
      repository: 'film/color',
      event: 'push',
      trust: 'trusted',
      why: 'a push',
      askedAt: film.ports.clock.now(),
      reruns: 1,
    });
    film.rings.length = 0;
    await film.pass();
    expect(film.rings).toContain('gpu');
    await settle(film);
    const { builders } = await film.store.open.read('gpu');
    expect(builders.map(({ rung, job }) => `${rung} ${job}`).sort()).toEqual(['0 2', '1 1']);
  });
});

/** The port; each call is noted by its name, and what it is about. */
const noting = <Port extends object>(calls: string[], port: Port): Port =>
  new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || name === 'request') return method;
      return (...args: { kind?: string }[]) => {
        calls.push(`${String(name)} ${args[0]?.kind ?? String(args[0])}`);
        return Reflect.apply(method, target, args);
      };
    },
  });

describe('256 jobs at once', () => {
  it('are one launch', async () => {
    const film = marketCrew();
    for (let id = 1; id <= 256; id += 1) await film.queue(String(id), 'film/color', { runId: '90' });
    await settle(film);
    expect(film.market.asked).toHaveLength(1);
    expect(film.market.machines.size).toBe(256);
  });

  it('cost two reads and two writes before the cloud is asked', async () => {
    const film = marketCrew();
    await film.queue('1', 'film/color');
    const calls: string[] = [];
    film.ports.open = noting(calls, film.store.open);
    film.ports.providers.ec2 = noting(calls, film.market);
    await film.pass();
    expect(calls.slice(0, calls.indexOf('launch launch'))).toEqual([
      'read gpu',
      'read +',
      'put ledger',
      'put launch',
    ]);
  });
});
