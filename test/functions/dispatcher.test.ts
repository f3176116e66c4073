// The dispatcher through its handler: rings are answered once, set aside or skipped, and never failed.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { crew } from './crew.ts';

const minute = 60_000;

const ring = (pool: string, sentAt: number) => JSON.stringify({ pool, sentAt });
const outcomes = (lines: Record<string, unknown>[]) =>
  lines.filter(({ unit }) => unit === 'pass').map(({ pool, outcome }) => `${pool} ${outcome}`);

describe('rings', () => {
  it('of one pool in a batch are answered by one pass', async () => {
    const film = crew();
    const now = film.ports.clock.now();
    await film.rung(ring('gpu', now), ring('xl', now), ring('gpu', now));
    expect(outcomes(film.lines)).toEqual(['gpu finished', 'xl finished']);
  });

  it.each(['no JSON', '{}', 'null', '{"pool":"","sentAt":1}', '{"pool":"gpu","sentAt":"now"}'])(
    'that cannot be read are set aside and reported, the others answered: %s',
    async (body) => {
      const film = crew();
      await film.rung(body, ring('gpu', film.ports.clock.now()));
      expect(film.lines[0]).toEqual({ unit: 'ring', level: 'error', outcome: 'set aside', message: 'm0' });
      expect(outcomes(film.lines)).toEqual(['gpu finished']);
    },
  );

  it('sent more than two seconds before a finished pass are skipped, later ones are not', async () => {
    const film = crew();
    const began = film.ports.clock.now();
    await film.pass();
    await film.rung(ring('gpu', began - 2001));
    await film.rung(ring('gpu', began - 2000));
    await film.rung(ring('gpu', began - 5000), ring('gpu', began + 1));
    expect(outcomes(film.lines)).toEqual(['gpu finished', 'gpu skipped', 'gpu finished', 'gpu finished']);
  });

  it('are not skipped for a pass that failed', async () => {
    const film = crew();
    const { read } = film.store.open;
    film.store.open.read = () => Promise.reject(new Error('the table is away'));
    const sentAt = film.ports.clock.now() - 9000;
    await film.rung(ring('gpu', sentAt));
    film.store.open.read = read;
    await film.rung(ring('gpu', sentAt));
    expect(outcomes(film.lines)).toEqual(['gpu failed', 'gpu finished']);
  });

  it('of a pool that left the configuration start nothing, and stop what is left', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    const { gpu: _, ...pools } = film.ports.config.pools;
    film.ports.config.pools = pools;
    film.later(11 * 60_000);
    await film.pass();
    expect(film.cloud.machines.size).toBe(0);
    expect((await film.store.open.read('gpu')).launches).toHaveLength(1);
  });

  it('of a pool that left the configuration let its jobs run for five days', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    const b = 'memory-gpu-1-0';
    await film.claim(b);
    await film.tell('1', { status: 'in_progress', runner: (await film.builder(b)).runner });
    const { gpu: _, ...pools } = film.ports.config.pools;
    film.ports.config.pools = pools;
    for (const hours of [7, 113]) {
      film.later(hours * 60 * minute);
      await film.pass();
      expect(film.cloud.machines.size).toBe(1);
    }
    film.later(21 * minute);
    await film.pass();
    expect(film.cloud.machines.size).toBe(0);
  });
});

describe('a pass', () => {
  it('that fails is reported and acknowledged, and stops no other pool', async () => {
    const film = crew();
    const { read } = film.store.open;
    film.store.open.read = (pool) => (pool === 'gpu' ? Promise.reject(new Error('away')) : read(pool));
    const now = film.ports.clock.now();
    await film.rung(ring('gpu', now), ring('xl', now));
    expect(outcomes(film.lines)).toEqual(['gpu failed', 'xl finished']);
    expect(film.lines.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      level: 'error',
      why: 'Error: away',
    });
  });

  it('that meets another pass launches nothing twice, is abandoned, and rings', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    film.rings.length = 0;
    await Promise.all([film.pass(), film.pass()]);
    expect(outcomes(film.lines).sort()).toEqual(['gpu abandoned', 'gpu finished']);
    expect(film.cloud.machines.size).toBe(1);
    expect(film.rings).toEqual(['gpu']);
  });

  it('names what cannot be read, and works on', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    film.store.poison('gpu', 'job#broken');
    await film.pass();
    expect(film.lines).toContainEqual(
      expect.objectContaining({ outcome: 'items set aside', unreadable: ['job#broken'] }),
    );
    expect(film.cloud.machines.size).toBe(1);
  });

  it('asks GitHub once about each run, not about each job', async () => {
    const film = crew();
    for (const id of ['1', '2', '3']) await film.queue(id, 'film/color', { runId: '90' });
    await film.pass();
    await film.pass();
    expect(film.github.calls.filter((what) => what === 'run 90')).toHaveLength(1);
  });

  it('without an answer about a run starts nothing for it, and serves the others', async () => {
    const film = crew();
    film.github.doubt.set('run 91', undefined);
    await film.queue('1', 'film/color');
    await film.queue('2', 'film/color');
    await film.pass();
    expect((await film.job('1')).verdict?.code).toBe('trust-unknown');
    expect(film.cloud.machines.size).toBe(1);
  });

  it('stops what must end before it asks GitHub, and launches though GitHub takes long', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    const [overdue = ''] = film.cloud.machines.keys();
    film.later(11 * minute);
    for (const id of ['2', '3', '4', '5', '6']) await film.queue(id, 'film/volume');
    let thereWhenAsked: boolean | undefined;
    film.github.onCall = (what) => {
      if (!what.startsWith('run')) return;
      thereWhenAsked ??= film.cloud.machines.has(overdue);
      film.later(8_000);
    };
    await film.pass();
    expect(thereWhenAsked).toBe(false);
    expect([...film.cloud.machines.keys()].some((id) => id !== overdue)).toBe(true);
  });

  it('writes the launch before the cloud is asked, and asks again with the same words', async () => {
    const film = crew();
    const asked: string[] = [];
    const { launch } = film.cloud;
    film.cloud.launch = async (intent) => {
      const stored = await film.store.open.get('gpu', 'launch', intent.id);
      asked.push(`${stored?.phase} ${intent.id} ${intent.request}`);
      return launch(intent);
    };
    film.cloud.trouble.answersLost = true;
    await film.queue('1', 'film/color');
    await film.pass();
    await film.queue('2', 'film/color');
    film.cloud.trouble.answersLost = false;
    film.later(5000);
    await film.pass();
    expect(asked.slice(0, 2)).toEqual(Array.from({ length: 2 }, () => 'asked gpu-1 {"n":1}'));
    expect(film.cloud.machines.size).toBe(2);
    expect((await film.store.open.read('gpu')).launches.map(({ phase }) => phase)).toEqual([
      'answered',
      'answered',
    ]);
  });

  it('records a partial answer, leaves the rung alone, and rings at once', async () => {
    const film = crew();
    film.cloud.trouble.room = 1;
    await film.queue('1', 'film/color');
    await film.queue('2', 'film/color');
    film.rings.length = 0;
    await film.pass();
    const state = await film.store.open.read('gpu');
    expect(state.builders).toHaveLength(1);
    expect(state.pool.closedRungs[0]).toMatchObject({ why: 'capacity: no room for 1' });
    expect(film.rings).toEqual(['gpu']);
    await film.pass();
    expect((await film.job('2')).verdict?.code).toBe('no-rung');
    film.later(3 * 60_000);
    film.cloud.trouble.room = 9;
    await film.pass();
    expect(film.cloud.machines.size).toBe(2);
  });

  it('does not leave a rung alone that only throttles; rings at once while some machines start', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.queue('2', 'film/color');
    film.rings.length = 0;
    const faults = [{ kind: 'throttled', why: 'slower' } as const];
    film.cloud.launch = async () => ({ started: ['memory-gpu-1-0'], faults });
    await film.pass();
    expect(film.rings).toEqual(['gpu']);
    film.cloud.launch = async () => ({ started: [], faults });
    await film.pass();
    expect(film.rings).toEqual(['gpu']);
    const { pool, launches } = await film.store.open.read('gpu');
    expect(pool.closedRungs).toEqual({});
    expect(launches.map(({ phase }) => phase)).toEqual(['answered', 'answered']);
  });

  it('leaves a rung alone whose provider never answered, and says so in the log', async () => {
    const film = crew();
    film.cloud.launch = () => Promise.reject(new Doubt('BrandNewException'));
    await film.queue('1', 'film/color');
    await film.pass();
    film.later(film.cloud.tokenLifeMs + 3 * 60_000 + 1);
    await film.pass();
    const { pool, launches } = await film.store.open.read('gpu');
    expect(launches[0]).toMatchObject({ phase: 'closed', why: 'the provider never answered' });
    expect(pool.closedRungs[0]).toMatchObject({ why: 'capacity: the provider never answered' });
    expect(film.lines).toContainEqual(
      expect.objectContaining({ unit: 'launch', level: 'error', launch: 'gpu-1' }),
    );
  });

  it('leaves a rung alone as long as the worst fault says, whatever an older launch answers', async () => {
    const film = crew();
    film.cloud.trouble.answersLost = true;
    await film.queue('1', 'film/color');
    await film.pass();
    const { pool } = await film.store.open.read('gpu');
    const until = film.ports.clock.now() + 60 * 60_000;
    await film.put({ ...pool, closedRungs: { 0: { until, times: 0, why: 'invalid' } } });
    film.cloud.launch = async () => ({ started: [], faults: [{ kind: 'capacity', why: 'none' }] });
    film.later(5000);
    await film.pass();
    expect((await film.store.open.read('gpu')).pool.closedRungs[0]?.until).toBe(until);
  });

  it('brings no ended builder back by a late answer', async () => {
    const film = crew();
    film.cloud.trouble.answersLost = true;
    await film.queue('1', 'film/color');
    await film.pass();
    const b = 'memory-gpu-1-0';
    const gone = { pool: 'gpu', id: b, launch: 'gpu-1', provider: 'local' };
    await film.put({
      kind: 'builder',
      version: 0,
      ...gone,
      phase: 'gone',
      ...bare,
      endedAt: film.ports.clock.now(),
    });
    film.cloud.trouble.answersLost = false;
    film.later(5000);
    await film.pass();
    expect((await film.builder(b)).phase).toBe('gone');
  });

  it('remembers the number of a launch, though the pass that wrote it died', async () => {
    const film = crew();
    film.cloud.launch = () => Promise.reject(new Error('died'));
    await film.queue('1', 'film/color');
    await film.pass();
    expect((await film.store.open.read('gpu')).pool.lastLaunch).toBe(0);
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    film.later(10_000);
    film.cloud.launch = async () => ({ started: [], faults: [] });
    await film.pass();
    expect((await film.store.open.read('gpu')).pool.lastLaunch).toBe(1);
  });

  it('asks about the jobs of a builder that ended without one, before it starts another', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    await film.claim('memory-gpu-1-0');
    const job = film.github.known.get('1');
    if (job) film.github.known.set('1', { ...job, status: 'completed', conclusion: 'success' });
    film.later(1000);
    await film.finished('memory-gpu-1-0', 0);
    await film.pass();
    expect((await film.job('1')).phase).toBe('done');
    expect((await film.store.open.read('gpu')).launches).toHaveLength(1);
  });
});

const bare = { rung: 0, launchedAt: 0, turn: 1, count: 0, usdPerHour: 0 };
