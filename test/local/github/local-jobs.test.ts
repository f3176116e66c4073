// The local HTTP surface: queueing, cancelling, reading output, and clear words for what it refuses.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { localJobs } from '../../../infra/local/github/local-jobs.ts';
import { type Stage, stage } from './stage.ts';

let github: Stage;
beforeAll(async () => {
  github = await stage();
});
afterAll(() => github.close());

const good = { repository: 'film/lights', labels: ['gpu'], run: 'true' };
const ask = (method: string, path: string, body?: string, type = 'application/json') =>
  localJobs(github.github).request(path, {
    method,
    headers: { 'content-type': type },
    ...(body === undefined ? {} : { body }),
  });
const post = (body: object) => ask('POST', '/local/jobs', JSON.stringify(body));

describe('local jobs', () => {
  it('are queued with event and fork', async () => {
    const answer = await post({ ...good, event: 'pull_request', fork: true });
    expect(answer.status).toBe(201);
    const { id } = z.object({ id: z.string() }).parse(await answer.json());
    const job = github.github.jobs().find((one) => one.id === id);
    expect(job).toMatchObject({ repository: 'film/lights', event: 'pull_request', fork: true });
    expect((await ask('GET', `/local/jobs/${id}/log`)).headers.get('content-type')).toContain('text/plain');
    expect((await ask('DELETE', `/local/jobs/${id}`)).status).toBe(204);
    expect(github.github.jobs().find((one) => one.id === id)?.conclusion).toBe('cancelled');
  });

  it.each([
    [{ ...good, labels: [] }, "'labels': expected one label at least"],
    [{ ...good, labels: ['gpu', 7] }, "'labels.1': expected a string"],
    [{ ...good, run: '' }, "'run': expected not empty"],
    [{ ...good, repository: 'lights' }, "'repository': expected 'owner/name'"],
    [{ ...good, fork: 'no' }, "'fork': expected true or false"],
    [{ ...good, command: 'true' }, "unknown field 'command'"],
    [[], "'body': expected"],
  ])('refuse %j', async (body, words) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(words);
  });

  it('refuse what is not JSON, by its type or its text', async () => {
    expect((await ask('POST', '/local/jobs', JSON.stringify(good), 'text/plain')).status).toBe(415);
    expect((await ask('POST', '/local/jobs', '{')).status).toBe(400);
  });

  it('name the repositories that there are', async () => {
    const answer = await post({ ...good, repository: 'film/nothing' });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('known are: film/lights, film/camera, other/thing');
  });

  it('are not found by another id', async () => {
    expect((await ask('DELETE', '/local/jobs/0')).status).toBe(404);
    expect((await ask('GET', '/local/jobs/0/log')).status).toBe(404);
  });
});
