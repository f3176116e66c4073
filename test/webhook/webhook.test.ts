// The webhook through its handler: what is answered, what is recorded, what is never loaded.
import { describe, expect, it } from 'vitest';
import { bodyLimit } from '../../functions/webhook/delivery.ts';
import { Misconfigured } from '../../shared/runtime/misconfigured.ts';
import { delivery, jobDelivery, request, secret, sign, watchedWebhook } from './deliveries.ts';

describe('a job that is ours', () => {
  it('is recorded with its seat, and accepted', async () => {
    const { deliver, jobs } = watchedWebhook();
    expect(await deliver(jobDelivery('queued'))).toEqual({
      status: 202,
      answer: { accepted: true, pool: 'gpu' },
    });
    expect(jobs).toEqual([
      {
        fact: {
          id: '29679449526',
          phase: 'waiting',
          repository: 'acme/demo',
          labels: ['self-hosted', 'gpu'],
          name: 'test (gpu)',
          runId: '10723461245',
          runAttempt: 2,
          headSha: '3484a3fb816e0859fd6e1cea078d76385ff50625',
          queuedAt: Date.parse('2026-11-21T10:00:00Z'),
        },
        seat: { pool: 'gpu', project: 'demo', scope: 'group/acme/callsheet-demo+self-hosted' },
      },
    ]);
  });

  it('is logged in one line that holds nothing of its body but the action', async () => {
    const { deliver, lines } = watchedWebhook();
    await deliver(jobDelivery('queued'));
    expect(lines).toEqual([
      {
        delivery: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
        event: 'workflow_job',
        action: 'queued',
        outcome: 'accepted',
        ms: expect.any(Number),
      },
    ]);
  });

  it('names its runner once it runs, and its outcome once it is done', async () => {
    const { deliver, jobs } = watchedWebhook();
    await deliver(jobDelivery('in_progress', { runner_name: 'callsheet-test-b1-1-1' }));
    await deliver(
      jobDelivery('completed', {
        conclusion: 'success',
        runner_name: '',
        completed_at: '2026-11-21T10:00:01Z',
      }),
    );
    const facts = jobs.map(({ fact }) => fact);
    expect(facts[0]).toMatchObject({ phase: 'running', runner: 'callsheet-test-b1-1-1' });
    expect(facts[1]).toMatchObject({ phase: 'done', outcome: 'success' });
    expect(facts[1]?.runner).toBeUndefined();
    expect(facts[1]?.endedAt).toBeLessThan(facts[1]?.startedAt ?? 0);
  });

  it('is recorded from headers of any case, a base64 body, and any charset', async () => {
    const { deliver, jobs } = watchedWebhook();
    const plain = jobDelivery('queued', { name: 'Größe 🎬' });
    const body = plain.body ?? '';
    await deliver({ ...plain, body: Buffer.from(body).toString('base64'), isBase64Encoded: true });
    for (const type of [
      'application/json; charset=utf-8',
      'Application/JSON;charset="UTF-8"',
      ' application/json ',
    ]) {
      await deliver({ ...plain, headers: { ...plain.headers, 'content-type': type } });
    }
    const shouted = Object.entries(plain.headers).map(([name, value]) => [name.toUpperCase(), value]);
    await deliver({ ...plain, headers: Object.fromEntries(shouted) });
    expect(jobs.map(({ fact }) => fact.name)).toEqual(Array(5).fill('Größe 🎬'));
  });
});

describe("a job that is not ours is ignored with the reason, before anything of AWS's is loaded", () => {
  it.each([
    [
      'another installation',
      jobDelivery('queued', {}, { installation: { id: 78 } }),
      /^installation 78 is not/,
    ],
    [
      'another repository',
      jobDelivery('queued', {}, { repository: { full_name: 'acme/other' } }),
      /^acme\/other is/,
    ],
    [
      'no label of a pool',
      jobDelivery('queued', { labels: ['self-hosted', 'linux'] }),
      /^no pool has one of/,
    ],
    ['a pool of others', jobDelivery('queued', { labels: ['takeover'] }), /may not use pool takeover/],
    ['an environment', jobDelivery('queued', { status: 'waiting' }), /approval of an environment/],
    ['an environment, by the action', jobDelivery('waiting'), /approval of an environment/],
    ['a new action', jobDelivery('teleported'), /^workflow_job action teleported is not used$/],
    [
      'a foreign runner',
      jobDelivery('in_progress', { labels: ['arm'], runner_name: 'callsheet-testing-b-1-1' }),
      /no pool/,
    ],
    ['another event', delivery('push', { ref: 'refs/heads/main' }), /^event push is not used$/],
    ['ping', delivery('ping', { zen: 'Keep it logically awesome.' }), /^ping$/],
  ])('%s', async (_, event, why) => {
    const { deliver, seen, lines } = watchedWebhook();
    const { status, answer } = await deliver(event);
    expect(status).toBe(202);
    expect(answer).toEqual({ ignored: expect.stringMatching(why) });
    expect(lines).toMatchObject([{ outcome: 'ignored', why: expect.stringMatching(why) }]);
    expect(seen.loads).toBe(0);
  });
});

describe('a job without our labels on one of our runners', () => {
  it.each(['in_progress', 'completed'])('is ours when %s', async (action) => {
    const { deliver, jobs, foreign } = watchedWebhook();
    const event = jobDelivery(action, { labels: ['linux'], runner_name: 'callsheet-test-b1-1-1' });
    expect(await deliver(event)).toEqual({ status: 202, answer: { accepted: true } });
    expect(foreign).toMatchObject([{ id: '29679449526', runner: 'callsheet-test-b1-1-1' }]);
    expect(jobs).toEqual([]);
  });

  it('is ours also when its repository is in no project, unless another installation says so', async () => {
    const { deliver, foreign, seen } = watchedWebhook();
    const job = { labels: ['gpu'], runner_name: 'callsheet-test-b1-1-1' };
    const other = { repository: { full_name: 'acme/other' } };
    await deliver(jobDelivery('completed', job, { ...other, installation: { id: 666 } }));
    expect(seen.loads).toBe(0);
    await deliver(jobDelivery('completed', job, other));
    expect(foreign).toMatchObject([{ repository: 'acme/other', runner: 'callsheet-test-b1-1-1' }]);
  });

  it('is nobody when another installation says so', async () => {
    const { deliver, seen } = watchedWebhook();
    const job = { labels: ['linux'], runner_name: 'callsheet-test-b1-1-1' };
    await deliver(jobDelivery('completed', job, { installation: { id: 666 } }));
    expect(seen.loads).toBe(0);
  });
});

describe('a delivery that cannot be trusted', () => {
  const good = jobDelivery('queued');
  const body = good.body ?? '';
  const hex = sign(body).slice('sha256='.length);

  it.each([
    ['no signature', undefined, 'missing'],
    ['an empty one', '', 'missing'],
    ['no digits', 'sha256=', 'bad'],
    ['another prefix', `sha1=${hex}`, 'bad'],
    ['no prefix', hex, 'bad'],
    ['one digit less', `sha256=${hex.slice(1)}`, 'bad'],
    ['of another body', sign(`${body} `), 'bad'],
    ['of another secret', sign(body, 'guess'), 'bad'],
  ])('%s', async (_, signature, verdict) => {
    const { deliver, seen, lines } = watchedWebhook();
    const answer = await deliver(
      request(body, { 'x-github-event': 'workflow_job', 'x-hub-signature-256': signature }),
    );
    expect(answer).toEqual({ status: 401, answer: { error: 'signature missing or bad' } });
    expect(lines).toMatchObject([{ outcome: 'refused', why: `signature ${verdict}` }]);
    expect(JSON.stringify(lines)).not.toContain(hex);
    expect(seen.loads).toBe(0);
  });

  it('is not read at all: broken JSON without a signature is 401, with one 400', async () => {
    const { deliver } = watchedWebhook();
    expect((await deliver(request('{', { 'x-hub-signature-256': 'sha256=00' }))).status).toBe(401);
    expect(await deliver(request('{'))).toEqual({ status: 400, answer: { error: 'the body is not JSON' } });
    expect((await deliver(request(''))).status).toBe(401);
  });

  it('either secret is good while they are rotated', async () => {
    const { deliver, jobs } = watchedWebhook({ secrets: async () => ['new', secret] });
    await deliver(good);
    await deliver({ ...good, headers: { ...good.headers, 'x-hub-signature-256': sign(body, 'new') } });
    expect(jobs).toHaveLength(2);
  });
});

describe('a delivery of another form', () => {
  it('is refused with the remedy when the App sends forms', async () => {
    const form = request('payload=%7B%7D', { 'content-type': 'application/x-www-form-urlencoded' });
    const { status, answer } = await watchedWebhook().deliver(form);
    expect(status).toBe(400);
    expect(answer).toEqual({ error: expect.stringContaining("in the App's webhook settings") });
  });

  it('is too large beyond the limit, base64 or not, and fine at the limit', async () => {
    const { deliver } = watchedWebhook();
    const exact = JSON.stringify('é'.repeat(bodyLimit / 2 - 1));
    expect((await deliver(request(exact))).status).toBe(202);
    const above = request(`${exact} `);
    expect(await deliver(above)).toEqual({ status: 413, answer: { error: 'too large' } });
    const encoded = Buffer.from(`${exact} `).toString('base64');
    expect((await deliver({ ...above, body: encoded, isBase64Encoded: true })).status).toBe(413);
  });
});

describe('when something of ours fails', () => {
  class TableError extends Error {
    override name = 'TableError';
    readonly code = 'ThrottlingException';
  }
  const fail = () => Promise.reject(new TableError('while writing {"jobs":"content"}'));

  it('the answer is 503, so that the delivery is sent again, and the log has no content', async () => {
    const { deliver, lines } = watchedWebhook({ record: fail });
    expect((await deliver(jobDelivery('queued'))).status).toBe(503);
    expect(lines).toMatchObject([{ outcome: 'failed', why: 'TableError ThrottlingException' }]);
    expect(JSON.stringify(lines)).not.toContain('content');
  });

  it('a wrong setting is named in the log', async () => {
    const wrong = () => Promise.reject(new Misconfigured('the parameter must hold a secret'));
    const { deliver, lines } = watchedWebhook({ secrets: wrong });
    expect((await deliver(jobDelivery('queued'))).status).toBe(503);
    expect(lines).toMatchObject([{ why: 'the parameter must hold a secret' }]);
  });

  it('a delivery whose signature cannot be checked is not refused for ever', async () => {
    const { deliver, seen } = watchedWebhook({ secrets: fail });
    expect((await deliver(jobDelivery('queued'))).status).toBe(503);
    expect((await deliver(request('{}', { 'x-hub-signature-256': undefined }))).status).toBe(401);
    expect(seen.loads).toBe(0);
  });
});
