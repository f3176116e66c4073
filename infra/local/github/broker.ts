// What runner programs talk to: sessions, questions for work, a job's start, output and end.
// GitHub's own protocol is not public; this one has the same steps.
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import * as z from 'zod/mini';
import { type Hub, removeRunner } from './hub.ts';
import { appendLog, endJob, match, startJob } from './jobs.ts';
import type { Job, Message, Runner } from './world.ts';

type Env = { Bindings: HttpBindings; Variables: { runner: Runner } };

const session = z.object({ version: z.string() });
const end = z.object({ conclusion: z.enum(['success', 'failure', 'cancelled']) });

/** What a worker needs for its job. */
const workOf = (hub: Hub, job: Job, runner: Runner) => ({
  run: job.command,
  always: job.always,
  name: job.name,
  repository: job.run.repository.name,
  graceMs: hub.delays.graceMs,
  env: {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_API_URL: hub.url,
    GITHUB_EVENT_NAME: job.run.event,
    GITHUB_JOB: job.name.replaceAll(/[^\w-]/g, '-'),
    GITHUB_REPOSITORY: job.run.repository.fullName,
    GITHUB_REPOSITORY_OWNER: job.run.repository.owner,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: job.run.id,
    GITHUB_RUN_NUMBER: String(job.run.number),
    GITHUB_SERVER_URL: hub.url,
    GITHUB_SHA: job.run.headSha,
    GITHUB_WORKFLOW: 'CI',
    RUNNER_NAME: runner.name,
  },
});

/** Finds the runner by the key of its configuration, and notes that it was heard of. 404: it was removed. */
const byRunner =
  (hub: Hub): MiddlewareHandler<Env> =>
  async (c, next) => {
    const credential = c.req.header('authorization')?.replace('Bearer ', '');
    const runner = [...hub.world.runners.values()].find((one) => one.credential === credential);
    if (!runner) return c.json({ message: 'The runner registration has been deleted from the server' }, 404);
    if (runner.version !== undefined) runner.heardAt = Date.now();
    c.set('runner', runner);
    return next();
  };

/** The next message, or undefined: none came in time, the caller has left, or the runner was removed. */
async function nextMessage(c: Context<Env>, hub: Hub, runner: Runner): Promise<Message | undefined> {
  if (runner.messages.length === 0) {
    runner.polls += 1;
    match(hub);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, hub.delays.pollMs);
      runner.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      c.env.outgoing.once('close', runner.wake);
      if (runner.messages.length > 0) runner.wake();
    });
    runner.polls -= 1;
    runner.heardAt = Date.now();
  }
  return c.env.outgoing.destroyed ? undefined : runner.messages.shift();
}

export function brokerRoutes(hub: Hub): Hono<Env> {
  const routes = new Hono<Env>();
  routes.use('/broker/*', byRunner(hub));
  routes.post('/broker/session', async (c) => {
    const wanted = session.parse(await c.req.json());
    if (hub.options.refuseRunnerVersion) return c.json({ message: 'Runner version is deprecated' }, 400);
    const runner = c.get('runner');
    runner.version = wanted.version;
    runner.heardAt = Date.now();
    return c.json({}, 201);
  });
  routes.delete('/broker/session', (c) => {
    c.get('runner').heardAt = undefined;
    return c.body(null, 204);
  });
  routes.get('/broker/messages', async (c) => {
    const runner = c.get('runner');
    if (runner.version === undefined) return c.json({ message: 'No session' }, 409);
    const message = await nextMessage(c, hub, runner);
    if (!hub.world.runners.has(runner.id)) return c.json({ message: 'Deleted' }, 404);
    return message ? c.json(message) : c.body(null, 202);
  });
  routes.post('/broker/jobs/:id/start', (c) => {
    const job = startJob(hub, c.get('runner'), c.req.param('id'));
    return job ? c.json(workOf(hub, job, c.get('runner'))) : c.json({ message: 'Not your job' }, 409);
  });
  routes.post('/broker/jobs/:id/log', async (c) => {
    const text = await c.req.text();
    const job = c.get('runner').job;
    if (job?.id === c.req.param('id') && job.status === 'in_progress') appendLog(hub, job, text);
    return c.body(null, 204);
  });
  routes.post('/broker/jobs/:id/end', async (c) => {
    const { conclusion } = end.parse(await c.req.json());
    const runner = c.get('runner');
    const job = runner.job;
    if (job?.id === c.req.param('id') && job.status === 'in_progress') endJob(hub, job, conclusion);
    return c.body(null, 204);
  });
  return routes;
}

/** Answers every waiting question, so that the server can close. */
export function dismiss(hub: Hub): void {
  for (const runner of hub.world.runners.values()) removeRunner(hub, runner);
}
