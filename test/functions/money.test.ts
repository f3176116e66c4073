// Money through the real handlers: reserved before a launch, settled when its builders end.
import { describe, expect, it } from 'vitest';
import { crew } from './crew.ts';
import { type MarketCrew, marketCrew, minute, spot, zoneA } from './market-crew.ts';

const hour = 60 * minute;
/** What a builder may cost at most: an hour, at the price on demand. */
const worst = 0.526;

const verdictOf = async (film: MarketCrew, id: string): Promise<string> => {
  const { verdict } = await film.job(id);
  return `${verdict?.state} ${verdict?.code}: ${verdict?.why}`;
};

/** Jobs of project `color` wait, and a pass has looked at them. */
async function waiting(film: MarketCrew, ...ids: string[]): Promise<MarketCrew> {
  for (const id of ids) await film.queue(id, 'film/color', { runId: '90' });
  await film.pass();
  return film;
}

const running = ({ market }: MarketCrew): string[] => [...market.machines.keys()].sort();

describe('a launch', () => {
  it('reserves what its builders may cost at most, before it is written down', async () => {
    const film = marketCrew();
    const { put } = film.store.open;
    const order: string[] = [];
    film.store.open.put = (item) => {
      order.push(item.kind);
      return put(item);
    };
    await waiting(film, '1', '2');
    expect(order.indexOf('ledger')).toBeLessThan(order.indexOf('launch'));
    expect(await film.money()).toEqual({ open: 2 * worst, settled: {} });
  });

  it('is settled at what its builders have cost when all have ended', async () => {
    const film = await waiting(marketCrew(), '1', '2');
    film.later(10 * minute);
    await film.gone('i-gpu-1-0');
    await film.tell('1', { status: 'completed', conclusion: 'success' });
    await film.pass();
    expect(await film.money()).toEqual({ open: 0.087_667 + worst, settled: {} });
    film.later(20 * minute);
    await film.gone('i-gpu-1-1');
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await film.pass();
    await film.pass();
    expect(await film.money()).toEqual({ open: 0, settled: { color: 0.087_667 + 0.263 } });
    const { launches } = await film.store.open.read('gpu');
    expect(launches.map(({ settledAt }) => settledAt)).toEqual([film.ports.clock.now()]);
  });

  it('reserves nothing for what the market did not give', async () => {
    const film = marketCrew();
    film.market.stock.set(`${spot}/g4dn.xlarge/${zoneA}`, 1);
    film.market.lacks.set(`${spot}/g4dn.xlarge/us-east-1b`, 'capacity');
    await waiting(film, '1', '2', '3');
    expect(await film.money()).toEqual({ open: worst, settled: {} });
  });

  it('is settled by the reaper where no pass comes, and stays in the table until then', async () => {
    const film = await waiting(marketCrew(), '1');
    const { put } = film.store.open;
    film.store.open.put = (item) => (item.kind === 'ledger' ? Promise.reject(new Error('away')) : put(item));
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    await film.gone('i-gpu-1-0');
    film.later(2 * hour);
    await expect(film.sweep()).rejects.toThrow('money of pool gpu: away');
    expect((await film.store.open.read('gpu')).builders).toHaveLength(1);
    film.store.open.put = put;
    await film.sweep();
    expect(await film.money()).toEqual({ open: 0, settled: { color: 0 } });
    await film.sweep();
    expect(await film.store.open.read('gpu')).toMatchObject({ builders: [], launches: [] });
  });

  it('of a rung that costs nothing touches no ledger', async () => {
    const film = crew();
    const read: string[] = [];
    const { read: readPool } = film.store.open;
    film.store.open.read = (pool) => {
      read.push(pool);
      return readPool(pool);
    };
    await film.queue('1', 'film/color');
    await film.pass();
    expect(film.cloud.machines.size).toBe(1);
    expect(read).not.toContain('+');
    await film.sweep();
    expect((await readPool('+')).ledgers).toEqual([]);
  });
});

describe('a daily limit', () => {
  it('of a project holds its jobs, and no others, until the next day', async () => {
    const film = marketCrew({ projectUsdPerDay: 2 * worst });
    await film.queue('9', 'film/volume');
    await waiting(film, '1', '2', '3');
    expect(running(film)).toHaveLength(3);
    expect(await verdictOf(film, '3')).toBe(
      'held daily-limit: The daily limit of project color (1.052 USD) is reached, resets 00:00 UTC.',
    );
    film.later(11 * hour);
    for (const id of running(film)) await film.gone(id);
    for (const id of ['1', '2', '9']) await film.tell(id, { status: 'completed', conclusion: 'success' });
    await film.pass();
    expect((await film.job('3')).verdict?.code).toBe('daily-limit');
    film.later(hour);
    await film.pass();
    expect(running(film)).toEqual(['i-gpu-2-0']);
    expect(await film.money('2026-11-22')).toEqual({ open: worst, settled: {} });
  });

  it('of the installation holds the jobs of everybody', async () => {
    const film = marketCrew({ maxUsdPerDay: 0.6 });
    await waiting(film, '1');
    await film.queue('9', 'film/volume');
    await film.pass();
    expect(running(film)).toHaveLength(1);
    expect(await verdictOf(film, '9')).toBe(
      'held daily-limit: The daily limit of this installation (0.6 USD) is reached, resets 00:00 UTC.',
    );
  });

  it('is told on GitHub', async () => {
    const film = await waiting(marketCrew({ projectUsdPerDay: 0.6 }), '1', '2');
    film.later(6 * minute);
    await film.pass();
    const told = film.github.sent.find(({ check }) => check.title === 'Waiting: a daily limit is reached');
    expect(told?.check.summary).toContain('The daily limit of project color');
    expect(told?.check.summary).toContain('resets 00:00 UTC');
  });

  it('has room again when a builder has cost less than was reserved', async () => {
    const film = await waiting(marketCrew({ projectUsdPerDay: 1.5 * worst }), '1', '2');
    expect(running(film)).toEqual(['i-gpu-1-0']);
    film.later(5 * minute);
    await film.tell('1', { status: 'completed', conclusion: 'success' });
    await film.gone('i-gpu-1-0');
    await film.pass();
    expect(running(film)).toEqual(['i-gpu-2-0']);
  });

  it('is not overstepped by two pools at once', async () => {
    const film = marketCrew({ projectUsdPerDay: 1.5 * worst });
    await film.queue('1', 'film/color');
    await film.queue('2', 'film/color', { labels: ['xl'] });
    film.rings.length = 0;
    await Promise.all([film.pass('gpu'), film.pass('xl')]);
    expect(running(film)).toHaveLength(1);
    expect(film.rings).toHaveLength(1);
    const [pool = ''] = film.rings;
    await film.pass(pool);
    const { jobs } = await film.store.open.read(pool);
    expect(jobs[0]?.verdict?.code).toBe('daily-limit');
    expect(await film.money()).toEqual({ open: worst, settled: {} });
  });

  it('does not touch what runs, and deals no machine to a project that has not paid for it', async () => {
    const film = await waiting(marketCrew({ projectUsdPerDay: 0.6 }), '1');
    await film.queue('9', 'film/volume');
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    await film.pass();
    expect((await film.builder('i-gpu-1-0')).job).toBeUndefined();
    expect(await film.builder('i-gpu-2-0')).toMatchObject({ project: 'volume', job: '9' });
    await waiting(film, '2');
    expect(await film.builder('i-gpu-1-0')).toMatchObject({ project: 'color', job: '2' });
    expect(await film.money()).toEqual({ open: 2 * worst, settled: {} });
  });
});

describe('a crash between the ledger and the launch', () => {
  /** The pass has died behind the reservation. */
  async function died(film: MarketCrew): Promise<MarketCrew> {
    const { put } = film.store.open;
    film.store.open.put = (item) => (item.kind === 'launch' ? Promise.reject(new Error('died')) : put(item));
    await waiting(film, '1');
    film.store.open.put = put;
    expect(film.market.asked).toEqual([]);
    expect(await film.money()).toEqual({ open: worst, settled: {} });
    return film;
  }

  it('takes the money once: the launch of that number uses it', async () => {
    const film = await died(marketCrew());
    await film.pass();
    expect(running(film)).toEqual(['i-gpu-1-0']);
    expect(await film.money()).toEqual({ open: worst, settled: {} });
  });

  it('gives the money back after two minutes, when nobody wants it', async () => {
    const film = await died(marketCrew());
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    film.later(2 * minute);
    await film.sweep();
    expect(await film.money()).toEqual({ open: worst, settled: {} });
    film.later(1);
    await film.sweep();
    expect(await film.money()).toEqual({ open: 0, settled: {} });
  });

  it('gives the money back though its pool has left the configuration', async () => {
    const film = await died(marketCrew());
    const { gpu: _, ...pools } = film.ports.config.pools;
    film.ports.config.pools = pools;
    film.later(3 * minute);
    await film.sweep();
    expect(await film.money()).toEqual({ open: 0, settled: {} });
  });

  it('gives nothing back while a record of the pool cannot be read: it may be the launch', async () => {
    const film = await died(marketCrew());
    film.store.poison('gpu', '1#launch#gpu-000000000001');
    film.later(3 * minute);
    await film.sweep().catch(() => undefined);
    expect(await film.money()).toEqual({ open: worst, settled: {} });
  });
});

describe('a machine whose launch got no answer', () => {
  it('keeps its money until nothing of it can show up any more', async () => {
    const film = marketCrew();
    film.market.trouble.answersLost = true;
    await waiting(film, '1');
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    film.market.machines.clear();
    film.later(14 * minute);
    await film.pass();
    expect((await film.store.open.read('gpu')).launches[0]).toMatchObject({ phase: 'closed' });
    film.later(10 * minute);
    await film.sweep();
    expect(await film.money()).toEqual({ open: worst, settled: {} });
    film.later(1);
    await film.sweep();
    expect(await film.money()).toEqual({ open: 0, settled: {} });
  });

  it('is adopted with its price, paid by the project that it was started for', async () => {
    const film = marketCrew();
    film.market.trouble.answersLost = true;
    await waiting(film, '1');
    film.later(2 * minute);
    await film.sweep();
    await film.pass();
    const adopted = {
      usdPerHour: worst,
      offering: `${spot}/g4dn.xlarge/${zoneA}`,
      project: 'color',
      job: '1',
    };
    expect(await film.builder('i-gpu-1-0')).toMatchObject(adopted);
    expect(await film.money()).toEqual({ open: worst, settled: {} });
  });
});

describe('the ledger of a day', () => {
  it('that cannot be read is reported, starts nothing, and settles nothing', async () => {
    const film = await waiting(marketCrew(), '1');
    film.store.poison('+', '8#ledger#2026-11-21');
    await film.tell('1', { status: 'completed', conclusion: 'success' });
    await film.gone('i-gpu-1-0');
    await waiting(film, '2');
    expect(running(film)).toEqual([]);
    await expect(film.sweep()).rejects.toThrow('ledgers: 1 items cannot be read: 8#ledger#2026-11-21');
    const { launches } = await film.store.open.read('gpu');
    expect(launches.map(({ settledAt }) => settledAt)).toEqual([undefined]);
  });

  it('is removed an hour after the day when nothing is open in it', async () => {
    const film = await waiting(marketCrew(), '1');
    film.later(13 * hour + minute);
    await film.sweep();
    expect(await film.store.open.get('+', 'ledger', '2026-11-21')).toBeDefined();
    await film.tell('1', { status: 'completed', conclusion: 'success' });
    await film.gone('i-gpu-1-0');
    await film.sweep();
    await film.sweep();
    expect(await film.store.open.get('+', 'ledger', '2026-11-21')).toBeUndefined();
  });
});
