// How often the reaper sweeps, and what it says of failures that go on.
import { describe, expect, it } from 'vitest';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;

/** An installation without work, and how often its cloud was listed. */
function idle() {
  const film = crew();
  const { list } = film.cloud;
  let lists = 0;
  film.cloud.list = () => {
    lists += 1;
    return list();
  };
  return { ...film, lists: () => lists };
}

/** Ticks of the schedule; answers which of them were swept. */
async function ticks(film: Crew, n: number, tick = film.sweep): Promise<string> {
  film.lines.length = 0;
  for (let nth = 0; nth < n; nth += 1) {
    film.later(minute);
    await tick();
  }
  const sweeps = film.lines.filter(({ unit }) => unit === 'sweep');
  return sweeps.map(({ outcome }) => (outcome === 'skipped' ? '.' : 'S')).join('');
}

describe('an installation without work', () => {
  it('is swept five times, and then every fifth minute', async () => {
    const film = idle();
    expect(await ticks(film, 20)).toBe('SSSSS....S....S....S');
    expect(film.lists()).toBe(8);
  });

  it('misses no turn when ticks come a little sooner or later than the minutes of the clock', async () => {
    const film = idle();
    await ticks(film, 5);
    const { clock } = film.ports;
    film.later(minute - (clock.now() % minute) + 1);
    let swept = '';
    for (let nth = 0; nth < 25; nth += 1) {
      film.later(nth % 2 === 0 ? minute - 2 : minute + 2);
      film.lines.length = 0;
      await film.sweep();
      swept += film.lines.some(({ outcome }) => outcome === 'skipped') ? '.' : 'S';
    }
    expect(swept).not.toContain('.....');
  });

  it('is asked nothing of its cloud and of GitHub between sweeps', async () => {
    const film = idle();
    await ticks(film, 5);
    film.github.calls.length = 0;
    expect(await ticks(film, 4)).toBe('....');
    expect(film.github.calls).toEqual([]);
    expect(film.lists()).toBe(5);
  });

  it('is swept at the next tick when a job comes, and until all is clean again', async () => {
    const film = idle();
    await ticks(film, 7);
    await film.queue('1', 'film/color');
    film.rings.length = 0;
    expect(await ticks(film, 3)).toBe('SSS');
    expect(film.rings).toEqual(['gpu', 'gpu', 'gpu']);
  });

  it('is swept at each tick by a process that has just started', async () => {
    const film = idle();
    await ticks(film, 7);
    expect(await ticks(film, 2, createReaper(film.ports))).toBe('SS');
  });

  it('is swept at once where its table cannot be read, and the failure is told', async () => {
    const film = idle();
    await ticks(film, 6);
    film.store.open.read = () => Promise.reject(new Error('away'));
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow('new: pool gpu: away');
  });
});

describe('five sweeps are not clean', () => {
  it('while a launch may still bring machines', async () => {
    const film = idle();
    await film.queue('1', 'film/color');
    await film.pass();
    film.cloud.end('memory-gpu-1-0');
    await film.tell('1', { status: 'completed' });
    await film.put({ ...(await film.builder('memory-gpu-1-0')), phase: 'gone', endedAt: 0 });
    expect(await ticks(film, 12)).toBe('S'.repeat(12));
  });

  it('while a part of them fails', async () => {
    const film = idle();
    for (let nth = 0; nth < 12; nth += 1) {
      if (nth % 4 === 0) film.github.doubt.set('failed deliveries', undefined);
      else film.github.doubt.clear();
      film.later(minute);
      await film.sweep().catch(() => undefined);
    }
    expect(film.lines.filter(({ outcome }) => outcome === 'skipped')).toEqual([]);
  });

  it('when one finds a machine without an owner: it is ended a minute later', async () => {
    const film = idle();
    await ticks(film, 9);
    film.cloud.plant('stranger');
    expect(await ticks(film, 1)).toBe('S');
    expect(await ticks(film, 1)).toBe('S');
    expect(film.cloud.machines.size).toBe(0);
  });

  it('while something stands that nobody owns, protected as it is', async () => {
    const film = idle();
    film.cloud.plant('guarded');
    const { list } = film.cloud;
    film.cloud.list = async () => (await list()).map((one) => ({ ...one, protected: true as const }));
    expect(await ticks(film, 12)).toBe('S'.repeat(12));
  });

  it('when one finds a registration without a builder: it is deleted a minute later', async () => {
    const film = idle();
    await ticks(film, 9);
    const left = { scope: 'group/film/callsheet-color', labels: ['gpu'], id: '7', busy: false };
    film.github.runnersNow.set('x', { ...left, name: 'callsheet-test-x-1-1' });
    await ticks(film, 2);
    expect(film.github.calls).toContain('remove callsheet-test-x-1-1');
  });
});

describe('a failure', () => {
  it('is new once, and goes on until a sweep is without it', async () => {
    const film = idle();
    const told: string[] = [];
    const color = 'queued film/color';
    for (const fails of [[color], [color, 'list'], ['list'], [], [color]]) {
      film.github.doubt.clear();
      for (const what of fails) film.github.doubt.set(what, undefined);
      film.later(3 * minute);
      await film.sweep().catch((error: Error) => told.push(error.message));
    }
    const words = told.map((each) => [...each.matchAll(/(new|still): (queued jobs|registrations)/g)]);
    expect(words.map((each) => each.map(([text]) => text))).toEqual([
      ['new: queued jobs'],
      ['still: queued jobs', 'new: registrations'],
      ['still: registrations'],
      ['new: queued jobs'],
    ]);
  });
});
