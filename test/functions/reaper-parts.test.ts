// The parts of a sweep: each is done however the others fare, and none is without bound.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const b = 'memory-gpu-1-0';

async function lostLaunch(): Promise<Crew> {
  const film = crew();
  film.cloud.trouble.answersLost = true;
  await film.queue('1', 'film/color');
  await film.pass();
  film.cloud.trouble.answersLost = false;
  return film;
}

const alive = async (film: Crew) =>
  (await film.store.open.read('gpu')).builders.filter(({ phase }) => phase !== 'gone').map(({ id }) => id);

describe('a machine whose launch was never answered', () => {
  it('is adopted while the launch may be asked again, and stays one', async () => {
    const film = await lostLaunch();
    film.later(2 * minute);
    await film.sweep();
    expect(await alive(film)).toEqual([b]);
    await film.pass();
    expect(await alive(film)).toEqual([b]);
    expect(film.cloud.machines.size).toBe(1);
    expect((await film.builder(b)).job).toBe('1');
  });

  it('is adopted after the launch is closed, with a ring for its pool', async () => {
    const film = await lostLaunch();
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    film.later(9 * minute);
    await film.pass();
    const [launch] = (await film.store.open.read('gpu')).launches;
    expect(launch?.phase).toBe('closed');
    film.rings.length = 0;
    await film.sweep();
    expect(await alive(film)).toEqual([b]);
    expect(film.rings).toEqual(['gpu']);
  });

  it('is adopted when its launch stands in history only', async () => {
    const film = await lostLaunch();
    const [launch] = (await film.store.open.read('gpu')).launches;
    if (launch) await film.store.history.put({ ...launch, phase: 'closed', answeredAt: 1 });
    if (launch) await film.store.open.remove(launch);
    film.later(2 * minute);
    await film.sweep();
    expect(await alive(film)).toEqual([b]);
  });

  it('is left alone for a minute: the answer may be under way', async () => {
    const film = await lostLaunch();
    film.later(minute);
    await film.sweep();
    expect(await alive(film)).toEqual([]);
  });

  it('is ended when its builder has ended: seen twice', async () => {
    const film = await lostLaunch();
    film.later(2 * minute);
    await film.sweep();
    const gone = { ...(await film.builder(b)), phase: 'gone', endedAt: 1 } as const;
    await film.store.history.put(gone);
    await film.store.open.remove(gone);
    for (let nth = 0; nth < 2; nth += 1) {
      expect(film.cloud.machines.size).toBe(1);
      film.later(minute);
      await film.sweep();
    }
    expect(film.cloud.machines.size).toBe(0);
  });
});

describe('a machine that cannot be stopped', () => {
  it('is named at each sweep, and holds up no other', async () => {
    const film = crew();
    for (const id of ['one', 'two', 'three']) film.cloud.plant(id);
    film.cloud.trouble.unstoppable = ['one'];
    await film.sweep();
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow('machine one: it has no owner, and could not be stopped');
    expect([...film.cloud.machines.keys()]).toEqual(['one']);
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow('still: machine one');
  });

  it('nor one whose stop fails altogether', async () => {
    const film = crew();
    for (const id of ['one', 'two']) film.cloud.plant(id);
    const { stop } = film.cloud;
    film.cloud.stop = (ids) => (ids.includes('one') ? Promise.reject(new Error('away')) : stop(ids));
    await film.sweep();
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow('machine one: away');
    expect([...film.cloud.machines.keys()]).toEqual(['one']);
  });
});

describe('one owner that fails in any way', () => {
  it('hides no queued job of another repository', async () => {
    const film = crew();
    for (const repository of ['film/color', 'film/volume'])
      await film.queue(repository === 'film/color' ? '1' : '2', repository);
    for (const id of ['1', '2']) await film.store.open.remove(await film.job(id));
    const { jobs } = film.github;
    const { queued } = jobs;
    jobs.queued = async (repository, limit) => {
      if (repository === 'film/color') throw new TypeError('no such shape');
      return queued(repository, limit);
    };
    for (let nth = 0; nth < 3; nth += 1) {
      film.later(minute);
      await expect(film.sweep()).rejects.toThrow('no such shape');
    }
    expect((await film.store.open.read('gpu')).jobs.map(({ id }) => id)).toEqual(['2']);
  });
});

describe('what a sweep asks of GitHub', () => {
  it('is at most a hundred deliveries, those first that are about to be forgotten', async () => {
    const film = crew();
    // GitHub lists the newest first.
    for (let id = 150; id > 0; id -= 1) film.github.failedDeliveries.add(`d${id}`);
    await film.sweep();
    expect(film.github.failedDeliveries.size).toBe(50);
    expect(film.github.failedDeliveries).not.toContain('d1');
    await film.sweep();
    expect(film.github.failedDeliveries.size).toBe(0);
  });

  it('ends after half a minute, wherever it is, and says what it left', async () => {
    const film = crew();
    for (let id = 40; id > 0; id -= 1) film.github.failedDeliveries.add(`d${id}`);
    film.github.onCall = (what) => {
      if (what.startsWith('redeliver')) film.later(8_000);
    };
    const failure = await film.sweep().catch((error: Error) => error.message);
    expect(failure).toMatch(/failed deliveries: \d+ were not reached in time/);
    expect(failure).toMatch(/registrations: not reached in time/);
    expect(film.github.calls.filter((what) => what.startsWith('redeliver')).length).toBeLessThan(9);
  });

  it('leaves the table and the ring alone where it hangs', async () => {
    const film = await lostLaunch();
    film.rings.length = 0;
    film.github.onCall = () => Promise.reject(new Doubt('no answer'));
    await film.sweep().catch(() => undefined);
    expect(film.rings).toEqual(['gpu']);
  });
});
