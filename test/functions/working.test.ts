// Jobs on builders, through the real handlers: the hook's question, heartbeats, endings, and retirement.
import { beforeEach, describe, expect, it } from 'vitest';
import { type Crew, crew, keyOf } from './crew.ts';

const minute = 60_000;
const b = 'memory-gpu-1-0';
const runner = `callsheet-test-${b}-1-1`;
const goOn = { status: 200, body: { next: 'continue' } };
const leave = { status: 200, body: { next: 'shutdown' } };
const refused = { status: 403, body: { error: 'refused' } };
const fork = { event: 'pull_request', headRepositoryId: '2' };

let film: Crew;
beforeEach(async () => {
  film = crew();
  await film.queue('1', 'film/color');
  await film.pass();
  await film.claim(b);
  film.rings.length = 0;
});

describe('the job that came asks for leave', () => {
  it('gets it when policy admits it, and the builder is busy', async () => {
    const { status, body } = await film.started(b, '91');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { allow: true, notes: expect.stringContaining(b) },
    });
    expect((await film.builder(b)).startedAt).toBe(film.ports.clock.now());
    expect(film.rings).toEqual(['gpu']);
  });

  it.each<[string, string, object, string]>([
    ['a fork that its project does not serve', 'film/color', fork, 'serves no forks'],
    [
      'an event that anybody can cause',
      'film/volume',
      { event: 'issue_comment' },
      'only approved pull_request',
    ],
  ])('is stopped when it is %s', async (_, repository, run, why) => {
    await film.queue('2', repository, {}, run);
    const { body } = await film.started(b, '92', { repository });
    expect(body).toEqual({ allow: false, why: expect.stringContaining(why) });
  });

  it('is stopped when its repository is in no project', async () => {
    const { body } = await film.started(b, '91', { repository: 'film/elsewhere' });
    expect(body).toEqual({ allow: false, why: 'film/elsewhere is in no project of the configuration.' });
  });

  it('is stopped when GitHub does not know its run, or does not answer', async () => {
    const unknown = { status: 200, body: { allow: false, why: expect.stringContaining('not answered') } };
    expect(await film.started(b, '99')).toEqual(unknown);
    film.github.doubt.set('run', undefined);
    expect(await film.started(b, '99')).toEqual(unknown);
  });

  it('may ask again for its own run, at no cost; for another one GitHub is not asked', async () => {
    await film.queue('2', 'film/volume', {}, fork);
    await film.started(b, '92', { repository: 'film/volume' });
    const { length } = film.github.calls;
    expect((await film.started(b, '92', { repository: 'film/volume' })).body).toMatchObject({ allow: true });
    expect((await film.started(b, '93')).body).toEqual({
      allow: false,
      why: 'This builder has its job already.',
    });
    expect(film.github.calls).toHaveLength(length);
  });

  it('asks about a run of another repository that has the same number', async () => {
    await film.queue('2', 'film/volume', { runId: '91' }, fork);
    await film.started(b, '91', { repository: 'film/volume' });
    expect(film.github.calls.filter((what) => what === 'run 91')).toHaveLength(2);
  });

  it('is let through though it is over a limit: no machine is saved by it any more', async () => {
    const projects = { color: { repositories: ['film/color'], pools: ['gpu', 'xl'], concurrency: 1 } };
    film = crew({ projects });
    await film.queue('1', 'film/color');
    await film.pass();
    await film.claim(b);
    await film.queue('2', 'film/color');
    await film.pass();
    expect(await film.job('2')).toMatchObject({ verdict: { state: 'held', code: 'concurrency' } });
    expect((await film.started(b, '92')).body).toMatchObject({ allow: true });
  });

  it('a fork is served while its repository requires approval, asked anew after ten minutes', async () => {
    await film.queue('2', 'film/volume', {}, fork);
    expect((await film.started(b, '92', { repository: 'film/volume' })).body).toMatchObject({ allow: true });
    await film.pass();
    film.github.approvalForAll = false;
    film.later(9 * minute);
    expect((await film.started(b, '92', { repository: 'film/volume' })).body).toMatchObject({ allow: true });
    film.later(2 * minute);
    expect((await film.started(b, '92', { repository: 'film/volume' })).body).toMatchObject({ allow: false });
  });

  it('on a builder that is being stopped is told so', async () => {
    await film.put({ ...(await film.builder(b)), phase: 'stopping' });
    expect((await film.started(b, '91')).body).toEqual({
      allow: false,
      why: 'This builder is being stopped.',
    });
  });

  it('needs the key, whatever it says', async () => {
    expect(await film.started(b, '91', { key: keyOf('another') })).toEqual(refused);
    expect((await film.builder(b)).startedAt).toBeUndefined();
  });

  it('that was stolen before any pass keeps the time limit of untrusted jobs', async () => {
    await film.queue('2', 'film/volume', {}, fork);
    await film.tell('2', { status: 'in_progress', runner });
    await film.pass();
    const { runs } = await film.store.open.read('gpu');
    expect(runs.find(({ id }) => id === '92')?.trust).toBe('untrusted');
  });
});

describe('a heartbeat', () => {
  it('is written down, and rings only when it brings news', async () => {
    film.later(minute);
    expect(await film.progress(b, false)).toEqual(goOn);
    expect((await film.builder(b)).heardAt).toBe(film.ports.clock.now());
    expect(film.rings).toEqual([]);
    expect(await film.progress(b, true)).toEqual(goOn);
    expect(film.rings).toEqual(['gpu']);
    expect(await film.progress(b, true)).toEqual(goOn);
    expect(film.rings).toEqual(['gpu']);
  });

  it('needs the key', async () => {
    expect(await film.progress(b, true, { key: keyOf('another') })).toEqual(refused);
    expect(await film.progress('m9', true)).toEqual(refused);
  });

  it('of a builder that stops is told to leave', async () => {
    await film.put({ ...(await film.builder(b)), phase: 'stopping' });
    expect(await film.progress(b, false)).toEqual(leave);
  });
});

describe('a retirement', () => {
  /** Five minutes without a job, and heard of just now. */
  const overdue = async () => {
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    film.later(5 * minute);
    await film.progress(b, false);
    await film.pass();
  };

  it('deletes the registration, then waits for the word of the agent', async () => {
    await overdue();
    expect(film.github.runnersNow.size).toBe(0);
    expect((await film.builder(b)).phase).toBe('retiring');
    expect(film.cloud.machines.size).toBe(1);
    expect(await film.progress(b, false)).toEqual(leave);
    await film.finished(b, 0);
    expect(await film.builder(b)).toMatchObject({ phase: 'stopping', why: 'finished' });
  });

  it('ends when the agent says that it works after all', async () => {
    await overdue();
    expect(await film.progress(b, true)).toEqual(goOn);
    expect(await film.builder(b)).toMatchObject({ phase: 'ready', startedAt: film.ports.clock.now() });
    film.later(4 * minute);
    await film.pass();
    expect(film.cloud.machines.size).toBe(1);
  });

  it('ends when GitHub refuses to delete: a job runs', async () => {
    const registered = film.github.runnersNow.get(runner);
    if (registered) registered.busy = true;
    await overdue();
    expect(await film.builder(b)).toMatchObject({ phase: 'ready', startedAt: expect.any(Number) });
    expect(await film.progress(b, false)).toEqual(goOn);
  });

  it('stops the machine after three minutes of silence, not before', async () => {
    await overdue();
    film.later(3 * minute - 1);
    await film.pass();
    expect(film.cloud.machines.size).toBe(1);
    film.later(1);
    await film.pass();
    expect(film.cloud.machines.size).toBe(0);
    expect((await film.builder(b)).phase).toBe('stopping');
  });

  it('stops nothing while GitHub does not answer', async () => {
    film.github.doubt.set('remove', undefined);
    await overdue();
    film.later(10 * minute);
    await film.pass();
    expect(film.cloud.machines.size).toBe(1);
    expect((await film.builder(b)).phase).toBe('retiring');
  });
});

describe('an end', () => {
  it.each([
    [0, 'the runner ended without a job'],
    [1, 'the runner failed with status 1'],
    [7, 'GitHub refuses this version of the runner'],
  ])('with status %d, before a job has started, is written down', async (exitCode, why) => {
    const log = 'last words';
    expect(await film.finished(b, exitCode, { log })).toEqual(leave);
    expect(await film.builder(b)).toMatchObject({ phase: 'stopping', why, log });
    expect(film.rings).toEqual(['gpu']);
  });

  it('with status 0 is a good one after a job has started', async () => {
    await film.started(b, '91');
    await film.finished(b, 0);
    expect(await film.builder(b)).toMatchObject({ phase: 'stopping', why: 'finished' });
  });

  it('needs the key, and is told once', async () => {
    expect(await film.finished(b, 0, { key: keyOf('another') })).toEqual(refused);
    await film.finished(b, 1);
    await film.finished(b, 0);
    expect((await film.builder(b)).why).toBe('the runner failed with status 1');
  });
});

describe('a machine that is not fit for work', () => {
  const b2 = 'memory-gpu-2-0';
  const failure = { proof: `proof of ${b2}`, why: 'no driver', log: 'nvidia-smi: not found' };
  const call = (more: object = {}) =>
    film.call('progress', {
      builder: b2,
      launch: 'gpu-2',
      key: keyOf(b2),
      busy: false,
      failure: { ...failure, ...more },
    });
  beforeEach(async () => {
    await film.queue('2', 'film/color');
    await film.queue('3', 'film/color');
    await film.pass();
  });

  it('says so with its proof, and is stopped with its last words', async () => {
    expect(await call()).toEqual(leave);
    expect(await film.builder(b2)).toMatchObject({ phase: 'stopping', why: 'no driver', log: failure.log });
  });

  it('is not believed without the proof', async () => {
    expect(await call({ proof: `proof of ${b}` })).toEqual(refused);
    expect((await film.builder(b2)).phase).toBe('booting');
  });
});
