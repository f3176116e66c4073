// Routes of a simulated GitHub about jobs and runs.
import { type Inside, partly, runOf } from './inside.ts';
import type { SimulatedRun } from './records.ts';
import { notFound, ok, pageOf, type Routes, refuse, repositoryOf, wordOf } from './routes.ts';
import { cancelRun, rerun, runsWith } from './runs.ts';
import { jobShape, latestJobs, repositoryShape, runShape } from './shapes.ts';

const runs = '/repos/{owner}/{repo}/actions/runs';

type Parameters = Record<string, unknown>;

const runIn = (inside: Inside, parameters: Parameters): SimulatedRun | undefined => {
  const run = inside.runs.get(wordOf(parameters, 'run_id'));
  return run?.repository === repositoryOf(parameters) ? run : undefined;
};

/** https://docs.github.com/rest/actions/workflow-jobs, https://docs.github.com/rest/actions/workflow-runs */
export const actionRoutes = (inside: Inside): Routes => ({
  ...shown(inside),
  [`POST ${runs}/{run_id}/cancel`](parameters) {
    const run = runIn(inside, parameters);
    if (!run) return notFound();
    return cancelRun(inside, run)
      ? ok({}, 202)
      : refuse(409, 'Cannot cancel a workflow run that is completed.');
  },
  [`POST ${runs}/{run_id}/rerun-failed-jobs`](parameters) {
    const run = runIn(inside, parameters);
    if (!run) return notFound();
    const again = rerun(inside, run);
    return typeof again === 'string' ? refuse(403, again) : ok({}, 201);
  },
});

const shown = (inside: Inside): Routes => ({
  'GET /repos/{owner}/{repo}': (parameters) => ok(repositoryShape(repositoryOf(parameters))),
  'GET /repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval': () =>
    ok({
      approval_policy: inside.settings.approvesForks
        ? 'all_external_contributors'
        : 'first_time_contributors',
    }),
  'GET /repos/{owner}/{repo}/actions/jobs/{job_id}'(parameters) {
    const job = inside.jobs.get(wordOf(parameters, 'job_id'));
    return job?.repository === repositoryOf(parameters) ? ok(jobShape(job, runOf(inside, job))) : notFound();
  },
  [`GET ${runs}`](parameters) {
    const all = runsWith(inside, repositoryOf(parameters), wordOf(parameters, 'status'));
    const some = partly(inside, pageOf(all, parameters));
    return ok({ total_count: all.length, workflow_runs: some.map(runShape) });
  },
  [`GET ${runs}/{run_id}`](parameters) {
    const run = runIn(inside, parameters);
    return run ? ok(runShape(run)) : notFound();
  },
  [`GET ${runs}/{run_id}/jobs`](parameters) {
    const run = runIn(inside, parameters);
    if (!run) return notFound();
    const all = parameters.filter === 'all' ? run.jobs : latestJobs(run);
    const some = partly(inside, pageOf(all, parameters));
    return ok({ total_count: all.length, jobs: some.map((job) => jobShape(job, run)) });
  },
});
