// The local HTTP surface for jobs: queue one, cancel it, read its output. Paths begin with `/local/jobs`.
import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { EmbeddedGitHub } from './surface.ts';

const text = z.string('a string').check(z.minLength(1, 'not empty'));
const jobRequest = z.strictObject({
  repository: text.check(z.regex(/^[\w.-]+\/[\w.-]+$/, "'owner/name'")),
  labels: z.array(text, 'an array of strings').check(z.minLength(1, 'one label at least'), z.maxLength(100)),
  run: text.check(z.maxLength(65_536, '65,536 characters at most')),
  event: z.optional(z.string('a string').check(z.regex(/^[a-z_]+$/, "an event's name such as 'push'"))),
  fork: z.optional(z.boolean('true or false')),
});

const shape =
  '{"repository":"owner/name","labels":["gpu"],"run":"shell command","event":"push","fork":false}';

function problem(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return `unknown field '${issue.keys[0]}'; it takes ${shape}`;
  const place = issue?.path.join('.') || 'body';
  return `'${place}': expected ${issue?.message ?? 'another value'}; it takes ${shape}`;
}

export function localJobs(github: EmbeddedGitHub): Hono {
  const routes = new Hono();
  routes.post('/local/jobs', async (c) => {
    const type = c.req.header('content-type') ?? '';
    if (!/^application\/json\s*(;|$)/i.test(type))
      return c.json({ message: 'content-type must be application/json' }, 415);
    const body: unknown = await c.req.json().catch(() => undefined);
    if (body === undefined) return c.json({ message: `the body is not JSON; it takes ${shape}` }, 400);
    const wanted = jobRequest.safeParse(body);
    if (!wanted.success) return c.json({ message: problem(wanted.error.issues[0]) }, 400);
    const { repository } = wanted.data;
    if (!github.repositories.some((known) => known.toLowerCase() === repository.toLowerCase())) {
      const known = github.repositories.join(', ');
      return c.json({ message: `unknown repository '${repository}'; known are: ${known}` }, 404);
    }
    return c.json({ id: github.queueJob(wanted.data) }, 201);
  });
  routes.delete('/local/jobs/:id', (c) =>
    github.cancelJob(c.req.param('id')) ? c.body(null, 204) : c.json({ message: 'no such job' }, 404),
  );
  routes.get('/local/jobs/:id/log', (c) => {
    const log = github.log(c.req.param('id'));
    return log === undefined ? c.json({ message: 'no such job' }, 404) : c.text(log);
  });
  return routes;
}
