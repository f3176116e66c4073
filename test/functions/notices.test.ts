// Check runs through real passes: one for each run and reason, kept up to date, closed in the end.
import { describe, expect, it } from 'vitest';
import { type Crew, crew } from './crew.ts';

const minute = 60_000;
const fork = { event: 'pull_request', headRepositoryId: '2' };
const oneAtOnce = {
  projects: { color: { repositories: ['film/color'], pools: ['gpu', 'xl'], concurrency: 1 } },
};

const said = (film: Crew): string[] =>
  film.github.sent.map(({ how, check }) =>
    [how, check.name, check.status, check.conclusion].filter(Boolean).join(' · '),
  );

/** One job runs; the others wait for the limit of their project. */
async function crowded(jobs: string[]): Promise<Crew> {
  const film = crew(oneAtOnce);
  await film.queue('1', 'film/color');
  await film.tell('1', { status: 'in_progress', runner: 'somebody' });
  for (const id of jobs) await film.queue(id, 'film/color', { runId: '90', name: `build ${id}` });
  await film.pass();
  return film;
}

describe('a job that waits', () => {
  it('is spoken of after five minutes, once for its run and reason', async () => {
    const film = await crowded(['2', '3']);
    film.later(5 * minute);
    await film.pass();
    expect(said(film)).toEqual([]);
    film.later(1);
    await film.pass();
    await film.pass();
    expect(said(film)).toEqual(['created · callsheet / build 2 · in_progress']);
    expect(film.github.sent[0]?.check).toMatchObject({
      repository: 'film/color',
      headSha: 'f'.repeat(40),
      externalId: 'callsheet-test-gpu-90-concurrency',
      title: 'Waiting: the project is at its limit',
      summary: expect.stringContaining('Project color runs as many jobs at once as it may: 1'),
    });
  });

  it("never repeats a cloud's own words, which everybody would read", async () => {
    const film = crew();
    const why = 'InvalidInputException: arn:aws:iam::123456789012:role/x';
    film.cloud.launch = async () => ({ started: [], faults: [{ kind: 'invalid', why }] });
    await film.queue('1', 'film/color');
    await film.pass();
    film.later(6 * minute);
    await film.pass();
    await film.pass();
    expect((await film.job('1')).verdict?.why).toContain('arn:aws');
    const { summary = '' } = film.github.sent[0]?.check ?? {};
    expect(summary).toContain('the cloud refuses what the configuration asks for');
    expect(JSON.stringify(film.github.sent)).not.toMatch(/arn|123456789012|InvalidInput/);
  });

  it('has its check run updated at most once a minute, and only when the words change', async () => {
    const film = await crowded(['2']);
    film.later(6 * minute);
    await film.pass();
    const { color } = film.ports.config.projects;
    if (color) color.concurrency = 0;
    film.later(minute - 1);
    await film.pass();
    expect(said(film)).toHaveLength(1);
    film.later(1);
    await film.pass();
    film.later(minute);
    await film.pass();
    expect(said(film).slice(1)).toEqual(['updated 1 · callsheet / build 2 · in_progress']);
  });

  it.each([
    ['starts', { status: 'in_progress', runner: 'r' } as const, 'success', 'The job has started'],
    [
      'is cancelled',
      { status: 'completed', conclusion: 'cancelled' } as const,
      'neutral',
      'The job has ended',
    ],
  ])('has its check run closed when it %s', async (_, news, conclusion, title) => {
    const film = await crowded(['2']);
    film.later(6 * minute);
    await film.pass();
    await film.tell('2', news);
    await film.pass();
    await film.pass();
    expect(said(film).slice(1)).toEqual([`updated 1 · callsheet / build 2 · completed · ${conclusion}`]);
    expect(film.github.sent[1]?.check.title).toBe(title);
  });

  it('has its check run closed later when GitHub does not answer at first', async () => {
    const film = await crowded(['2']);
    film.later(6 * minute);
    await film.pass();
    await film.tell('2', { status: 'in_progress', runner: 'r' });
    film.github.doubt.set('update', undefined);
    await film.pass();
    film.github.doubt.clear();
    await film.pass();
    expect(said(film).slice(1)).toEqual(['updated 1 · callsheet / build 2 · completed · success']);
  });

  it('has no second check run after an answer that was lost: it is looked for', async () => {
    const film = await crowded(['2']);
    film.later(6 * minute);
    film.github.doubt.set('create', undefined);
    await film.pass();
    film.github.doubt.clear();
    await film.pass();
    expect(said(film)).toEqual([]);
    film.later(minute);
    await film.pass();
    expect(said(film)).toEqual(['found · callsheet / build 2 · in_progress']);
  });
});

describe('a job that is refused', () => {
  it('is told so at once, neutrally, once; its run goes on', async () => {
    const film = crew();
    await film.queue('1', 'film/color', {}, fork);
    await film.pass();
    film.later(10 * minute);
    await film.pass();
    expect(said(film)).toEqual(['created · callsheet / build 1 · completed · neutral']);
    expect(film.github.sent[0]?.check.summary).toContain('serves no forks');
    expect(film.github.cancelled).toEqual([]);
    expect(film.cloud.machines.size).toBe(0);
  });

  it('has its run cancelled once where the project wants that', async () => {
    const film = crew();
    film.github.approvalForAll = false;
    await film.queue('1', 'film/volume', {}, fork);
    await film.pass();
    await film.pass();
    expect(film.github.cancelled).toEqual(['91']);
    await film.tell('1', { status: 'completed', conclusion: 'cancelled' });
    expect((await film.job('1')).outcome).toBe('refused');
  });

  it('is served when what it was told has changed', async () => {
    const film = crew();
    film.github.approvalForAll = false;
    await film.queue('1', 'film/volume', {}, fork);
    await film.pass();
    film.github.approvalForAll = true;
    film.later(10 * minute);
    await film.pass();
    expect(film.cloud.machines.size).toBe(1);
    expect((await film.job('1')).verdict?.code).toBe('starting');
  });
});

it('approval that is not known holds the job, and starts nothing', async () => {
  const film = crew();
  film.github.doubt.set('approval', undefined);
  await film.queue('1', 'film/volume', {}, fork);
  await film.pass();
  expect((await film.job('1')).verdict).toMatchObject({ state: 'held', code: 'trust-unknown' });
  expect(film.cloud.machines.size).toBe(0);
});
