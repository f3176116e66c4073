// A market that does not answer, through the real handlers: the ladder is climbed, and others are served.
import { describe, expect, it } from 'vitest';
import { type MarketCrew, marketCrew, minute, settle } from './market-crew.ts';

/** A pass each minute; answers the minute after which a builder is there. */
async function servedAfter(film: MarketCrew, most: number): Promise<number> {
  for (let passed = 0; passed <= most; passed += 1) {
    await settle(film);
    const { builders } = await film.store.open.read('gpu');
    if (builders.length > 0) return passed;
    film.later(minute);
  }
  throw new Error(`nobody has served the job after ${most} minutes`);
}

const restsOf = async (film: MarketCrew) => (await film.store.open.read('gpu')).pool.closedRungs;

describe('a cloud that never answers', () => {
  it.each([0, 5])(
    'is left for the last rung within half an hour, with a patience of %d',
    async (patience) => {
      const film = marketCrew({ spotPatienceMinutes: patience });
      film.market.trouble.silent = true;
      await film.queue('1', 'film/color');
      expect(await servedAfter(film, 60)).toBeLessThanOrEqual(30);
      const [builder] = (await film.store.open.read('gpu')).builders;
      expect(builder).toMatchObject({ provider: 'codebuild', rung: 2, job: '1' });
      expect(film.github.sent[0]?.check).toMatchObject({
        title: 'Waiting: a builder of pool gpu is starting',
      });
      const claimed = await film.claim(builder?.id ?? '', { launch: builder?.launch });
      expect(claimed.body).toMatchObject({
        work: { env: { CALLSHEET_RUNG: '3-codebuild', CALLSHEET_GPU: 'none' } },
      });
    },
  );

  it('rests longer each time in a row, and in vain since it was asked first', async () => {
    const film = marketCrew();
    film.market.trouble.silent = true;
    const began = film.ports.clock.now();
    await film.queue('1', 'film/color');
    await servedAfter(film, 60);
    expect(await restsOf(film)).toMatchObject({
      0: { refusals: 2, since: began, why: 'capacity: the provider never answered' },
      1: { refusals: 2 },
    });
  });

  it('is asked as usual again after it has given all that was asked', async () => {
    const film = marketCrew();
    film.market.trouble.silent = true;
    await film.queue('1', 'film/color');
    for (let passed = 0; passed < 14; passed += 1) {
      if (passed === 8) film.market.trouble.silent = false;
      await settle(film);
      film.later(minute);
    }
    await film.queue('2', 'film/color');
    await settle(film);
    const rest = (await restsOf(film))[0];
    expect(rest).not.toHaveProperty('since');
    expect(rest).not.toHaveProperty('refusals');
  });
});

describe('a launch without an answer that one project pays for', () => {
  it('keeps no other project from a machine of its own', async () => {
    const film = marketCrew();
    film.market.trouble.silent = true;
    for (const id of ['1', '2', '3']) await film.queue(id, 'film/color');
    await film.pass();
    film.market.trouble.silent = false;
    await film.queue('9', 'film/volume');
    await film.pass();
    const { builders, launches } = await film.store.open.read('gpu');
    expect(builders.map(({ project, job }) => `${project} ${job}`)).toEqual(['volume 9']);
    expect(launches.map(({ id, n }) => `${id} ${n}`)).toEqual(['gpu-1 3', 'gpu-2 1']);
  });
});
