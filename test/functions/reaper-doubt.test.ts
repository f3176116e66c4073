// The reaper in doubt: what it cannot be sure of it leaves alone, says so, and does all the rest.
import { describe, expect, it } from 'vitest';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { freshBuilder } from '../../shared/operations/record.ts';
import type { Silence } from '../../shared/scheduler/ports.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;

/** What a tick of the real schedule says: nothing, or its problems. */
const said = (sweep: () => Promise<void>): Promise<string> => sweep().then(() => '', String);

const memoryOf = async (film: Crew) => (await film.store.open.read('+')).sweeps[0];
const goneOf = async (film: Crew) =>
  (await film.store.open.read('gpu')).builders.filter(({ phase }) => phase === 'gone').map(({ id }) => id);

/** Builders that work, all of one launch, and their machines. */
async function working(n: number): Promise<Crew> {
  const film = crew();
  const ids = Array.from({ length: n }, (_, nth) => `memory-gpu-1-${nth}`);
  const now = film.ports.clock.now();
  const request = film.cloud.request({ pool: 'gpu', rung: 0, n });
  const launch = { kind: 'launch', phase: 'answered', pool: 'gpu', id: 'gpu-1', version: 0 } as const;
  const asked = { provider: 'local', rung: 0, n, request, deal: [], askedAt: now, answeredAt: now };
  await film.cloud.launch(await film.put({ ...launch, ...asked, started: ids }));
  for (const id of ids) {
    const machine = { pool: 'gpu', launch: 'gpu-1', id, provider: 'local' };
    await film.put({ ...freshBuilder(machine, { rung: 0, usdPerHour: 0 }, now), phase: 'ready' });
  }
  film.later(5 * minute);
  return film;
}

describe('a list that lacks more than half of what it must show', () => {
  const all = 40;
  const some = Array.from({ length: 37 }, (_, nth) => `memory-gpu-1-${nth}`);

  it('is not believed: none of its builders is missed, and the sweep says so', async () => {
    const film = await working(all);
    film.cloud.trouble.unlisted = some;
    for (const id of some) film.cloud.end(id);
    for (let nth = 0; nth < 9; nth += 1) {
      film.later(minute);
      expect(await said(film.sweep)).toContain('provider local: shows 3 of 40 builders on record');
    }
    expect(await goneOf(film)).toEqual([]);
  });

  it('has no builder asked for whose machine is there', async () => {
    const film = await working(all);
    film.cloud.trouble.unlisted = some;
    for (let nth = 0; nth < 13; nth += 1) {
      film.later(minute);
      await said(film.sweep);
    }
    expect(await goneOf(film)).toEqual([]);
  });

  it('for ten minutes has twenty builders in each sweep asked for by their id, others in each', async () => {
    const film = await working(all);
    film.cloud.trouble.unlisted = some;
    const looked: string[][] = [];
    const { look } = film.cloud;
    film.cloud.look = (id) => {
      looked.at(-1)?.push(id);
      return look(id);
    };
    // In the table's order: the first twenty are there.
    const ended = some.toSorted().slice(20);
    for (const id of ended) film.cloud.end(id);
    for (let nth = 0; nth < 13; nth += 1) {
      film.later(minute);
      looked.push([]);
      await said(film.sweep);
    }
    expect(looked.slice(0, 10).flat()).toEqual([]);
    expect(looked.slice(10, 12).map(({ length }) => length)).toEqual([20, 20]);
    expect((await goneOf(film)).sort()).toEqual(ended);
  });

  it('is believed when it shows half, or when there are few', async () => {
    for (const [n, lost] of [
      [40, 20],
      [9, 9],
    ] as const) {
      const film = await working(n);
      for (const id of some.slice(0, lost)) film.cloud.end(id);
      for (let nth = 0; nth < 2; nth += 1) {
        film.later(minute);
        await film.sweep();
      }
      expect(await goneOf(film)).toHaveLength(lost);
    }
  });
});

describe('a builder that the list lacks', () => {
  it('is asked for with its offering, which tells where it is', async () => {
    const film = await working(1);
    const id = 'memory-gpu-1-0';
    await film.put({ ...(await film.builder(id)), offering: 'us-west-2/spot/g5.xlarge/us-west-2a' });
    film.cloud.trouble.unlisted = [id];
    const { look } = film.cloud;
    film.cloud.look = async (one, hint) => (hint?.startsWith('us-west-2/') ? look(one) : undefined);
    for (let nth = 0; nth < 3; nth += 1) {
      film.later(minute);
      await film.sweep();
    }
    expect(await goneOf(film)).toEqual([]);
  });
});

describe('a place that does not tell', () => {
  const hides = ({ id }: { id: string }) => Number(id.split('-').at(-1)) % 2 === 0;
  const silent: Silence = { place: 'us-west-2', why: 'no answer', hides };

  it('hides its builders, which are not missed; those of other places are', async () => {
    const film = await working(4);
    const { list } = film.cloud;
    film.cloud.list = async (onSilence) => {
      onSilence?.(silent);
      return (await list()).filter((one) => !hides(one));
    };
    for (const id of [...film.cloud.machines.keys()]) film.cloud.end(id);
    film.cloud.plant('stranger');
    for (let nth = 0; nth < 3; nth += 1) {
      film.later(minute);
      expect(await said(film.sweep)).toContain('provider local in us-west-2: no answer');
    }
    expect((await goneOf(film)).sort()).toEqual(['memory-gpu-1-1', 'memory-gpu-1-3']);
    expect(film.cloud.machines.size).toBe(0);
    expect(film.lines.at(-1)).toMatchObject({ abstained: ['provider local in us-west-2'] });
  });
});

describe('after a pause, or when the clock was set', () => {
  it.each<[string, (film: Crew) => void, string]>([
    ['no sweep ended for eleven minutes', (film) => film.later(11 * minute), 'reaper: no sweep ended from'],
    ['the clock went back', (film) => film.later(-2 * minute), 'clock: it is 2026-11-21T11:59'],
  ])('%s: nothing is ended by what was seen before, once', async (_, happens, words) => {
    const film = crew();
    film.cloud.plant('stranger');
    const left = { scope: 'group/film/callsheet-color', labels: ['gpu'], id: '7', busy: false };
    film.github.runnersNow.set('callsheet-test-x-1-1', { ...left, name: 'callsheet-test-x-1-1' });
    const tick = createReaper(film.ports);
    film.later(minute);
    expect(await said(tick)).toBe('');
    happens(film);
    expect(await said(tick)).toContain(words);
    expect([film.cloud.machines.size, film.github.runnersNow.size]).toEqual([1, 1]);
    film.later(minute);
    expect(await said(tick)).toBe('');
    expect([film.cloud.machines.size, film.github.runnersNow.size]).toEqual([0, 0]);
  });

  it('does not concern five minutes without work', async () => {
    const film = crew();
    const tick = createReaper(film.ports);
    for (let nth = 0; nth < 20; nth += 1) {
      film.later(minute);
      expect(await said(tick)).toBe('');
    }
  });
});

describe("the reaper's memory", () => {
  it('knows that the clouds were judged, though each sweep dies while it asks GitHub', async () => {
    const film = crew();
    const tick = createReaper(film.ports);
    await tick();
    const { queued } = film.github.jobs;
    for (let nth = 0; nth < 15; nth += 1) {
      film.later(minute);
      if (nth === 13) film.cloud.plant('stranger');
      await new Promise<void>((asks) => {
        film.github.jobs.queued = () => {
          asks();
          return new Promise(() => undefined);
        };
        void tick();
      });
    }
    expect(film.cloud.machines.size).toBe(0);
    film.github.jobs.queued = queued;
    film.later(minute);
    expect(await said(tick)).toBe('');
  });

  it('is saved by each sweep: its time, its turn, and its pools', async () => {
    const film = crew();
    await film.sweep();
    film.later(minute);
    await film.sweep();
    const at = film.ports.clock.now();
    expect(await memoryOf(film)).toMatchObject({ at, turn: 2, pools: ['gpu', 'xl'] });
  });

  it('that cannot be read is named with the remedy, and the rest is done', async () => {
    const film = crew();
    film.store.poison('+', '9#sweep#sweep');
    film.cloud.plant('stranger');
    const problem = "the reaper's memory: it cannot be read: delete item 9#sweep#sweep of partition +";
    expect(await said(film.sweep)).toContain(problem);
    film.later(minute);
    const again = await said(film.sweep);
    expect(again).toContain(problem);
    expect(again.split("the reaper's memory")).toHaveLength(2);
    expect(film.cloud.machines.size).toBe(0);
  });

  it('that another sweep has saved meanwhile is named, and nothing else is lost', async () => {
    const film = crew();
    await film.sweep();
    film.cloud.plant('stranger');
    film.later(minute);
    film.github.onCall = async (what) => {
      film.github.onCall = () => undefined;
      if (what.startsWith('failed')) await film.sweep();
    };
    expect(await said(film.sweep)).toContain("the reaper's memory: another sweep has saved");
    film.later(minute);
    expect(await said(film.sweep)).toBe('');
    expect(film.cloud.machines.size).toBe(0);
  });

  it('keeps a pool that left the configuration until nothing of it is left', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    await film.sweep();
    const { gpu: _, ...pools } = film.ports.config.pools;
    film.ports.config.pools = pools;
    film.later(59 * minute);
    await film.sweep();
    expect((await memoryOf(film))?.pools).toEqual(['gpu', 'xl']);
    film.later(2 * minute);
    await film.sweep();
    expect(await film.store.history.has('job', '1')).toBe(true);
    film.later(minute);
    await film.sweep();
    expect((await memoryOf(film))?.pools).toEqual(['xl']);
  });
});
