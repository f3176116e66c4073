// Webhook deliveries: their headers and payloads, failures, redelivery, faults.
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { byHand, jwt, type Stage, stage, until } from './stage.ts';

let github: Stage;
afterEach(() => github.close());

const queue = () => github.github.queueJob({ repository: 'film/lights', labels: ['gpu'], run: 'true' });

const listShape = z.object({
  items: z.array(
    z.object({ guid: z.string(), status: z.string(), status_code: z.number(), redelivery: z.boolean() }),
  ),
});
const listed = async (query = '') =>
  listShape.parse((await github.app(`GET /app/hook/deliveries${query}`)).body).items;

/** Ids as the answer's text spells them: they are larger than a number of JavaScript holds. */
async function idsOf(): Promise<string[]> {
  const headers = { authorization: `Bearer ${jwt(github.github.appPrivateKeyPem)}` };
  const text = await (await fetch(`${github.github.url}/app/hook/deliveries`, { headers })).text();
  return [...text.matchAll(/"id":(\d+)/g)].map((match) => match[1] ?? '');
}

/** Waits until `n` attempts are listed. */
async function attempts(n: number) {
  let now = await listed();
  await until(() => {
    if (now.length < n) listed().then((list) => (now = list));
    return now.length >= n;
  });
  return now;
}

const example = z.looseObject({
  workflow_job: z.looseObject({ status: z.string() }),
  repository: z.looseObject({ owner: z.looseObject({}) }),
  sender: z.looseObject({}),
  organization: z.optional(z.looseObject({})),
  installation: z.optional(z.looseObject({})),
});
const examples = z
  .array(z.object({ name: z.string(), examples: z.array(z.unknown()) }))
  .parse(createRequire(import.meta.url)('@octokit/webhooks-examples'))
  .filter(({ name }) => name === 'workflow_job')
  .flatMap((event) => event.examples.map((one) => example.parse(one)));

const keys = (value: object | undefined): string[] => Object.keys(value ?? {}).sort();

describe('payloads', () => {
  it("have the fields of GitHub's own, in whole seconds", async () => {
    github = await stage();
    const runner = byHand(github, (await github.jit('r', ['gpu'])).config);
    await runner.connect();
    const id = queue();
    await runner.ask();
    await runner.start(id);
    await runner.end(id);
    await until(() => github.received.length === 3);
    const newest = examples.findLast((one) => one.installation);
    const inOrganization = examples.find((one) => one.organization);
    for (const { body } of github.received) {
      const ours = example.parse(JSON.parse(body));
      expect(keys(ours.workflow_job)).toEqual(keys(newest?.workflow_job));
      expect(keys(ours.repository)).toEqual(keys(newest?.repository));
      expect(keys(ours.repository.owner)).toEqual(keys(newest?.repository.owner));
      expect(keys(ours.sender)).toEqual(keys(newest?.sender));
      expect(keys(ours.installation)).toEqual(keys(newest?.installation));
      expect(keys(ours.organization)).toEqual(keys(inOrganization?.organization));
      expect(JSON.stringify(ours.workflow_job)).not.toMatch(/\d\.\d+Z/);
    }
    const [queued, started, completed] = github.received.map(({ payload }) => payload.workflow_job);
    expect(queued).toMatchObject({ status: 'queued', runner_id: null, runner_name: null, conclusion: null });
    expect(started).toMatchObject({ status: 'in_progress', runner_name: 'r', completed_at: null });
    expect(completed).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      runner_group_name: 'render',
    });
  });

  it('name no runner for a job that never ran, and have its start after its end', async () => {
    github = await stage();
    github.github.cancelJob(queue());
    await until(() => github.received.length === 2);
    const ended = github.received.find(({ action }) => action === 'completed')?.payload.workflow_job;
    expect(ended).toMatchObject({ conclusion: 'cancelled', runner_id: 0, runner_name: '' });
    expect(String(ended?.started_at) > String(ended?.completed_at)).toBe(true);
  });

  it('are sent only for owners that have installed the App', async () => {
    github = await stage();
    github.github.queueJob({ repository: 'other/thing', labels: ['gpu'], run: 'true' });
    queue();
    await until(() => github.received.length === 1);
    expect(github.received[0]?.body).toContain('"full_name":"film/lights"');
  });
});

describe('failures', () => {
  it('are listed with their status, and sent again only on request, with the same guid', async () => {
    github = await stage({}, (n) => (n === 0 ? 500 : 202));
    queue();
    expect(await attempts(1)).toMatchObject([{ status_code: 500, status: 'Internal Server Error' }]);
    const [id] = await idsOf();
    expect(BigInt(id ?? 0)).toBeGreaterThan(2n ** 60n);
    expect((await github.app(`POST /app/hook/deliveries/${id}/attempts`)).status).toBe(202);
    const both = await attempts(2);
    expect(both).toMatchObject([
      { status: 'OK', status_code: 202, redelivery: true },
      { status_code: 500, redelivery: false },
    ]);
    expect(both[0]?.guid).toBe(both[1]?.guid);
    expect(github.received.map(({ headers }) => headers['x-github-delivery'])).toEqual([
      both[0]?.guid,
      both[0]?.guid,
    ]);
    expect((await github.app('POST /app/hook/deliveries/1/attempts')).status).toBe(404);
  });

  it('include a refused connection, an answer that does not come, and a lost delivery', async () => {
    github = await stage({ webhook: { url: 'http://127.0.0.1:1/', secret: 's' } });
    queue();
    expect(await attempts(1)).toMatchObject([{ status_code: 0, status: 'failed to connect to host' }]);
    await github.close();
    github = await stage({ deliveryTimeoutMs: 50 }, () => undefined);
    queue();
    expect(await attempts(1)).toMatchObject([{ status_code: 0, status: 'timed out' }]);
    await github.close();
    github = await stage({ faults: { lose: (n) => n === 0 } });
    queue();
    expect(await attempts(1)).toMatchObject([{ status_code: 0 }]);
    expect(github.received).toEqual([]);
  });

  it('are paged by a cursor, the newest first', async () => {
    github = await stage();
    for (let i = 0; i < 5; i++) queue();
    const all = await attempts(5);
    const first = await github.app('GET /app/hook/deliveries?per_page=3');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await github.app(`GET ${next}`);
    expect(second.headers.get('link')).toBeNull();
    const pages = [first, second].flatMap(({ body }) => listShape.parse(body).items);
    expect(pages.map(({ guid }) => guid)).toEqual(all.map(({ guid }) => guid));
  });
});

describe('faults', () => {
  it('deliver twice, with one guid', async () => {
    github = await stage({ faults: { duplicate: true } });
    queue();
    await until(() => github.received.length === 2);
    expect(new Set(github.received.map(({ headers }) => headers['x-github-delivery'])).size).toBe(1);
  });

  it('deliver in reverse order', async () => {
    github = await stage({ faults: { reverse: true } });
    github.github.cancelJob(queue());
    await until(() => github.received.length === 2);
    expect(github.received.map(({ action }) => action)).toEqual(['completed', 'queued']);
  });
});
