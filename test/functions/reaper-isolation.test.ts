// One of anything that fails never stops the rest of a sweep, and is named: the same sweep does all else.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { memoryProvider } from '../providers/memory.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const gone = { owner: 'gone', scope: 'group/gone/callsheet-old' };

/** Two organizations, and something of every kind to do. */
async function busy(): Promise<Crew> {
  const film = crew({
    github: { appId: '1', installations: { film: '11', gone: '12' } },
    projects: {
      color: { repositories: ['film/color'], pools: ['gpu', 'xl'] },
      old: { repositories: ['gone/old'], pools: ['gpu'] },
    },
  });
  for (const id of ['stranger', 'other']) film.cloud.plant(id);
  for (const [nth, scope] of ['group/film/callsheet-color', gone.scope].entries()) {
    const name = `callsheet-test-x${nth}-1-1`;
    film.github.runnersNow.set(name, { scope, labels: ['gpu'], id: String(nth), busy: false, name });
  }
  for (const id of ['d1', 'd2']) film.github.failedDeliveries.add(id);
  await film.queue('1', 'film/color', { labels: ['xl'] });
  await film.queue('9', 'film/color');
  await film.tell('9', { status: 'completed', conclusion: 'success' });
  film.later(61 * minute);
  return film;
}

/** Two sweeps; answers what they said. */
async function twice(film: Crew): Promise<string> {
  const first = await film.sweep().then(() => '', String);
  film.rings.length = 0;
  film.later(minute);
  return first + (await film.sweep().then(() => '', String));
}

/** What two sweeps have left undone. */
const undone = async ({ cloud, github, rings, store }: Crew): Promise<string[]> => [
  ...cloud.machines.keys(),
  ...github.runnersNow.keys(),
  ...github.failedDeliveries,
  ...(rings.includes('xl') ? [] : ['the ring of xl']),
  ...((await store.history.has('job', '9')) ? [] : ['job 9']),
];

describe('a sweep does all else, and names', () => {
  it('nothing when nothing fails', async () => {
    const film = await busy();
    expect(await twice(film)).toBe('');
    expect(await undone(film)).toEqual([]);
  });

  it.each<[string, (film: Crew) => void, string, string[]]>([
    [
      'an organization where the App is not installed any more',
      ({ github }) => {
        for (const what of [`list ${gone.scope}`, 'queued gone/old']) github.doubt.set(what, undefined);
      },
      'registrations of organization gone: list group/gone/callsheet-old: no answer',
      ['callsheet-test-x1-1-1'],
    ],
    [
      'a repository that was deleted',
      ({ github }) => github.doubt.set('queued gone/old', undefined),
      'queued jobs of gone/old: queued gone/old: no answer',
      [],
    ],
    [
      'an unknown id',
      ({ cloud }) => {
        const { stop } = cloud;
        cloud.stop = (ids) =>
          ids.includes('other') ? Promise.reject(new Error('no such machine')) : stop(ids);
      },
      'machine other: no such machine',
      ['other'],
    ],
    [
      'a region that fails',
      ({ cloud }) => {
        const { list } = cloud;
        cloud.list = async (onSilence) => {
          onSilence?.({ place: 'us-west-2', why: 'away', hides: () => true });
          return list();
        };
      },
      'provider local in us-west-2: away',
      [],
    ],
    [
      'a provider that fails',
      (film) => {
        const lost = memoryProvider(film.ports.clock.now);
        lost.trouble.listLost = true;
        film.ports.providers = { lost, ...film.ports.providers };
      },
      'provider lost: the list cannot be read',
      [],
    ],
    [
      'an item that cannot be read',
      ({ store }) => store.poison('gpu', '3#job#broken'),
      'pool gpu: 1 items cannot be read: 3#job#broken',
      // Their builders may stand in it.
      ['callsheet-test-x0-1-1', 'callsheet-test-x1-1-1'],
    ],
    [
      'a pool that cannot be read',
      ({ store }) => {
        const { read } = store.open;
        store.open.read = (pool) => (pool === 'gpu' ? Promise.reject(new Error('away')) : read(pool));
      },
      'pool gpu: away',
      ['callsheet-test-x0-1-1', 'callsheet-test-x1-1-1', 'job 9'],
    ],
    [
      'a ledger that cannot be read',
      ({ store }) => store.poison('+', '8#ledger#2026-11-21'),
      'ledgers: 1 items cannot be read: 8#ledger#2026-11-21',
      [],
    ],
    [
      'a record that a write refuses',
      ({ store }) => {
        const { remove } = store.open;
        store.open.remove = (item) =>
          item.id === '9' ? Promise.reject(new Error('the item is locked')) : remove(item);
      },
      'ended job 9: the item is locked',
      [],
    ],
    [
      'a delivery that GitHub does not repeat',
      ({ github }) => github.doubt.set('redeliver d1', undefined),
      'delivery d1: redeliver d1: no answer',
      ['d1'],
    ],
    [
      'a registration that GitHub does not delete',
      ({ github }) => github.doubt.set('remove callsheet-test-x1', undefined),
      'registration callsheet-test-x1-1-1: remove callsheet-test-x1-1-1: no answer',
      ['callsheet-test-x1-1-1'],
    ],
    [
      'a bell that is broken',
      ({ ports, rings }) => {
        ports.bell.ring = async (pool) => {
          if (pool === 'gpu') throw new Error('no such queue');
          rings.push(pool);
        };
      },
      '',
      [],
    ],
  ])('%s', async (_, fails, named, left) => {
    const film = await busy();
    fails(film);
    const said = await twice(film);
    if (named) expect(said).toContain(named);
    expect((await undone(film)).sort()).toEqual(left.sort());
  });

  it('what abstains by its own name, in its log line, too', async () => {
    const film = await busy();
    film.github.doubt.set(`list ${gone.scope}`, undefined);
    film.store.poison('gpu', '3#job#broken');
    await twice(film);
    const abstained = ['pool gpu', 'registrations of organization gone'];
    expect(film.lines.findLast(({ unit }) => unit === 'sweep')).toMatchObject({ abstained });
  });

  it('a place of GitHub that has too few calls left: others are asked', async () => {
    const film = await busy();
    const resetAt = film.ports.clock.now() + 40 * minute;
    const { allowance } = film.github;
    film.github.allowance = (owner) =>
      owner === gone.owner ? { remaining: 400, limit: 5000, resetAt } : allowance(owner);
    expect(await twice(film)).toContain('registrations of organization gone: 400 of 5000 calls are left');
    expect(await undone(film)).toEqual(['callsheet-test-x1-1-1']);
  });

  it('a GitHub that does not answer at all: the table and the clouds are swept', async () => {
    const film = await busy();
    film.github.onCall = () => Promise.reject(new Doubt('no answer'));
    expect(await twice(film)).toContain('deliveries: no answer');
    expect((await undone(film)).filter((one) => !/^(d|callsheet)/.test(one))).toEqual([]);
  });
});
