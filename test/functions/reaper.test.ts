// The reaper through its handler: it ends only orphans; what fails is named and stops nothing else.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { memoryProvider } from '../providers/memory.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const b = 'memory-gpu-1-0';

async function withBuilder(): Promise<Crew> {
  const film = crew();
  await film.queue('1', 'film/color');
  await film.pass();
  return film;
}

async function sweeps(film: Crew, n: number): Promise<void> {
  for (let sweep = 0; sweep < n; sweep += 1) {
    film.later(minute);
    await film.sweep();
  }
}

describe('a machine that nobody owns', () => {
  it('is ended when it was seen twice, a minute apart', async () => {
    const film = crew();
    film.cloud.plant('stranger');
    await film.sweep();
    await film.sweep();
    expect(film.cloud.machines.size).toBe(1);
    await sweeps(film, 1);
    expect(film.cloud.machines.size).toBe(0);
  });

  it('is forgotten an hour after it was seen', async () => {
    const film = crew();
    film.cloud.plant('stranger');
    await sweeps(film, 2);
    expect((await film.store.open.read('-')).sights).toHaveLength(1);
    film.later(61 * minute);
    await film.sweep();
    expect((await film.store.open.read('-')).sights).toEqual([]);
  });

  it('is left while a record of its pool cannot be read: that may be its owner', async () => {
    const film = await withBuilder();
    const { launches } = await film.store.open.read('gpu');
    film.store.poison('gpu', `2#builder#${b}`);
    for (const launch of launches) await film.store.open.remove(launch);
    film.later(5 * minute);
    for (let nth = 0; nth < 3; nth += 1) {
      film.later(minute);
      await expect(film.sweep()).rejects.toThrow('cannot be read');
    }
    expect(film.cloud.machines.size).toBe(1);
  });

  it('but whose launch is known is adopted', async () => {
    const film = crew();
    film.cloud.trouble.answersLost = true;
    await film.queue('1', 'film/color');
    await film.pass();
    await sweeps(film, 2);
    expect(await film.builder(b)).toMatchObject({ phase: 'booting', launch: 'gpu-1' });
    expect(film.cloud.machines.size).toBe(1);
  });

  it('of a pool that left the configuration is left to its job, and the pool planned on', async () => {
    const film = await withBuilder();
    await film.claim(b);
    await film.started(b, '1');
    const { gpu: _, ...pools } = film.ports.config.pools;
    film.ports.config.pools = pools;
    film.rings.length = 0;
    await sweeps(film, 3);
    expect(film.cloud.machines.size).toBe(1);
    expect(film.rings).toContain('gpu');
    expect(await film.finished(b, 0)).toMatchObject({ status: 200 });
  });

  it('and whose registration GitHub will not delete works, and is left', async () => {
    const film = await withBuilder();
    await film.claim(b);
    for (const runner of film.github.runnersNow.values()) runner.busy = true;
    await film.put({
      ...(await film.builder(b)),
      phase: 'gone',
      endedAt: film.ports.clock.now() - 5 * minute,
    });
    await sweeps(film, 4);
    expect(film.cloud.machines.size).toBe(1);
    for (const runner of film.github.runnersNow.values()) runner.busy = false;
    await sweeps(film, 2);
    expect(film.cloud.machines.size).toBe(0);
  });
});

describe('a record without a machine', () => {
  it('is gone only after two lists without it and a look at that one id', async () => {
    const film = await withBuilder();
    film.later(5 * minute);
    film.cloud.trouble.unlisted = [b];
    await sweeps(film, 4);
    expect((await film.builder(b)).phase).toBe('booting');
    film.cloud.end(b);
    await sweeps(film, 1);
    expect(await film.builder(b)).toMatchObject({ phase: 'gone', why: 'the machine is gone' });
  });

  it('stays while the list fails: nothing is concluded', async () => {
    const film = await withBuilder();
    film.later(5 * minute);
    film.cloud.end(b);
    film.cloud.trouble.listLost = true;
    for (let n = 0; n < 3; n += 1) {
      film.later(minute);
      await expect(film.sweep()).rejects.toThrow('provider local: the list cannot be read');
    }
    expect((await film.builder(b)).phase).toBe('booting');
  });
});

describe('a registration that nobody owns', () => {
  const left = { scope: 'group/film/callsheet-color', labels: ['gpu'], id: '7', busy: false };
  it('is deleted when it was seen twice, if it has our name and is not busy', async () => {
    const film = crew();
    for (const name of [
      'callsheet-test-x-1-1',
      'callsheet-tests-x-1-1',
      'somebody',
      'callsheet-test-y-1-1',
    ]) {
      film.github.runnersNow.set(name, { ...left, name, busy: name.includes('y') });
    }
    await sweeps(film, 1);
    expect(film.github.runnersNow.size).toBe(4);
    await sweeps(film, 1);
    expect([...film.github.runnersNow.keys()]).toEqual([
      'callsheet-tests-x-1-1',
      'somebody',
      'callsheet-test-y-1-1',
    ]);
  });
});

describe('a sweep', () => {
  it('rings every pool that has anything open, and no other', async () => {
    const film = await withBuilder();
    film.rings.length = 0;
    await film.sweep();
    expect(film.rings).toEqual(['gpu']);
  });

  it('has deliveries repeated that failed', async () => {
    const film = crew();
    for (const id of ['d1', 'd2']) film.github.failedDeliveries.add(id);
    await film.sweep();
    expect(film.github.failedDeliveries.size).toBe(0);
  });

  it.each<[string, (film: Crew) => void, string]>([
    [
      'a provider',
      (film) => {
        const lost = memoryProvider(film.ports.clock.now);
        lost.trouble.listLost = true;
        film.ports.providers = { lost, ...film.ports.providers };
      },
      'provider lost: the list cannot be read',
    ],
    [
      'a pool',
      (film) => {
        const { read } = film.store.open;
        film.store.open.read = (pool) => (pool === 'gpu' ? Promise.reject(new Error('away')) : read(pool));
      },
      'pool gpu: away',
    ],
    [
      'a scope',
      (film) => film.github.doubt.set('list group/film/callsheet-color', undefined),
      'registrations of organization film: list',
    ],
    ['a repository', (film) => film.github.doubt.set('queued', undefined), 'queued jobs of film/'],
    [
      'a delivery',
      (film) => film.github.doubt.set('redeliver d1', undefined),
      'delivery d1: redeliver d1: no answer',
    ],
  ])('goes on where %s fails, names it, and fails at its end', async (_, fails, named) => {
    const film = crew();
    await film.queue('1', 'film/color', { labels: ['xl'] });
    for (const id of ['d1', 'd2']) film.github.failedDeliveries.add(id);
    film.cloud.plant('stranger');
    film.rings.length = 0;
    fails(film);
    const failures: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      film.later(minute);
      await film.sweep().catch((error: unknown) => failures.push(String(error)));
    }
    expect(failures.join()).toContain(named);
    expect(film.cloud.machines.size).toBe(0);
    expect(film.github.failedDeliveries.has('d2')).toBe(false);
    expect(film.rings).toContain('xl');
  });

  it('asks about all silent jobs, though some get no answer', async () => {
    const film = crew();
    for (let id = 1; id <= 8; id += 1) await film.queue(String(id), 'film/color');
    for (let id = 1; id <= 5; id += 1) film.github.doubt.set(`job ${id}`, undefined);
    film.later(6 * minute);
    await expect(film.sweep()).rejects.toThrow('silent job 1: job 1: no answer');
    expect((await film.job('8')).heardAt).toBe(film.ports.clock.now());
  });

  it('reports items that cannot be read', async () => {
    const film = crew();
    film.store.poison('gpu', 'job#broken');
    await expect(film.sweep()).rejects.toThrow('pool gpu: 1 items cannot be read: job#broken');
  });

  it('is logged in one line, with counts and problems', async () => {
    const film = crew();
    film.cloud.plant('stranger');
    film.cloud.look = () => Promise.reject(new Doubt('never asked'));
    await film.sweep();
    expect(film.lines).toEqual([
      {
        unit: 'sweep',
        ms: 0,
        'seen without an owner': 1,
        problems: [],
        abstained: [],
        unowned: { machine: 1 },
      },
    ]);
  });
});
