// Jobs that lost their spot machines, through the real handlers: run again once their run has ended, or not.
import { describe, expect, it } from 'vitest';
import type { GitHubRun } from '../../shared/scheduler/ports.ts';
import { type Ec2Crew, ec2Crew, instance, runnerOf, spotOffering } from './ec2-crew.ts';

const minute = 60_000;
const repository = 'film/color';
const [b, other] = [instance(), instance('memory-gpu-1-1')];

/** Jobs 1 and 2 of run 9 work on machines of one launch; GitHub says that the run goes on. */
async function filming(rerunLost = 1, run: Partial<GitHubRun> = {}): Promise<Ec2Crew> {
  const film = ec2Crew({ rerunLost });
  for (const id of ['1', '2']) {
    await film.queue(id, repository, { runId: '9' }, { status: 'in_progress', attempt: 1, ...run });
  }
  await film.pass();
  for (const [id, machine] of [['1', b] as const, ['2', other] as const]) {
    await film.claim(machine);
    await film.tell(id, { status: 'in_progress', runner: runnerOf(machine) });
  }
  await film.pass();
  return film;
}

/** The cloud takes the machine of a job, and GitHub fails the job. */
async function lose(film: Ec2Crew, id: string, machine: string): Promise<void> {
  await film.warns(machine);
  film.later(2 * minute);
  await film.becomes(machine, 'shutting-down');
  await film.tell(id, { status: 'completed', conclusion: 'failure' });
  await film.pass();
}

const ends = (film: Ec2Crew, more: Partial<GitHubRun> = {}) =>
  void film.github.events.set('9', { ...film.github.events.get('9'), status: 'completed', ...more });

/** A minute later the reaper rings. */
async function next(film: Ec2Crew): Promise<void> {
  film.later(minute);
  film.rings.length = 0;
  await film.sweep();
  if (film.rings.length > 0) await film.pass();
}

const runOf = (film: Ec2Crew) => film.store.open.get('gpu', 'run', '9');

describe('a job that lost its spot machine', () => {
  it('is run again once its run has ended, not before', async () => {
    const film = await filming();
    await lose(film, '1', b);
    await next(film);
    expect(film.github.reruns).toEqual([]);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await next(film);
    expect(film.github.reruns).toEqual([]);
    ends(film);
    await next(film);
    expect(film.github.reruns).toEqual(['9']);
    expect(film.lines).toContainEqual({
      unit: 'rerun',
      pool: 'gpu',
      run: '9',
      jobs: ['1'],
      outcome: 'asked',
    });
  });

  it('is run again with all others of its run, in one go', async () => {
    const film = await filming();
    await lose(film, '1', b);
    await lose(film, '2', other);
    expect((await runOf(film))?.lost).toEqual({ attempt: 1, jobs: ['1', '2'] });
    ends(film);
    for (let after = 0; after < 5; after += 1) await next(film);
    expect(film.github.reruns).toEqual(['9']);
  });

  it('is not, where the pool does not ask for it; nothing is even written', async () => {
    const film = await filming(0);
    await lose(film, '1', b);
    ends(film);
    await film.tell('2', { status: 'completed', conclusion: 'failure' });
    await next(film);
    expect(film.github.reruns).toEqual([]);
    expect(await runOf(film)).not.toHaveProperty('lost');
  });

  it('is run again at most as often as the pool says, and then no more', async () => {
    const film = await filming(2);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await lose(film, '1', b);
    ends(film);
    await next(film);
    for (const attempt of [2, 3]) {
      const [id, machine] = [`1${attempt}`, instance(`memory-gpu-${attempt}-0`)];
      const going = { status: 'in_progress', attempt };
      await film.queue(id, repository, { runId: '9', runAttempt: attempt }, going);
      await film.pass();
      await film.put({ ...(await film.builder(machine)), offering: spotOffering });
      await film.claim(machine, { launch: `gpu-${attempt}` });
      await film.tell(id, { status: 'in_progress', runner: runnerOf(machine) });
      await lose(film, id, machine);
      expect(film.github.reruns).toHaveLength(attempt - 1);
      ends(film);
      await next(film);
      await next(film);
    }
    expect(film.github.reruns).toEqual(['9', '9']);
    expect(await runOf(film)).toMatchObject({ reruns: 2, rerunOf: 2 });
  });

  it('whose machine went without a warning is run again as well', async () => {
    const film = await filming();
    await film.becomes(b, 'terminated');
    for (const id of ['1', '2']) await film.tell(id, { status: 'completed', conclusion: 'failure' });
    ends(film);
    await next(film);
    await next(film);
    expect((await runOf(film))?.reruns).toBe(1);
    expect(film.github.reruns).toEqual(['9']);
  });

  it('is remembered for as long as its run goes on, and its re-run after that', async () => {
    const film = await filming();
    await lose(film, '1', b);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await film.finished(other, 0);
    await film.becomes(other, 'terminated');
    film.later(300 * minute);
    await next(film);
    expect((await film.store.open.read('gpu')).jobs).toEqual([]);
    ends(film);
    await next(film);
    expect(film.github.reruns).toEqual(['9']);
    film.later(300 * minute);
    await next(film);
    expect((await runOf(film))?.reruns).toBe(1);
    film.later(9 * 24 * 60 * minute);
    await next(film);
    expect(await runOf(film)).toBeUndefined();
  });

  it('starts nothing twice when somebody was faster', async () => {
    const film = await filming();
    await lose(film, '1', b);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    ends(film, { attempt: 2 });
    await next(film);
    expect(film.github.reruns).toEqual([]);
    expect(await runOf(film)).toMatchObject({ reruns: 1, rerunOf: 1 });
  });

  it('asks GitHub about its run once a minute, however often its pool is rung', async () => {
    const film = await filming();
    await lose(film, '1', b);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    film.later(minute);
    film.github.calls.length = 0;
    for (let ring = 0; ring < 5; ring += 1) await film.pass();
    expect(film.github.calls.filter((what) => what === 'run 9')).toHaveLength(1);
  });
});

describe('a job that was not lost', () => {
  it.each<[string, (film: Ec2Crew) => Promise<void>]>([
    [
      'succeeded in time',
      async (film) => {
        await film.warns(b);
        await film.tell('1', { status: 'completed', conclusion: 'success' });
      },
    ],
    [
      'was cancelled',
      async (film) => {
        await film.warns(b);
        await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
      },
    ],
    [
      'had failed before the warning',
      async (film) => {
        await film.tell('1', { status: 'completed', conclusion: 'failure' });
        film.later(30_000);
        await film.warns(b);
      },
    ],
    [
      'failed, and its machine ended',
      async (film) => {
        await film.finished(b, 1);
        await film.tell('1', { status: 'completed', conclusion: 'failure' });
        await film.becomes(b, 'terminated');
      },
    ],
  ])('since it %s is not run again', async (_, play) => {
    const film = await filming(3);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await play(film);
    ends(film);
    await next(film);
    await next(film);
    expect(film.github.reruns).toEqual([]);
  });

  it('since its machine was on demand is not run again', async () => {
    const film = await filming(3);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await film.put({ ...(await film.builder(b)), rung: 1, offering: undefined });
    await film.becomes(b, 'terminated');
    await film.tell('1', { status: 'completed', conclusion: 'failure' });
    ends(film);
    await next(film);
    expect(film.github.reruns).toEqual([]);
  });
});

describe('a run that cannot be run again', () => {
  async function lost(run: Partial<GitHubRun> = {}): Promise<Ec2Crew> {
    const film = await filming(2, run);
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await lose(film, '1', b);
    ends(film);
    return film;
  }

  it('since the App may not is told to the admin as an error, once', async () => {
    const film = await lost();
    film.github.rerunRefusal = 'the App lacks actions: write in film/color';
    for (let after = 0; after < 3; after += 1) await next(film);
    expect(film.lines.filter(({ unit }) => unit === 'rerun')).toEqual([
      expect.objectContaining({ level: 'error', outcome: 'refused', why: film.github.rerunRefusal }),
    ]);
    expect((await runOf(film))?.lost).toBeUndefined();
  });

  it('since it is deleted is forgotten', async () => {
    const film = await lost();
    film.github.known.clear();
    await next(film);
    expect(await runOf(film)).not.toHaveProperty('reruns');
    expect((await runOf(film))?.lost).toBeUndefined();
  });

  it('since policy refuses it today is not', async () => {
    const film = await lost();
    const run = await runOf(film);
    if (run) await film.put({ ...run, trust: 'untrusted', event: 'issue_comment' });
    await next(film);
    expect(film.github.reruns).toEqual([]);
    expect((await runOf(film))?.lost).toBeUndefined();
  });

  it('since a rate limit is met is run again later; since an answer is lost, never twice', async () => {
    const film = await lost();
    film.github.doubt.set('rerun', film.ports.clock.now() + minute);
    await next(film);
    expect(await runOf(film)).toMatchObject({ lost: { attempt: 1, jobs: ['1'] } });
    expect((await runOf(film))?.reruns).toBeUndefined();
    film.github.doubt.set('rerun', undefined);
    await next(film);
    film.github.doubt.clear();
    await next(film);
    expect(film.github.calls.filter((what) => what === 'rerun 9')).toHaveLength(2);
    expect(await runOf(film)).toMatchObject({ reruns: 1 });
  });
});

describe('the jobs of a re-run', () => {
  it('keep off spot', async () => {
    const film = await filming();
    await film.tell('2', { status: 'completed', conclusion: 'success' });
    await lose(film, '1', b);
    ends(film);
    await next(film);
    await film.queue('11', repository, { runId: '9', runAttempt: 2 });
    await film.pass();
    const again = (await film.store.open.read('gpu')).builders.find(({ job }) => job === '11');
    expect(again).toMatchObject({ rung: 1 });
  });
});
