// The money of hosts through the real handlers: a day is reserved at once, longer use before it begins.
import { describe, expect, it } from 'vitest';
import { balance, raise } from '../../shared/operations/money/ledger.ts';
import { evening, hour, type MacCrew, macCrew } from './mac-crew.ts';

const macs = { labels: ['mac'] };
/** What is reserved for a new M1 host: 24.5 hours. */
const day = 15.925;

const project = (name: string, maxUsdPerDay: number, pools = ['mac']) => ({
  [name]: { repositories: [`film/${name}`], pools, maxUsdPerDay },
});

const codeOf = async (film: MacCrew, id: string) => (await film.job(id, 'mac')).verdict?.code;

describe('a host', () => {
  it('has its day reserved before it is written down, at the cost of the project that asks', async () => {
    const film = macCrew();
    const { put } = film.store.open;
    const order: string[] = [];
    film.store.open.put = (item) => {
      order.push(item.kind);
      return put(item);
    };
    await film.queue('1', 'film/color', macs);
    await film.settle();
    expect(order.indexOf('ledger')).toBeLessThan(order.indexOf('host'));
    const ledger = await film.store.open.get('+', 'ledger', '2026-11-21');
    expect(ledger?.open).toMatchObject({ 'mac-1': { microUsd: { color: day * 1e6 } } });
  });

  it('is not asked for where a daily limit leaves too little: the job is held, and told', async () => {
    const film = macCrew();
    film.ports.config.maxUsdPerDay = day - 0.01;
    await film.queue('1', 'film/color', macs);
    await film.settle();
    expect(film.macs.all.size).toBe(0);
    expect(await codeOf(film, '1')).toBe('daily-limit');
    film.ports.config.maxUsdPerDay = day;
    await film.settle();
    expect(film.macs.all.size).toBe(1);
  });

  it('is asked for once where two pools have money for one', async () => {
    const pools = ['mac', 'lab'];
    const film = macCrew({ lab: true, projects: project('color', 1.5 * day, pools) });
    await film.queue('1', 'film/color', macs);
    await film.queue('2', 'film/color', { labels: ['lab'] });
    await Promise.all([film.pass('mac'), film.pass('lab')]);
    for (const pool of pools) await film.pass(pool);
    expect(film.macs.all.size).toBe(1);
    expect((await film.money()).open).toBe(day);
  });

  it('whose day is over takes no job that there is no money for', async () => {
    const film = await evening(
      macCrew({ projects: { ...project('color', 1000), ...project('volume', 1000) } }),
    );
    film.ports.config.maxUsdPerDay = 0;
    await film.queue('2', 'film/volume', macs);
    await film.minutes(3);
    expect(film.macs.machines.size).toBe(0);
    expect(await codeOf(film, '2')).toBe('daily-limit');
    film.ports.config.maxUsdPerDay = 1000;
    await film.minutes(1);
    expect(film.macs.machines.size).toBe(1);
  });

  it('that cannot be released has what it goes on to cost in the ledger of the day', async () => {
    const film = await evening(macCrew());
    const lateMinute = async () => {
      await expect(film.minutes(1)).rejects.toThrow('its paid day is over');
      await film.settle();
    };
    film.macs.trouble.refusal = 'the host is in use';
    film.later(3 * hour);
    await lateMinute();
    await lateMinute();
    const ledger = await film.store.open.get('+', 'ledger', '2026-11-22');
    const [entry] = Object.values(ledger?.open ?? {});
    const late = film.ports.clock.now() - (await film.host()).askedAt - 24.5 * hour;
    expect(entry?.microUsd.color).toBeGreaterThanOrEqual((late / hour) * 650_000);
    film.macs.trouble.refusal = undefined;
    await lateMinute();
    const { open, settled } = await film.money();
    expect([open, settled >= film.macs.billed()]).toEqual([0, true]);
  });

  it('that is kept by the configuration is paid day by day, in advance', async () => {
    const film = await evening(macCrew({ rung: { afterwards: 'keep' } }));
    await film.minutes(45);
    expect((await film.host()).phase).toBe('held');
    expect((await film.money()).open).toBeGreaterThan(1.9 * day);
  });
});

describe('the money of a host that is about to be written', () => {
  it('is not taken for that of a launch of the same number, whose machine costs nothing', async () => {
    const film = macCrew();
    const now = film.ports.clock.now();
    await film.store.open.put({
      ...{ kind: 'launch', pool: 'mac', id: 'mac-7', version: 0, phase: 'answered', provider: 'mac' },
      ...{ rung: 0, n: 1, request: '{}', deal: [], askedAt: now, answeredAt: now, host: 'mac-1' },
    });
    const state = await film.store.open.read('mac');
    await raise(film.ports, state, 'mac-7', { at: now, microUsd: { color: 1_000_000 } });
    await balance(film.ports, state, now);
    expect((await film.money()).open).toBe(1);
    // Nobody has written it.
    await balance(film.ports, state, now + film.ports.standard.reservationMs + 1);
    expect((await film.money()).open).toBe(0);
  });
});
