// Machines that suddenly have no owner: it is likelier that their records were not read than that they are
// nobody's. And what has an owner, or a job, although it does not look so.
import { describe, expect, it } from 'vitest';
import { freshBuilder } from '../../shared/operations/record.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { emptyState } from '../../shared/store/state.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const scope = 'group/film/callsheet-color';

/** Machines of one launch, and a record for each. */
async function working(n: number): Promise<Crew> {
  const film = crew();
  const now = film.ports.clock.now();
  const ids = Array.from({ length: n }, (_, nth) => `memory-gpu-1-${nth}`);
  const asked = { provider: 'local', rung: 0, n, deal: [], askedAt: now, answeredAt: now, started: ids };
  const launch = { kind: 'launch', phase: 'answered', pool: 'gpu', id: 'gpu-1', version: 0 } as const;
  await film.cloud.launch(await film.put({ ...launch, ...asked, request: '{}' }));
  for (const id of ids) {
    const machine = { pool: 'gpu', launch: 'gpu-1', id, provider: 'local' };
    await film.put({ ...freshBuilder(machine, { rung: 0, usdPerHour: 0 }, now), phase: 'ready' });
  }
  film.later(5 * minute);
  await sweep(film.ports);
  return film;
}

/** The pool's records are not there any more, but for what sweeps have seen. Answers how to end that. */
function lose(film: Crew, pool = 'gpu'): () => void {
  const { open } = film.ports;
  const { read, get } = open;
  open.get = (one, kind, id) =>
    one === pool && kind === 'builder' ? Promise.resolve(undefined) : get(one, kind, id);
  open.read = async (one) => {
    const state = await read(one);
    return one === pool ? { ...emptyState(pool), sights: state.sights } : state;
  };
  return () => Object.assign(open, { read, get });
}

const registration = (builder: string, busy: boolean) => ({
  ...{ scope, labels: ['gpu'], busy, id: builder },
  name: `callsheet-test-${builder}-1-1`,
});

async function register(film: Crew, builder: string, busy: boolean): Promise<void> {
  const one = registration(builder, busy);
  film.github.runnersNow.set(one.name, one);
}

async function sweeps(film: Crew, n: number): Promise<string[]> {
  let problems: string[] = [];
  for (let nth = 0; nth < n; nth += 1) {
    film.later(minute);
    problems = (await sweep(film.ports)).problems;
  }
  return problems;
}

/** A machine of a launch that nobody knows. */
function plant(film: Crew, id: string, more: object = {}): void {
  const { list } = film.cloud;
  film.cloud.plant(id);
  film.cloud.list = async () =>
    (await list()).map((one) => (one.id === id ? { ...one, launch: 'gpu-77', ...more } : one));
}

describe('a table that shows nothing of a pool', () => {
  it('has no machine ended for ten minutes, and the sweep says so with the time', async () => {
    const film = await working(40);
    const find = lose(film);
    const why = '40 of 40 have no owner on record: nothing is ended before 12:16';
    for (let nth = 0; nth < 10; nth += 1)
      expect(await sweeps(film, 1)).toContain(`machines of provider local: ${why}`);
    expect(film.cloud.machines.size).toBe(40);
    find();
    expect(await sweeps(film, 1)).toEqual([]);
    expect(film.cloud.machines.size).toBe(40);
  });

  it('is believed after ten minutes, but for machines with a job', async () => {
    const film = await working(40);
    lose(film);
    await register(film, 'memory-gpu-1-7', true);
    await register(film, 'memory-gpu-1-8', false);
    await sweeps(film, 11);
    expect([...film.cloud.machines.keys()]).toEqual(['memory-gpu-1-7']);
    expect([...film.github.runnersNow.keys()]).toEqual(['callsheet-test-memory-gpu-1-7-1-1']);
  });

  it('is doubted where the provider has more machines in other pools', async () => {
    const film = await working(12);
    for (let nth = 0; nth < 20; nth += 1) {
      const machine = { pool: 'xl', launch: 'xl-1', id: `x${nth}`, provider: 'local' };
      const now = film.ports.clock.now();
      await film.put({ ...freshBuilder(machine, { rung: 0, usdPerHour: 0 }, now), phase: 'ready' });
      plant(film, `x${nth}`, { launch: 'xl-1' });
    }
    lose(film);
    const problems = await sweeps(film, 3);
    expect(problems).toEqual([expect.stringContaining('machines of pool gpu: 12 of 12 have no owner')]);
    expect(film.cloud.machines.size).toBe(32);
  });

  it('has no registration deleted meanwhile', async () => {
    const film = await working(40);
    lose(film);
    await register(film, 'memory-gpu-1-8', false);
    await sweeps(film, 9);
    expect(film.github.runnersNow.size).toBe(1);
  });

  it('has nothing ended whose record is there, when it is asked for', async () => {
    const film = await working(9);
    const { get } = film.ports.open;
    lose(film);
    film.ports.open.get = get;
    expect(await sweeps(film, 20)).toEqual([]);
    expect(film.cloud.machines.size).toBe(9);
  });

  it('is believed at once where few machines are concerned', async () => {
    const film = await working(9);
    lose(film);
    expect(await sweeps(film, 2)).toEqual([]);
    expect(film.cloud.machines.size).toBe(0);
  });
});

describe('machines whose records say that they have ended', () => {
  it('are ended again, however many are still there', async () => {
    const film = await working(40);
    const endedAt = film.ports.clock.now() - 10 * minute;
    for (const builder of (await film.store.open.read('gpu')).builders)
      await film.put({ ...builder, phase: 'gone', endedAt });
    expect(await sweeps(film, 2)).toEqual([]);
    expect(film.cloud.machines.size).toBe(0);
  });
});

describe('a machine without a record', () => {
  it('is left as long as GitHub says that a job runs on it, and its time is not over', async () => {
    const film = crew();
    plant(film, 'one');
    await register(film, 'one', true);
    // That a deletion is accepted proves nothing.
    film.github.runners.remove = async () => 'deleted';
    await sweeps(film, 20);
    expect(film.cloud.machines.size).toBe(1);
    film.later(5 * day);
    await sweeps(film, 2);
    expect(film.cloud.machines.size).toBe(0);
  });

  it('is left when a job comes to it at the last moment', async () => {
    const film = crew();
    plant(film, 'one');
    await register(film, 'one', false);
    film.github.onCall = (what) => {
      if (what.startsWith('remove')) film.github.runnersNow.set(...busyNow());
    };
    const busyNow = () => [registration('one', true).name, registration('one', true)] as const;
    await sweeps(film, 3);
    expect(film.cloud.machines.size).toBe(1);
  });

  it('is left for ten minutes where GitHub does not tell, and the sweep says so', async () => {
    const film = crew();
    plant(film, 'one');
    film.github.doubt.set('list', undefined);
    const problems = await sweeps(film, 9);
    const why = 'organization film: list group/film/callsheet-color: no answer';
    expect(problems).toContain(`orphans: whether jobs run on 1 of them is not known: ${why}`);
    expect(film.cloud.machines.size).toBe(1);
    await sweeps(film, 2);
    expect(film.cloud.machines.size).toBe(0);
  });

  it('is not of a launch that is younger than the machine', async () => {
    const film = crew();
    plant(film, 'old', { launch: 'gpu-1', startedAt: film.ports.clock.now() - 10 * minute });
    await film.queue('1', 'film/color');
    await film.pass();
    await sweeps(film, 2);
    expect([...film.cloud.machines.keys()]).toEqual(['memory-gpu-1-0']);
    expect((await film.store.open.read('gpu')).builders).toHaveLength(1);
  });
});

describe('a builder whose tag somebody has changed', () => {
  it.each([[undefined], ['xl-3'], ['unknown-3']])('to %s is still ours', async (launch) => {
    const film = await working(2);
    const { list } = film.cloud;
    film.cloud.list = async () =>
      (await list()).map(({ launch: _, ...one }) => ({ ...one, ...(launch && { launch }) }));
    expect(await sweeps(film, 4)).toEqual([]);
    expect(film.cloud.machines.size).toBe(2);
    expect((await film.store.open.read('gpu')).builders.map(({ phase }) => phase)).toEqual([
      'ready',
      'ready',
    ]);
  });
});

describe('a cloud that takes half a minute', () => {
  it('leaves time for GitHub', async () => {
    const film = crew();
    const { list } = film.cloud;
    film.cloud.list = async () => {
      film.later(30_000);
      return list();
    };
    plant(film, 'one');
    const problems = await sweeps(film, 1);
    expect(problems).toEqual(['machines of pool gpu: 1 were not reached in time']);
    expect(film.github.calls).toContain('queued film/color');
  });
});

describe('what a sweep could not judge', () => {
  const found = async (film: Crew) => (await film.store.open.read('+')).sweeps[0]?.today.found;

  it.each<[string, (film: Crew) => void]>([
    [
      'since history did not answer',
      ({ ports }) => Object.assign(ports.history, { has: () => Promise.reject(new Error('away')) }),
    ],
    [
      'since the time was over',
      (film) => {
        const { list } = film.cloud;
        film.cloud.list = async () => {
          film.later(40_000);
          return list();
        };
      },
    ],
  ])('%s is not closed on the receipt', async (_, happens) => {
    const film = crew();
    film.cloud.trouble.unstoppable = ['one'];
    plant(film, 'one');
    await sweeps(film, 2);
    happens(film);
    expect(await sweeps(film, 1)).not.toEqual([]);
    expect(await found(film)).toEqual([expect.objectContaining({ id: 'one', launch: 'gpu-77' })]);
    expect((await found(film))?.[0]).not.toHaveProperty('until');
  });
});
