// The reaper through its handler: jobs that were missed, moved or have ended, and facts that come late.
import { describe, expect, it } from 'vitest';
import { recordForeign, recordJob } from '../../shared/operations/record.ts';
import { factOf } from '../../shared/operations/verify.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const b = 'memory-gpu-1-0';

async function sweeps(film: Crew, n: number): Promise<void> {
  for (let sweep = 0; sweep < n; sweep += 1) {
    film.later(minute);
    await film.sweep();
  }
}

describe('jobs', () => {
  it('that GitHub has queued and we do not know are found within three sweeps', async () => {
    const film = crew();
    await film.queue('1', 'film/color', { labels: ['other'] });
    await film.queue('2', 'film/color');
    const known = film.github.known.get('2');
    await film.store.open.remove(await film.job('2'));
    if (known) film.github.known.set('2', known);
    film.rings.length = 0;
    await sweeps(film, 3);
    expect((await film.job('2')).phase).toBe('waiting');
    expect(film.rings).toContain('gpu');
    expect((await film.store.open.read('gpu')).jobs).toHaveLength(1);
  });

  it('are found by the next sweep while nothing else is open, since it may be the only one', async () => {
    const film = crew();
    for (const [id, repository] of [
      ['1', 'film/color'],
      ['2', 'film/volume'],
    ] as const) {
      await film.queue(id, repository);
      await film.store.open.remove(await film.job(id));
    }
    await sweeps(film, 1);
    expect((await film.store.open.read('gpu')).jobs).toHaveLength(2);
  });

  it('that nobody spoke of for five minutes are asked about; of vanished runs they end', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.queue('2', 'film/color');
    film.github.known.delete('1');
    await sweeps(film, 6);
    expect(await film.job('2')).toMatchObject({ phase: 'waiting', heardAt: film.ports.clock.now() });
    await sweeps(film, 2);
    expect((await film.job('1')).phase).toBe('waiting');
    await sweeps(film, 1);
    expect(await film.job('1')).toMatchObject({ phase: 'done', outcome: 'cancelled' });
  });

  it('that today are routed to another pool move there', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    const { gpu, xl } = film.ports.config.pools;
    if (gpu && xl)
      film.ports.config.pools = { gpu: { ...gpu, labels: ['old'] }, xl: { ...xl, labels: ['gpu'] } };
    film.rings.length = 0;
    await film.sweep();
    expect((await film.job('1', 'xl')).phase).toBe('waiting');
    expect((await film.store.open.read('gpu')).jobs).toEqual([]);
    expect(film.rings).toContain('xl');
  });

  it('that today are routed nowhere are let go, those that have ended are closed', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.queue('2', 'film/color');
    const { gpu, xl } = film.ports.config.pools;
    if (gpu && xl) film.ports.config.pools = { gpu: { ...gpu, labels: ['old'] }, xl };
    film.github.known.delete('2');
    await expect(film.sweep()).rejects.toThrow('GitHub does not know job 2 of film/color, or not now');
    const left = async () =>
      (await film.store.open.read('gpu')).jobs.map(({ id, phase }) => `${id} ${phase}`);
    expect(await left()).toEqual(['2 waiting']);
    for (let nth = 0; nth < 9; nth += 1) {
      film.later(minute);
      await film.sweep().catch(() => undefined);
    }
    expect(await left()).toEqual(['2 done']);
  });

  it('that run on a living builder do not end by answers that they are unknown', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    await film.claim(b);
    await film.tell('1', { status: 'in_progress', runner: 'callsheet-test-memory-gpu-1-0-1-1' });
    film.github.known.delete('1');
    film.later(6 * minute);
    await sweeps(film, 3);
    film.later(minute);
    await expect(film.sweep()).rejects.toThrow('job 1 runs here, and GitHub does not know it');
    expect((await film.job('1')).phase).toBe('running');
  });

  it('whose project registers elsewhere today get the new scope', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    const { color, volume } = film.ports.config.projects;
    if (color && volume) {
      const registration = { kind: 'group', group: 'new' } as const;
      film.ports.config.projects = { color: { ...color, registration }, volume };
    }
    await film.sweep();
    expect((await film.job('1')).scope).toBe('group/film/new');
  });
});

describe('what has ended', () => {
  it('stays an hour, moves to history, and late facts do not bring it back', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    const asQueued = film.github.known.get('1');
    await film.tell('1', { status: 'completed', conclusion: 'success' });
    film.later(60 * minute);
    await film.sweep();
    expect((await film.job('1')).phase).toBe('done');
    await sweeps(film, 1);
    expect((await film.store.open.read('gpu')).jobs).toEqual([]);
    expect(await film.store.history.has('job', '1')).toBe(true);
    if (asQueued) {
      const seat = { pool: 'gpu', project: 'color', scope: 'group/film/callsheet-color' };
      await recordJob(film.ports, factOf('film/color', asQueued), seat);
    }
    expect((await film.store.open.read('gpu')).jobs).toEqual([]);
  });

  it('late facts meet its tombstone', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.tell('1', { status: 'completed', conclusion: 'success' });
    await film.tell('1', { status: 'queued', conclusion: undefined });
    expect((await film.job('1')).phase).toBe('done');
  });

  it('and changed while it was put into history stays for the next sweep', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.tell('1', { status: 'completed', conclusion: 'success' });
    film.later(61 * minute);
    const { put } = film.store.history;
    film.store.history.put = async (item) => {
      await put(item);
      await film.put({ ...(await film.job('1')), runner: 'late' });
      film.store.history.put = put;
    };
    await film.sweep();
    expect((await film.job('1')).runner).toBe('late');
    await sweeps(film, 1);
    expect((await film.store.open.read('gpu')).jobs).toEqual([]);
  });
});

it('a foreign job on one of our runners makes its builder busy, by the name that it spells', async () => {
  const film = crew();
  const b = 'memory-gpu-1-0';
  await film.queue('1', 'film/color');
  await film.pass();
  await film.claim(b);
  const fact = { job: '77', repository: 'film/x', runner: `callsheet-test-${b}-1-1` };
  await recordForeign(film.ports, film.ports.config, fact);
  await recordForeign(film.ports, film.ports.config, { ...fact, runner: 'callsheet-other-m-1-1' });
  expect((await film.builder(b)).foreign).toEqual({ job: '77', repository: 'film/x' });
  await film.pass();
  expect(film.cloud.machines.size).toBe(2);
});
