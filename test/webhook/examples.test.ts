// Every example of @octokit/webhooks-examples, GitHub and all its enterprise servers, through the handler.
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { delivery, watchedWebhook } from './deliveries.ts';

const require = createRequire(import.meta.url);
const examplesOf = (server: string) =>
  z
    .array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }))
    .parse(require(`@octokit/webhooks-examples/${server}/index.json`));

const outcome = z.object({ outcome: z.string(), why: z.optional(z.string()) });

/** Counts the deliveries of a server by what became of them. */
async function outcomes(server: string): Promise<Record<string, number>> {
  const { deliver, lines } = watchedWebhook();
  for (const { name, examples } of examplesOf(server)) {
    for (const example of examples) {
      const { status } = await deliver(delivery(name, example));
      expect(status, `${server}: ${name}`).toBe(202);
    }
  }
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const { outcome: end, why = '' } = outcome.parse(line);
    const reason = why.startsWith('event ') ? 'event … is not used' : why;
    const key = `${end}: ${reason}`.replace(/: $/, '');
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const unknownProject = 'ignored: octo-org/example-workflow is in no project of the configuration';

it.each([
  [
    'api.github.com',
    {
      accepted: 3,
      'ignored: event … is not used': 317,
      'ignored: installation 1 is not the configured one of Codertocat': 1,
      [unknownProject]: 1,
      'ignored: ping': 4,
      'ignored: waits for the approval of an environment': 2,
      'ignored: wolfy1339/github-events-schemas is in no project of the configuration': 1,
    },
  ],
  ['ghes-31', { 'ignored: event … is not used': 48, 'ignored: ping': 1 }],
  ['ghes-32', { 'ignored: event … is not used': 48, 'ignored: ping': 1 }],
  ['ghes-33', { 'ignored: event … is not used': 48, 'ignored: ping': 1, [unknownProject]: 1 }],
  ['ghes-34', { 'ignored: event … is not used': 121, 'ignored: ping': 2, [unknownProject]: 1 }],
  ['ghes-35', { 'ignored: event … is not used': 122, 'ignored: ping': 2, [unknownProject]: 1 }],
])('%s', async (server, expected) => {
  expect(await outcomes(server)).toEqual(expected);
});
