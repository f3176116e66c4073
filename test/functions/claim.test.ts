// Claims through the real handlers: who gets work, who waits, who is sent away, and what is left behind.
import { describe, expect, it } from 'vitest';
import { type Crew, crew, facts, keyOf } from './crew.ts';

const minute = 60_000;
const b = 'memory-gpu-1-0';
const color = 'group/film/callsheet-color';
const wait = { status: 200, body: { next: 'wait', seconds: expect.any(Number) } };
const shutdown = (why: string) => ({ status: 200, body: { next: 'shutdown', why } });
const workFor = (count: number) => ({
  status: 200,
  body: {
    work: expect.objectContaining({ kind: 'actions', jitConfig: `jit of callsheet-test-${b}-1-${count}` }),
  },
});

/** A job is queued, a pass has started a machine for it. */
async function booted(changes?: Parameters<typeof crew>[0]): Promise<Crew> {
  const film = crew(changes);
  await film.queue('1', 'film/color');
  await film.pass();
  return film;
}

describe('a first claim', () => {
  it('gets a configuration for the scope that the planner dealt, and a deadline', async () => {
    const film = await booted();
    const began = film.ports.clock.now();
    expect(await film.claim(b)).toEqual({
      status: 200,
      body: {
        work: {
          kind: 'actions',
          jitConfig: `jit of callsheet-test-${b}-1-1`,
          runner: { url: 'https://example.com/runner.tar.gz', sha256: 'ab'.repeat(32) },
          env: {
            CALLSHEET_POOL: 'gpu',
            CALLSHEET_BUILDER: b,
            CALLSHEET_RUNG: '1-local',
            CALLSHEET_GPU: 'none',
          },
          deadline: began / 1000 + (5 + 360) * 60,
        },
      },
    });
    const registered = film.github.runnersNow.get(`callsheet-test-${b}-1-1`);
    expect(registered).toMatchObject({ scope: color, labels: ['gpu'] });
    expect(await film.builder(b)).toMatchObject({ phase: 'ready', readyAt: began, machine: facts, job: '1' });
  });

  it('writes the name down before GitHub is asked for it', async () => {
    const film = await booted();
    const seen: string[] = [];
    film.github.onCall = async (what) => {
      if (!what.startsWith('register')) return;
      const { phase, runner } = await film.builder(b);
      seen.push(`${phase} ${runner}`);
    };
    await film.claim(b);
    expect(seen).toEqual([`claimed callsheet-test-${b}-1-1`]);
  });

  it('keeps neither the key nor the configuration, and logs neither', async () => {
    const film = await booted();
    await film.claim(b);
    const kept = JSON.stringify([await film.builder(b), film.lines]);
    expect(kept).not.toContain(keyOf(b));
    expect(kept).not.toContain('jit of');
  });

  it('rings and waits for the planner, who deals while it waits', async () => {
    const film = await booted();
    await film.put({ ...(await film.builder(b)), scope: undefined, job: undefined });
    film.rings.length = 0;
    film.duringSleep(() => film.pass());
    expect(await film.claim(b)).toEqual(workFor(1));
    expect(film.rings[0]).toBe('gpu');
  });

  it('is not told that nobody needs it before a pass has known of it, for five minutes', async () => {
    const film = await booted();
    await film.put({ ...(await film.builder(b)), scope: undefined, job: undefined });
    film.later(1000);
    expect(await film.claim(b)).toEqual(wait);
    film.later(4 * minute);
    expect(await film.claim(b)).toEqual({ status: 200, body: { next: 'wait', seconds: 2 } });
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    await film.pass();
    expect(await film.claim(b)).toEqual(shutdown('not needed'));
  });

  it('waits without the planner, for a minute, and is then not needed', async () => {
    const film = await booted();
    await film.put({ ...(await film.builder(b)), scope: undefined, job: undefined });
    expect(await film.claim(b)).toEqual(wait);
    film.later(minute - 10_000);
    expect(await film.claim(b)).toEqual(wait);
    film.later(10_000);
    expect(await film.claim(b)).toEqual(shutdown('not needed'));
    expect((await film.builder(b)).phase).toBe('stopping');
    expect(film.github.runnersNow.size).toBe(0);
  });

  it('for a job that was cancelled meanwhile waits, rings, and makes no registration', async () => {
    const film = await booted();
    const job = film.github.known.get('1');
    if (job) film.github.known.set('1', { ...job, status: 'completed', conclusion: 'cancelled' });
    film.rings.length = 0;
    expect(await film.claim(b)).toEqual(wait);
    expect(film.rings).toContain('gpu');
    expect(film.github.calls.filter((what) => what.startsWith('register'))).toEqual([]);
    expect((await film.job('1')).outcome).toBe('cancelled');
  });

  it('whose job GitHub does not speak about is served all the same', async () => {
    const film = await booted();
    film.github.doubt.set('job', undefined);
    expect(await film.claim(b)).toEqual(workFor(1));
  });

  it('near the rate limit waits as long as GitHub says, and holds no scope hostage', async () => {
    const film = await booted();
    film.github.doubt.set('register', film.ports.clock.now() + 20_000);
    expect(await film.claim(b)).toEqual({ status: 200, body: { next: 'wait', seconds: 20 } });
    expect(await film.builder(b)).toMatchObject({ phase: 'booting', scope: color });
    expect((await film.builder(b)).runner).toBeUndefined();
    film.github.doubt.clear();
    expect(await film.claim(b)).toEqual(workFor(2));
  });

  it('waits at most a minute, however long GitHub says', async () => {
    const film = await booted();
    film.github.doubt.set('download', film.ports.clock.now() + 60 * minute);
    expect(await film.claim(b)).toEqual({ status: 200, body: { next: 'wait', seconds: 60 } });
  });

  it('of a scope that GitHub refuses sets the scope aside and sends the builder on', async () => {
    const film = await booted();
    await film.queue('2', 'film/volume');
    film.github.refusedScopes.add(color);
    expect(await film.claim(b)).toEqual(wait);
    const state = await film.store.open.read('gpu');
    expect(state.pool.refusedScopes[color]).toMatchObject({ why: 'not installed' });
    await film.pass();
    expect(await film.job('1')).toMatchObject({ verdict: { state: 'held', code: 'scope-refused' } });
    expect((await film.builder(b)).scope).toBe('group/film/callsheet-volume');
    expect(await film.claim(b)).toEqual(workFor(2));
    expect(film.cloud.machines.size).toBe(1);
    await film.sweep();
    expect(Object.keys((await film.store.open.read('gpu')).pool.refusedScopes)).toEqual([color]);
    film.github.refusedScopes.clear();
    await film.sweep();
    const again = await film.store.open.read('gpu');
    expect(again.pool.refusedScopes[color]?.liftedAt).toBe(film.ports.clock.now());
    await film.pass();
    expect((await film.job('1')).verdict?.code).not.toBe('scope-refused');
  });

  it('of an App that is not installed any more, where nothing is clear, sets the scope aside', async () => {
    const film = await booted();
    film.github.doubt.set('download', undefined);
    film.github.refusedScopes.add(color);
    expect(await film.claim(b)).toEqual(wait);
    const { pool } = await film.store.open.read('gpu');
    expect(pool.refusedScopes[color]).toMatchObject({ why: 'not installed', times: 1 });
    expect((await film.builder(b)).scope).toBeUndefined();
  });

  it('that was stopped while GitHub answered leaves no registration', async () => {
    const film = await booted();
    film.github.onCall = async (what) => {
      if (what.startsWith('register')) await film.put({ ...(await film.builder(b)), phase: 'stopping' });
    };
    expect(await film.claim(b)).toEqual(shutdown('it was stopped meanwhile'));
    expect(film.github.runnersNow.size).toBe(0);
  });
});

describe('a repeated claim', () => {
  it('by the same agent gets a new configuration, and the old registration goes', async () => {
    const film = await booted();
    await film.claim(b);
    expect(await film.claim(b)).toEqual(workFor(2));
    expect([...film.github.runnersNow.keys()]).toEqual([`callsheet-test-${b}-1-2`]);
  });

  it('after an answer that was lost between GitHub and us cleans up by name', async () => {
    const film = await booted();
    film.github.doubt.set('register', undefined);
    expect(await film.claim(b)).toEqual(wait);
    expect(await film.builder(b)).toMatchObject({ phase: 'claimed', runner: `callsheet-test-${b}-1-1` });
    film.github.doubt.clear();
    expect(await film.claim(b)).toEqual(workFor(2));
    expect(film.github.calls).toContain(`remove callsheet-test-${b}-1-1`);
  });

  it('whose first configuration is in use is sent away, and the builder is busy', async () => {
    const film = await booted();
    await film.claim(b);
    const first = film.github.runnersNow.get(`callsheet-test-${b}-1-1`);
    if (first) first.busy = true;
    expect(await film.claim(b)).toEqual(shutdown('its first configuration is in use'));
    expect(await film.builder(b)).toMatchObject({
      phase: 'ready',
      runner: first?.name,
      startedAt: expect.any(Number),
    });
    expect(film.github.runnersNow.size).toBe(1);
  });

  it.each<[string, (film: Crew) => Promise<unknown>]>([
    ['with another key', async (film) => film.claim(b, { key: keyOf('another') })],
    [
      'after the job has started',
      async (film) => {
        await film.started(b, '91');
        return film.claim(b);
      },
    ],
  ])('%s is a conflict that tells nothing', async (_, again) => {
    const film = await booted();
    await film.claim(b);
    expect(await again(film)).toEqual({ status: 409, body: { error: 'refused' } });
    expect(film.github.runnersNow.size).toBe(1);
  });
});

describe('a claim is refused', () => {
  it.each<[string, string, object]>([
    ['with a wrong proof', b, { proof: 'proof of another' }],
    ['of an unknown launch', 'm1', { launch: 'gpu-99' }],
    ['of a launch of another pool', b, { launch: 'xl-1' }],
    ['of a pool that is none', b, { launch: 'constructor-1' }],
    ['with a number that the launch of its machine has not', b, { launch: 'gpu-2' }],
  ])('%s', async (_, id, more) => {
    const film = await booted();
    expect(await film.claim(id, more)).toEqual({ status: 403, body: { error: 'refused' } });
    expect((await film.store.open.read('gpu')).builders).toHaveLength(1);
  });

  it.each(['retiring', 'stopping', 'gone'] as const)('politely when the builder is %s', async (phase) => {
    const film = await booted();
    await film.put({ ...(await film.builder(b)), phase });
    expect(await film.claim(b)).toEqual(shutdown(`this builder is ${phase}`));
  });

  it('politely when the builder has ended and is history', async () => {
    const film = await booted();
    const builder = await film.builder(b);
    await film.store.history.put({ ...builder, phase: 'gone', endedAt: 1 });
    await film.store.open.remove(builder);
    expect(await film.claim(b)).toEqual(shutdown('this builder has ended'));
    expect((await film.store.open.read('gpu')).builders).toEqual([]);
  });
});

it('a machine whose launch answer was lost is adopted by its claim', async () => {
  const film = crew();
  await film.queue('1', 'film/color');
  film.cloud.trouble.answersLost = true;
  await film.pass();
  expect((await film.store.open.read('gpu')).builders).toEqual([]);
  film.duringSleep(() => film.pass());
  expect(await film.claim(b)).toEqual(workFor(1));
  expect(await film.builder(b)).toMatchObject({ launch: 'gpu-1', provider: 'local' });
});
