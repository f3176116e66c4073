// Whatever comes in: the webhook answers, never with 5xx, and loads nothing for who knows no secret.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { delivery, jobDelivery, request, sign, watchedWebhook } from './deliveries.ts';

const words = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant(undefined));
const headers = fc.record(
  {
    'x-github-event': fc.oneof(words, fc.constantFrom('workflow_job', 'ping', 'constructor')),
    'content-type': fc.oneof(words, fc.constant('application/json')),
    'x-github-delivery': words,
  },
  { requiredKeys: [] },
);
const forgery = fc.oneof(
  words,
  fc.stringMatching(/^sha256=[0-9a-f]{64}$/),
  fc.string().map((body) => sign(body, 'guess')),
);

it('without a good signature: 401 and nothing is loaded', async () => {
  const body = fc.oneof(fc.string(), fc.json(), fc.constant(jobDelivery('queued').body ?? ''));
  await fc.assert(
    fc.asyncProperty(
      body,
      headers,
      forgery,
      fc.boolean(),
      async (text, given, signature, isBase64Encoded) => {
        const { deliver, seen } = watchedWebhook();
        const event = request(text, { ...given, 'x-hub-signature-256': signature });
        expect((await deliver({ ...event, isBase64Encoded })).status).toBe(401);
        expect(seen.loads).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

it('signed nonsense: 202 or 400', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), headers, async (text, given) => {
      const { deliver } = watchedWebhook();
      expect([202, 400]).toContain((await deliver(request(text, given))).status);
    }),
    { numRuns: 300 },
  );
});

it('bytes that are no text: an answer, and nothing loaded', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1 }), async (bytes) => {
      const { deliver, seen } = watchedWebhook();
      const raw = Buffer.from(bytes);
      const event = request(raw.toString('base64'), { 'x-hub-signature-256': sign(raw) });
      expect([202, 400, 401]).toContain((await deliver({ ...event, isBase64Encoded: true })).status);
      expect(seen.loads).toBe(0);
    }),
  );
});

it('a signed workflow_job with any field replaced: 202, recorded or ignored with a reason', async () => {
  const fields = [
    'id',
    'run_id',
    'run_attempt',
    'name',
    'labels',
    'runner_name',
    'created_at',
    'status',
    'x',
  ];
  const value = fc.oneof(fc.anything({ maxDepth: 2 }), fc.double(), fc.maxSafeInteger());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('queued', 'in_progress', 'completed'),
      fc.dictionary(fc.constantFrom(...fields, '__proto__', 'constructor'), value),
      async (action, job) => {
        const { deliver, lines } = watchedWebhook();
        expect((await deliver(jobDelivery(action, job))).status).toBe(202);
        expect(lines).toMatchObject([{ outcome: expect.stringMatching(/^(accepted|ignored)$/) }]);
      },
    ),
    { numRuns: 300 },
  );
});

it('a deep signed body does not exhaust the stack', async () => {
  const deep = '['.repeat(500_000) + ']'.repeat(500_000);
  const { deliver } = watchedWebhook();
  expect([202, 400]).toContain((await deliver(request(deep, { 'x-github-event': 'workflow_job' }))).status);
  expect((await deliver(delivery('workflow_job', null))).status).toBe(202);
});
