// The jobs and runs of the simulated GitHub: unless it behaves like GitHub, worlds prove nothing.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { aJob, aRunner, repository, stage, start } from './github/stage.ts';
import { minute, second } from './time.ts';

const hour = 60 * minute;

const examples = z
  .array(z.object({ name: z.string(), examples: z.array(z.unknown()) }))
  .parse(createRequire(import.meta.url)('@octokit/webhooks-examples'))
  .filter(({ name }) => name === 'workflow_job')
  .flatMap((event) => event.examples);
const payload = z.looseObject({ workflow_job: z.looseObject({}), installation: z.optional(z.unknown()) });

describe('jobs and their deliveries', () => {
  it("have all the fields of GitHub's own", async () => {
    const { github, delivered, wait } = stage();
    github.queue(aJob());
    await wait(10 * second);
    const theirs = examples.map((one) => payload.parse(one)).findLast(({ installation }) => installation);
    const ours = payload.parse(JSON.parse(delivered[0]?.body ?? ''));
    expect(Object.keys(ours.workflow_job).sort()).toEqual(Object.keys(theirs?.workflow_job ?? {}).sort());
    expect(JSON.stringify(ours)).not.toMatch(/\d\.\d+Z/);
  });

  it('tell of a job what the API tells', async () => {
    const all = stage();
    const { github, facts, jobs, wait, answer } = all;
    await aRunner(all, 'ours');
    const job = aJob({ name: 'build', runId: '700', attempt: 2 });
    github.queue(job);
    await wait(30 * second);
    const shown = await answer(jobs.job(repository, job.id));
    expect(shown).toMatchObject({ status: 'in_progress', runner: 'ours', runId: '700', name: 'build' });
    await wait(5 * minute);
    const told = (action: string) => facts().find((fact) => fact.action === action);
    expect(facts()).toHaveLength(3);
    const { id, name, runId, queuedAt } = shown ?? {};
    expect(told('queued')).toMatchObject({ id, name, runId, queuedAt, runAttempt: 2 });
    expect(told('in_progress')).toMatchObject({ runner: 'ours' });
    expect(told('completed')).toMatchObject({ runner: 'ours', outcome: 'success' });
    expect(await answer(jobs.job(repository, job.id))).toMatchObject({
      conclusion: 'success',
      runner: 'ours',
    });
    expect(await answer(jobs.job('film/volume', job.id))).toBeUndefined();
    expect([...github.runners.keys()]).toEqual([]);
  });

  it('name no runner before a job runs, and end before they start when it never did', async () => {
    const { github, facts, wait } = stage();
    const job = aJob();
    github.queue(job);
    await wait(10 * second);
    github.cancel(job);
    await wait(10 * second);
    const [queued, completed] = facts();
    expect(queued).toMatchObject({ action: 'queued' });
    expect(queued).not.toHaveProperty('runner', expect.anything());
    expect(completed).toMatchObject({ action: 'completed', outcome: 'cancelled', runner: undefined });
    expect(completed).toHaveProperty('startedAt', expect.any(Number));
    if (completed && 'endedAt' in completed) expect(completed.endedAt).toBeLessThan(completed.startedAt ?? 0);
  });

  it('wait for an environment before any runner may have them', async () => {
    const all = stage();
    const { github, facts, jobs, wait, answer } = all;
    await aRunner(all, 'ours');
    const job = aJob({ waitsMs: 10 * minute });
    github.queue(job);
    await wait(9 * minute);
    expect(await answer(jobs.job(repository, job.id))).toMatchObject({ status: 'environment' });
    expect(await answer(jobs.queued(repository, 10))).toEqual([]);
    expect(facts()).toMatchObject([{ action: 'ignored' }]);
    await wait(5 * minute);
    expect(job.startedAt).toBeGreaterThan(start + 10 * minute);
    expect(facts()[1]).toMatchObject({ action: 'queued' });
  });

  it('fail when they are queued for a day', async () => {
    const { github, wait } = stage();
    const job = aJob();
    github.queue(job);
    await wait(24 * hour + second);
    expect(job).toMatchObject({ state: 'done', outcome: 'failure' });
    expect(job.startedAt).toBeUndefined();
  });
});

describe('runs', () => {
  it('have the state of their jobs, and are cancelled with all of them, once', async () => {
    const all = stage();
    const { github, jobs, answer, wait } = all;
    await aRunner(all, 'ours');
    const both = [aJob({ runId: '900', name: 'a' }), aJob({ runId: '900', name: 'b' })];
    for (const job of both) github.queue(job);
    expect(await answer(jobs.run(repository, '900'))).toMatchObject({ status: 'queued', event: 'push' });
    await wait(10 * second);
    expect(await answer(jobs.run(repository, '900'))).toMatchObject({ status: 'in_progress' });
    expect(await answer(jobs.queued(repository, 10))).toHaveLength(1);
    await answer(jobs.cancelRun(repository, '900'));
    await wait(10 * second);
    expect(both.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled']);
    expect(await answer(jobs.run(repository, '900'))).toMatchObject({ status: 'completed' });
    await answer(jobs.cancelRun(repository, '900'));
    await answer(jobs.cancelRun(repository, '901'));
  });

  it('are run again as new jobs of the next attempt, what has failed only', async () => {
    const all = stage();
    const { github, jobs, answer, wait } = all;
    for (const name of ['one', 'two']) await aRunner(all, name);
    const bad = aJob({ runId: '910', name: 'bad', comesTo: 'failure' });
    const good = aJob({ runId: '910', name: 'good' });
    github.queue(bad);
    github.queue(good);
    expect(await answer(jobs.rerun(repository, '910'))).toBeUndefined();
    expect(github.jobs.size).toBe(2);
    await wait(3 * minute);
    expect(await answer(jobs.run(repository, '910'))).toMatchObject({ status: 'completed', attempt: 1 });
    expect(await answer(jobs.rerun(repository, '910'))).toBeUndefined();
    const [, , again] = github.jobs.values();
    expect(again).toMatchObject({ made: 'rerun', name: 'bad', attempt: 2, state: 'queued' });
    expect(await answer(jobs.run(repository, '910'))).toMatchObject({ status: 'in_progress', attempt: 2 });
    expect(await answer(jobs.queued(repository, 10))).toMatchObject([{ id: again?.id, runAttempt: 2 }]);
    await aRunner(all, 'three');
    await wait(3 * minute);
    expect(await answer(jobs.rerun(repository, '910'))).toMatch(/no failed jobs/);
    expect(github.rerun(good, true)).toHaveLength(2);
    expect(await answer(jobs.rerun(repository, '404'))).toMatch(/404/);
  });

  it('that could not start have completed, and their jobs stay queued for nobody', async () => {
    const all = stage({ deadRun: 1 });
    const { github, jobs, answer, wait } = all;
    github.queue(aJob());
    const dead = [...github.jobs.values()].find(({ made }) => made === 'dead');
    const id = dead?.id ?? '';
    for (const name of ['one', 'two']) await aRunner(all, name);
    await wait(10 * minute);
    expect(await answer(jobs.job(repository, id))).toMatchObject({ status: 'queued' });
    expect(await answer(jobs.run(repository, id))).toMatchObject({ status: 'completed' });
    expect(await answer(jobs.queued(repository, 10))).toEqual([]);
    expect([...github.runners.keys()]).toHaveLength(1);
  });

  it('of forks come from another repository', async () => {
    const { github, jobs, answer } = stage();
    const job = aJob({ id: '123457', fork: true, event: 'pull_request' });
    github.queue(job);
    const run = await answer(jobs.run(repository, job.id));
    expect(run?.headRepositoryId).not.toBe(run?.baseRepositoryId);
    expect(await answer(jobs.requiresApprovalForAll(repository))).toBe(false);
  });
});
