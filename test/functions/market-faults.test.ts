// What the core makes of a cloud's refusals, through the real handlers: logged, remembered, and rested from.
import { describe, expect, it } from 'vitest';
import { emptyLedger } from '../../shared/scheduler/money.ts';
import type { Fault } from '../../shared/scheduler/ports.ts';
import { keyOf, type MarketCrew, marketCrew, minute, settle, spot, zoneA, zoneB } from './market-crew.ts';

/** The first rung answers each launch with these faults, as long as there are any. */
function refusing(film: MarketCrew, faults: Fault[]): Fault[] {
  const { launch } = film.market;
  film.market.launch = async (intent, again) =>
    intent.rung === 0 && faults.length > 0 ? { started: [], faults: [...faults] } : launch(intent, again);
  return faults;
}

const restOf = async (film: MarketCrew) => (await film.store.open.read('gpu')).pool.closedRungs[0];

/** How long the first rung rests from now on, in minutes. */
const minutesOf = async (film: MarketCrew): Promise<number> =>
  ((await restOf(film))?.until ?? 0) / minute - film.ports.clock.now() / minute;

describe('what a cloud says', () => {
  it.each<[Fault, string | undefined]>([
    [{ kind: 'capacity', why: 'none left' }, undefined],
    [{ kind: 'throttled', why: 'too many requests' }, undefined],
    [{ kind: 'quota', why: 'a quota is used up' }, 'error'],
    [{ kind: 'invalid', why: 'no such template' }, 'error'],
    [{ kind: 'capacity', why: 'the unknown code Strange', unknown: true }, 'error'],
  ])('is logged, and reported where an admin can do something: %j', async (fault, level) => {
    const film = marketCrew();
    refusing(film, [fault]);
    await film.queue('1', 'film/color');
    await film.pass();
    const line = film.lines.find(({ unit }) => unit === 'launch');
    expect(line).toMatchObject({
      pool: 'gpu',
      launch: 'gpu-1',
      rung: 0,
      outcome: fault.kind,
      why: fault.why,
    });
    expect(line?.level).toBe(level);
  });

  it.each<[Fault['kind'], number]>([
    ['capacity', 120],
    ['quota', 300],
  ])('is kept in full with its launch, and where all pools read it in short: %s', async (kind, length) => {
    const film = marketCrew();
    const why = 'x'.repeat(500);
    refusing(film, [{ kind, why, shelves: [keyOf(spot, zoneA), keyOf(spot, zoneB)] }]);
    await film.queue('1', 'film/color');
    await film.pass();
    expect((await film.store.open.read('gpu')).launches[0]?.why).toBe(why);
    expect((await film.marks())[keyOf(spot, zoneA)]?.why).toBe(`${kind}: ${why}`.slice(0, length));
  });
});

describe('a rung that refuses what the configuration asks for', () => {
  const invalid: Fault = { kind: 'invalid', why: 'no such template' };

  it('rests for five minutes, longer each time in a row, and anew after it has given all', async () => {
    const film = marketCrew();
    const faults = refusing(film, [invalid]);
    const rests: number[] = [];
    for (const id of ['1', '2', '3']) {
      await film.queue(id, 'film/color');
      await settle(film);
      rests.push(await minutesOf(film));
      film.later((rests.at(-1) ?? 0) * minute);
    }
    expect(rests).toEqual([5, 10, 20]);
    faults.length = 0;
    await film.queue('4', 'film/color');
    await settle(film);
    expect(film.market.machines.get('i-gpu-7-0')).toMatchObject({ terms: { offering: keyOf(spot, zoneA) } });
    faults.push(invalid);
    await film.queue('5', 'film/color');
    await settle(film);
    expect(await minutesOf(film)).toBe(5);
  });

  it('rests as for want of capacity where it costs nothing to look again', async () => {
    const film = marketCrew();
    refusing(film, [{ ...invalid, cheap: true }]);
    await film.queue('1', 'film/color');
    await settle(film);
    expect(await minutesOf(film)).toBe(3);
    const shelves = [keyOf(spot, zoneA), keyOf(spot, zoneB)];
    refusing(film, [{ ...invalid, cheap: true, shelves }]);
    film.later(3 * minute);
    await film.queue('2', 'film/color');
    await settle(film);
    expect((await film.marks())[keyOf(spot, zoneA)]?.until).toBe(film.ports.clock.now() + 3 * minute);
  });
});

describe('a mark that has ended, and is renewed for the one who asks', () => {
  /** Three minutes after both zones were found empty; there are machines again. */
  async function ended(): Promise<MarketCrew> {
    const film = marketCrew({ spotPatienceMinutes: 60 });
    film.market.lacks.set(keyOf(spot, zoneA), 'capacity');
    film.market.lacks.set(keyOf(spot, zoneB), 'capacity');
    await film.queue('1', 'film/color');
    await settle(film);
    film.market.lacks.clear();
    film.later(3 * minute);
    return film;
  }

  const endsOf = async (film: MarketCrew): Promise<number[]> =>
    Object.values(await film.marks()).map(({ until }) => (until - film.ports.clock.now()) / minute);

  it('has ended again when the cloud throttles: another pool may ask at once', async () => {
    const film = await ended();
    film.market.trouble.throttles = true;
    await film.pass();
    expect(await endsOf(film)).toEqual([0, 0]);
    film.market.trouble.throttles = false;
    await film.queue('2', 'film/color', { labels: ['xl'] });
    await settle(film, 'xl');
    expect((await film.builder('i-xl-1-0', 'xl')).job).toBe('2');
  });

  it('is not renewed where the money was taken meanwhile', async () => {
    const film = await ended();
    const { put } = film.store.open;
    const current = { ...emptyLedger('+', '2026-11-21'), version: 9, settled: { color: 1e12 } };
    film.store.open.put = async (item) =>
      item.kind === 'ledger' ? { ok: false, current: { ...item, ...current } } : put(item);
    await film.pass();
    expect(await endsOf(film)).toEqual([0, 0]);
  });

  it('has ended again when another pass has written the launch', async () => {
    const film = await ended();
    const { put } = film.store.open;
    film.store.open.put = async (item) =>
      item.kind === 'launch' && item.version === 0
        ? { ok: false, current: { ...item, version: 1 } }
        : put(item);
    await film.pass();
    expect(film.lines).toContainEqual(expect.objectContaining({ outcome: 'abandoned' }));
    expect(await endsOf(film)).toEqual([0, 0]);
  });
});
