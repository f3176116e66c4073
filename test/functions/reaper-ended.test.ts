// Jobs that nobody will ever serve: their run has ended, GitHub does not know them, or their day is over.
import { describe, expect, it } from 'vitest';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const hour = 60 * minute;
const b = 'memory-gpu-1-0';
const ended = { status: 'completed', conclusion: 'startup_failure' };

async function sweeps(film: Crew, n: number): Promise<string[]> {
  const problems: string[] = [];
  for (let nth = 0; nth < n; nth += 1) {
    film.later(minute);
    problems.push(...(await sweep(film.ports)).problems);
  }
  return problems;
}

const asked = (film: Crew, what: string): number => film.github.calls.filter((call) => call === what).length;

describe('a job whose run has ended while GitHub has it queued', () => {
  it('is closed at admission, and no machine is started for it', async () => {
    const film = crew();
    await film.queue('1', 'film/color', { runId: '9' }, ended);
    await film.queue('2', 'film/color', { runId: '9' });
    await film.queue('3', 'film/color');
    await film.pass();
    for (const id of ['1', '2']) {
      expect(await film.job(id)).toMatchObject({ phase: 'done', outcome: 'startup_failure' });
    }
    expect(film.cloud.machines.size).toBe(1);
    expect((await film.builder(b)).job).toBe('3');
  });

  it('is closed by what GitHub says of the job itself, where that has ended, too', async () => {
    const film = crew();
    await film.queue('1', 'film/color', {}, ended);
    const job = film.github.known.get('1');
    if (job)
      film.github.known.set('1', { ...job, status: 'completed', conclusion: 'success', runner: 'other' });
    await film.pass();
    expect(await film.job('1')).toMatchObject({ phase: 'done', outcome: 'success', runner: 'other' });
  });

  it('waits when GitHub does not tell of the job: no machine is started', async () => {
    const film = crew();
    await film.queue('1', 'film/color', {}, ended);
    film.github.doubt.set('job 1', undefined);
    await film.pass();
    expect((await film.job('1')).phase).toBe('waiting');
    expect(film.cloud.machines.size).toBe(0);
    film.github.doubt.clear();
    await film.pass();
    expect((await film.job('1')).phase).toBe('done');
  });

  it('is served when it belongs to the next attempt, of which the run does not tell yet', async () => {
    const film = crew();
    await film.queue('1', 'film/color', { runAttempt: 2 }, { ...ended, attempt: 1 });
    await film.pass();
    expect((await film.job('1')).phase).toBe('waiting');
    expect(film.cloud.machines.size).toBe(1);
  });

  it('is found out later by the sweep, by one more call for its run', async () => {
    const film = crew();
    for (const id of ['1', '2']) await film.queue(id, 'film/color', { runId: '9' });
    await film.pass();
    film.github.events.set('9', ended);
    film.github.calls.length = 0;
    await sweeps(film, 10);
    expect(asked(film, 'run 9')).toBe(0);
    expect((await film.job('1')).phase).toBe('waiting');
    await sweeps(film, 3);
    expect(asked(film, 'run 9')).toBe(1);
    for (const id of ['1', '2'])
      expect(await film.job(id)).toMatchObject({ phase: 'done', outcome: 'startup_failure' });
  });

  it('is found out by the pass after the first builder that it did not come to', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    await film.claim(b);
    film.github.events.set('91', ended);
    film.later(2 * minute);
    await film.finished(b, 1);
    await film.pass();
    expect(await film.job('1')).toMatchObject({ phase: 'done', outcome: 'startup_failure' });
    expect((await film.store.open.read('gpu')).launches).toHaveLength(1);
  });
});

/** Its builder ends without a job, and the next pass asks. */
async function unnamed(film: Crew): Promise<void> {
  film.github.doubt.set('job', undefined);
  await film.claim(b);
  film.github.doubt.clear();
  film.later(2 * minute);
  await film.finished(b, 1);
  await film.pass();
}

/** The configuration gives its labels to another pool. */
async function moved(film: Crew): Promise<void> {
  const { gpu, xl } = film.ports.config.pools;
  if (gpu && xl)
    film.ports.config.pools = { gpu: { ...gpu, labels: ['old'] }, xl: { ...xl, labels: ['gpu'] } };
  await sweeps(film, 1);
}

describe('jobs that GitHub does not know', () => {
  async function eight(): Promise<Crew> {
    const film = crew();
    for (let id = 1; id <= 8; id += 1) await film.queue(String(id), 'film/color');
    film.later(4 * minute);
    return film;
  }
  const open = async (film: Crew) =>
    (await film.store.open.read('gpu')).jobs.filter(({ phase }) => phase !== 'done').map(({ id }) => id);

  it('are closed where it knows most of the others', async () => {
    const film = await eight();
    for (const id of ['1', '2', '3']) film.github.known.delete(id);
    expect(await sweeps(film, 4)).toEqual([]);
    expect((await open(film)).length).toBe(8);
    expect(await sweeps(film, 1)).toEqual([]);
    expect((await open(film)).sort()).toEqual(['4', '5', '6', '7', '8']);
  });

  it.each([
    ['at a claim', async (film: Crew) => void (await film.claim(b))],
    ['after a builder that it did not come to', unnamed],
    ['in sweeps', (film: Crew) => sweeps(film, 7).then(() => undefined)],
    ['when it is moved', moved],
  ])('but that GitHub does not know for a minute only are not lost: %s', async (_, asked) => {
    const film = crew();
    await film.queue('1', 'film/color');
    await film.pass();
    const known = new Map(film.github.known);
    film.github.known.clear();
    await asked(film);
    const [job] = [
      await film.store.open.get('gpu', 'job', '1'),
      await film.store.open.get('xl', 'job', '1'),
    ].filter((one) => one !== undefined);
    expect(job?.phase).toBe('waiting');
    for (const [id, one] of known) film.github.known.set(id, one);
    await sweeps(film, 10);
    expect(await film.store.history.has('job', '1')).toBe(false);
  });

  it('are left while that is said of most jobs of a repository, and believed after ten minutes', async () => {
    const film = await eight();
    for (const id of ['1', '2', '3', '4', '5']) film.github.known.delete(id);
    const problems = await sweeps(film, 2);
    const why = 'GitHub does not know 5 of 8 jobs of film/color; believed if it says so for ten minutes';
    expect(problems).toEqual([`silent jobs of pool gpu: ${why}`]);
    expect((await open(film)).length).toBe(8);
    await sweeps(film, 9);
    expect((await open(film)).length).toBe(8);
    await sweeps(film, 1);
    expect((await open(film)).sort()).toEqual(['6', '7', '8']);
  });

  it('are there after all, when GitHub was wrong for nine minutes', async () => {
    const film = await eight();
    const known = new Map(film.github.known);
    film.github.known.clear();
    await sweeps(film, 9);
    for (const [id, job] of known) film.github.known.set(id, job);
    expect(await sweeps(film, 3)).toEqual([]);
    film.github.known.clear();
    await sweeps(film, 9);
    expect((await open(film)).length).toBe(8);
  });
});

describe('a job that waits for almost a day', () => {
  it('is a problem by name, with the reason, and closed by what GitHub says', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    const verdict = {
      state: 'held',
      code: 'concurrency',
      why: 'project color runs 2 jobs.',
      since: 0,
    } as const;
    await film.put({ ...(await film.job('1')), verdict });
    film.later(19 * hour);
    await sweep(film.ports);
    expect(await sweeps(film, 1)).toEqual([]);
    film.later(hour);
    await sweep(film.ports);
    const times = 'waits since 2026-11-21T12:00Z, GitHub fails it at 2026-11-22T12:00Z';
    expect(await sweeps(film, 1)).toEqual([`job 1 of film/color: ${times}: project color runs 2 jobs.`]);
    const job = film.github.known.get('1');
    if (job) film.github.known.set('1', { ...job, status: 'completed', conclusion: 'failure' });
    film.later(4 * hour);
    await sweep(film.ports);
    expect(await film.job('1')).toMatchObject({ phase: 'done', outcome: 'failure' });
    expect(await sweeps(film, 1)).toEqual([]);
  });

  it('is none when it was refused: nobody can help it', async () => {
    const film = crew();
    await film.queue('1', 'film/color');
    const verdict = { state: 'refused', code: 'trust-refused', why: 'It is a fork.', since: 0 } as const;
    await film.put({ ...(await film.job('1')), verdict });
    film.later(21 * hour);
    await sweep(film.ports);
    expect(await sweeps(film, 1)).toEqual([]);
  });

  it('is one line where there are many', async () => {
    const film = crew();
    for (let id = 1; id <= 30; id += 1) await film.queue(String(id), 'film/color');
    film.later(21 * hour);
    await sweep(film.ports);
    const problems = await sweeps(film, 1);
    expect(problems).toHaveLength(11);
    expect(problems.at(-1)).toBe('old jobs: 20 others wait for more than 20 hours');
  });
});

it('an old job that the configuration has let go is not kept for ever where GitHub is silent', async () => {
  const film = crew();
  await film.queue('1', 'film/color');
  const { gpu, xl } = film.ports.config.pools;
  if (gpu && xl) film.ports.config.pools = { gpu: { ...gpu, labels: ['old'] }, xl };
  film.github.doubt.set('job 1', undefined);
  expect(await sweeps(film, 1)).toContain('seat of job 1: job 1: no answer');
  film.later(26 * hour);
  await sweeps(film, 1);
  expect((await film.store.open.read('gpu')).jobs).toEqual([]);
});
