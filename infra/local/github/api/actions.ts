// Routes of jobs and runs, and the repository's approval setting for forks.
import { Hono } from 'hono';
import type { Hub } from '../hub.ts';
import { cancelRun } from '../jobs.ts';
import { runStatus, workflowJob, workflowRun } from '../shapes.ts';
import { type Job, jobsOfRun, type Repository, type Run } from '../world.ts';
import { type Access, type Env, notFound, onRepository, page, refuse } from './access.ts';

const base = '/repos/:owner/:repo/actions';

const runAt = (hub: Hub, repository: Repository, id: string): Run | undefined => {
  const run = hub.world.runs.get(id);
  return run?.repository === repository ? run : undefined;
};

/** GitHub's `status` filter takes states and conclusions alike. */
function runsWith(hub: Hub, repository: Repository, query: { status?: string; event?: string }): Run[] {
  return [...hub.world.runs.values()].reverse().filter((run) => {
    if (run.repository !== repository || (query.event && query.event !== run.event)) return false;
    const { status, conclusion } = runStatus(hub.world, run);
    return !query.status || query.status === status || query.status === conclusion;
  });
}

export function actionsRoutes(access: Access): Hono<Env> {
  const { hub } = access;
  const { world } = hub;
  const read = onRepository(access, 'actions', 'read');
  const write = onRepository(access, 'actions', 'write');
  const shape = (job: Job) => workflowJob(hub.url, job);
  const routes = new Hono<Env>();
  routes.get(`${base}/jobs/:id`, read, (c) => {
    const job = world.jobs.get(c.req.param('id'));
    return job?.run.repository === c.get('repository') ? c.json(shape(job)) : notFound(c);
  });
  routes.get(`${base}/runs`, read, (c) => {
    const runs = runsWith(hub, c.get('repository'), c.req.query());
    const shown = page(c, runs).map((run) => workflowRun(hub.url, world, run));
    return c.json({ total_count: runs.length, workflow_runs: shown });
  });
  routes.get(`${base}/runs/:id`, read, (c) => {
    const run = runAt(hub, c.get('repository'), c.req.param('id'));
    return run ? c.json(workflowRun(hub.url, world, run)) : notFound(c);
  });
  // Every run of this GitHub has one attempt.
  for (const path of [`${base}/runs/:id/jobs`, `${base}/runs/:id/attempts/1/jobs`]) {
    routes.get(path, read, (c) => {
      const run = runAt(hub, c.get('repository'), c.req.param('id') ?? '');
      const jobs = run ? jobsOfRun(world, run) : [];
      return run ? c.json({ total_count: jobs.length, jobs: page(c, jobs).map(shape) }) : notFound(c);
    });
  }
  routes.post(`${base}/runs/:id/cancel`, write, (c) => {
    const run = runAt(hub, c.get('repository'), c.req.param('id'));
    if (!run) return notFound(c);
    if (runStatus(world, run).status === 'completed')
      return refuse(c, 409, 'Cannot cancel a workflow run that is completed.');
    cancelRun(hub, run);
    return c.json({}, 202);
  });
  const settings = onRepository(access, 'administration', 'read');
  routes.get(`${base}/permissions/fork-pr-contributor-approval`, settings, (c) =>
    c.json({ approval_policy: c.get('repository').forkApproval }),
  );
  return routes;
}
