// The reaper through its handler: deliveries that failed, from sweep to sweep.
import { describe, expect, it } from 'vitest';
import { createReaper } from '../../functions/reaper/reaper.ts';
import type { Told } from '../../shared/operations/sweep/report.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { crew } from './crew.ts';

const minute = 60_000;

describe('a failed delivery', () => {
  it('is asked for once, also by reapers that start anew: what was asked stands in the table', async () => {
    const film = crew();
    const failed = { id: '7', guid: 'g', at: film.ports.clock.now() - minute, hasArrived: false };
    film.github.attempts.push(failed);
    for (let nth = 0; nth < 4; nth += 1) {
      await createReaper(film.ports)();
      film.later(minute);
    }
    expect(film.github.calls.filter((call) => call === 'redeliver 7')).toHaveLength(1);
    const memory = await film.store.open.get('+', 'sweep', 'sweep');
    expect(memory?.deliveries.failed).toMatchObject({ g: { id: '7', times: 1 } });
    film.github.attempts.unshift({
      ...failed,
      id: '8',
      at: failed.at + minute,
      hasArrived: true,
      again: true,
    });
    await film.sweep();
    const after = await film.store.open.get('+', 'sweep', 'sweep');
    expect(after?.deliveries.failed).toEqual({});
  });

  it('costs one call a sweep in the long run', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    film.github.failedDeliveries.add('d1');
    await film.sweep();
    film.github.calls.length = 0;
    for (let nth = 0; nth < 10; nth += 1) {
      film.later(minute);
      await film.sweep();
    }
    const calls = film.github.calls.filter((call) => /deliver/.test(call));
    expect(calls).toEqual(Array.from({ length: 10 }, () => 'failed deliveries'));
  });

  it('is not judged while the App cannot list them: the sweep says so and does the rest', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    film.github.doubt.set('failed deliveries', undefined);
    const { abstained, problems } = await sweep(film.ports);
    expect(abstained).toEqual([{ part: 'deliveries', why: 'failed deliveries: no answer', kinds: [] }]);
    expect(problems).toEqual(['deliveries: failed deliveries: no answer']);
    expect(film.github.calls).toContain('queued film/color');
  });

  it('is left with all others as soon as GitHub asks to wait', async () => {
    const film = crew();
    for (let id = 90; id > 0; id -= 1) film.github.failedDeliveries.add(`d${id}`);
    film.github.doubt.set('redeliver', film.ports.clock.now() + minute);
    const { problems } = await sweep(film.ports);
    expect(film.github.calls.filter((call) => call.startsWith('redeliver')).length).toBeLessThan(9);
    expect(problems.at(-1)).toMatch(/^failed deliveries: \d\d were not reached in time$/);
  });

  it('and what becomes of it is told, with the reason', async () => {
    const film = crew();
    const told: string[] = [];
    const tell = ({ what, id, decision, why }: Told): void => {
      if (what === 'delivery') told.push(`${id}: ${decision}: ${why}`);
    };
    const at = film.ports.clock.now() - 2 * minute;
    film.github.attempts.push({ id: '7', guid: 'g', at, hasArrived: false });
    await sweep(film.ports, tell);
    film.later(minute);
    await sweep(film.ports, tell);
    film.github.attempts.unshift({ id: '8', guid: 'g', at: at + minute, hasArrived: true });
    film.later(minute);
    await sweep(film.ports, tell);
    expect(told).toEqual([
      'g: redeliver: it failed 2 minutes ago, and was asked for 0 times since then',
      'g: leave: it was asked for 60 s ago',
      'g: arrived: an attempt of it has arrived',
    ]);
  });
});

it('an App that GitHub does not accept does not keep the reaper from its machines', async () => {
  const film = crew();
  film.cloud.plant('stranger');
  film.github.deliveries.page = () => Promise.reject(new Doubt("GitHub does not accept the App's proof"));
  for (let nth = 0; nth < 2; nth += 1) {
    await expect(film.sweep()).rejects.toThrow("deliveries: GitHub does not accept the App's proof");
    film.later(minute);
  }
  expect(film.cloud.machines.size).toBe(0);
});
