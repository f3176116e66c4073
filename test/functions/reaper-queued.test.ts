// The reaper through its handler: which repositories it asks for queued jobs, and what that may cost.
import { describe, expect, it } from 'vitest';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import type { GitHubJob } from '../../shared/scheduler/ports.ts';
import { input } from '../operations/fakes.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const sixty = Array.from({ length: 60 }, (_, nth) => `film/r${nth}`);
const [first = '', second = ''] = sixty;

/** An installation of sixty repositories. The first has a job that waits, so that each minute is swept. */
async function sixtyRepositories(): Promise<Crew> {
  const film = crew({
    projects: { all: { repositories: sixty, pools: ['gpu'] } },
    pools: { gpu: input.pools.gpu },
  });
  await film.queue('1', first);
  return film;
}

/** Sweeps once a minute; answers of each which repositories it listed. */
async function minutes(film: Crew, n: number): Promise<string[][]> {
  const lists: string[][] = [];
  for (let nth = 0; nth < n; nth += 1) {
    film.later(minute);
    film.github.calls.length = 0;
    await film.sweep();
    const calls = film.github.calls.filter((call) => call.startsWith('queued '));
    lists.push(calls.map((call) => call.slice('queued '.length)));
  }
  return lists;
}

/** The longest time without a listing of it, in sweeps. */
function longestPause(lists: string[][], repository: string): number {
  const at = lists.flatMap((list, nth) => (list.includes(repository) ? [nth + 1] : []));
  return Math.max(...[...at, lists.length + 1].map((nth, i) => nth - (at[i - 1] ?? 0)));
}

describe('sixty repositories', () => {
  it('are each listed within fifteen minutes, those at work in three, by thirty calls a sweep', async () => {
    const film = await sixtyRepositories();
    const lists = await minutes(film, 45);
    for (const repository of sixty) expect(longestPause(lists, repository)).toBeLessThanOrEqual(15);
    expect(longestPause(lists, first)).toBeLessThanOrEqual(3);
    expect(Math.max(...lists.map(({ length }) => length))).toBeLessThanOrEqual(15);
  });

  it('are all listed by a sweep while nothing is open, as far as sixty calls go', async () => {
    const film = await sixtyRepositories();
    await film.store.open.remove(await film.job('1'));
    film.github.known.clear();
    const lists = await minutes(film, 2);
    expect(new Set(lists.flat()).size).toBe(60);
    expect(lists.map(({ length }) => length)).toEqual([30, 30]);
  });

  it('have life for a week: one with a job lately is listed more often', async () => {
    const film = await sixtyRepositories();
    await film.queue('2', second);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    const week = await minutes(film, 30);
    expect(longestPause(week, second)).toBeLessThanOrEqual(5);
    const shared = await film.store.open.get('+', 'sweep', 'sweep');
    if (shared)
      await film.store.open.put({ ...shared, life: { [second]: film.ports.clock.now() - 8 * day } });
    await film.store.open.remove(await film.job('2'));
    const later = await minutes(film, 24);
    expect(later.flat().filter((name) => name === second).length).toBeLessThanOrEqual(2);
  });

  it('of which one cannot be asked are listed all the same; that one is asked at each sweep', async () => {
    const film = await sixtyRepositories();
    film.github.doubt.set(`queued ${second}`, undefined);
    const said: string[] = [];
    for (let nth = 0; nth < 20; nth += 1) {
      film.later(minute);
      await film.sweep().catch((error: Error) => said.push(error.message));
    }
    expect(said.length).toBeGreaterThan(8);
    expect(said[0]).toContain(`new: queued jobs of ${second}: queued ${second}: no answer`);
    const listed = film.github.calls.filter((call) => call.startsWith('queued '));
    expect(new Set(listed).size).toBe(60);
  });
});

describe('GitHub has only some calls left', () => {
  const now = Date.UTC(2026, 10, 21, 12);
  const limit = 5000;

  it.each([
    ['a quarter of what is left for each minute', 4200, 60, 8],
    ['sixty at most', 5000, 1, 30],
    ['one listing where it is little', 500, 59, 1],
  ])('a sweep uses a part of them: %s', async (_, remaining, resetIn, listings) => {
    const film = await sixtyRepositories();
    await film.store.open.remove(await film.job('1'));
    film.github.allowanceNow = { remaining, limit, resetAt: now + (resetIn + 1) * minute };
    const [list = []] = await minutes(film, 1);
    expect(list).toHaveLength(listings);
  });

  it('and counts what listings have really cost', async () => {
    const film = await sixtyRepositories();
    await film.store.open.remove(await film.job('1'));
    film.github.allowanceNow = { remaining: 4200, limit, resetAt: now + 61 * minute };
    const { queued } = film.github.jobs;
    const runs: (number | undefined)[] = [];
    film.github.jobs.queued = (repository, most, some) => {
      runs.push(some);
      const left = film.github.allowanceNow;
      film.github.allowanceNow = left && { ...left, remaining: left.remaining - 10 };
      return queued(repository, most);
    };
    const [list = []] = await minutes(film, 1);
    expect(list).toHaveLength(2);
    expect(runs).toEqual([15, 5]);
  });

  it('and lists nothing when less than a tenth is left, and says so once for an owner', async () => {
    const film = await sixtyRepositories();
    film.github.allowanceNow = { remaining: 12, limit, resetAt: Date.UTC(2026, 10, 21, 14, 5) };
    const { abstained, problems } = await sweep(film.ports);
    expect(abstained).toContainEqual({
      part: 'queued jobs of film',
      why: '12 of 5000 calls are left until 14:05',
      kinds: [],
    });
    expect(problems).toContain('queued jobs of film: 12 of 5000 calls are left until 14:05');
    expect(film.github.calls.filter((call) => call.startsWith('queued '))).toEqual([]);
  });
});

describe('the jobs of a repository', () => {
  const job = (id: number): [string, GitHubJob & { repository: string }] => [
    String(id),
    {
      id: String(id),
      repository: first,
      runId: '7',
      runAttempt: 1,
      name: `build ${id}`,
      labels: ['gpu'],
      headSha: 'f'.repeat(40),
      status: 'queued',
      queuedAt: Date.UTC(2026, 10, 21, 12),
    },
  ];

  it('are found behind any number of those that are known', async () => {
    const film = await sixtyRepositories();
    const { queued } = film.github.jobs;
    film.github.jobs.queued = async (repository, most) => (await queued(repository, most)).slice(0, most);
    for (let id = 2; id < 300; id += 1) film.github.known.set(...job(id));
    await minutes(film, 12);
    expect((await film.store.open.read('gpu')).jobs).toHaveLength(299);
  });

  it('are recorded with the reason, or left with it', async () => {
    const film = await sixtyRepositories();
    film.github.known.set(...job(2));
    const [, other] = job(3);
    film.github.known.set('3', { ...other, labels: ['ubuntu-latest'] });
    const told: string[] = [];
    await sweep(film.ports, ({ what, id, decision, why }) => {
      if (what === 'job' || id === first) told.push(`${what} ${id}: ${decision}: ${why}`);
    });
    expect(told).toEqual([
      `repository ${first}: list: it is busy, never listed so far`,
      'job 2: record: GitHub has it queued, and nobody told',
      'job 3: leave: no pool has one of the labels [ubuntu-latest]',
    ]);
  });
});
