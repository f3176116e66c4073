// Jobs and runs of GitHub Actions: looked up, listed, cancelled, run again.
import * as z from 'zod/mini';
import type { GitHubJob, Jobs } from '../scheduler/ports.ts';
import { onRepository } from './access.ts';
import type { GitHubClient } from './call.ts';
import { gitHubJob, gitHubRun } from './job-shapes.ts';
import { pageSize, readPages } from './pages.ts';
import { bodyIfFound, bodyOf, id, isRefused, nothing } from './reply.ts';
import { rerun } from './rerun.ts';

/** Runs of each status, the newest, whose jobs are listed; and how many at once. */
const runsOfStatus = 50;
const runsAtOnce = 5;
/** Where not all runs are looked at, other ones are a minute later. */
const minuteMs = 60_000;
/** 1000 jobs of a run. */
const maxJobPages = 10;

const runList = z.object({ workflow_runs: z.array(z.object({ id })) });
const jobList = z.object({ jobs: z.array(gitHubJob) });
const approval = z.object({ approval_policy: z.string() });

/** https://docs.github.com/rest/actions/workflow-jobs, https://docs.github.com/rest/actions/workflow-runs */
export const jobsOf = (client: GitHubClient): Jobs => ({
  async job(repository, jobId) {
    const answer = await client.call({
      route: 'GET /repos/{owner}/{repo}/actions/jobs/{job_id}',
      as: onRepository(repository, { actions: 'read' }),
      parameters: { job_id: jobId },
      body: gitHubJob,
    });
    return bodyIfFound(answer);
  },
  async run(repository, runId) {
    const answer = await client.call({
      route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
      as: onRepository(repository, { actions: 'read' }),
      parameters: { run_id: runId },
      body: gitHubRun,
    });
    return bodyIfFound(answer);
  },
  queued: (repository, limit, runs) => queuedJobs(client, repository, limit, runs),
  cancelRun: (repository, runId) => cancelRun(client, repository, runId),
  rerun: (repository, runId) => rerun(client, repository, runId),
  requiresApprovalForAll: (repository) => requiresApprovalForAll(client, repository),
});

/** Newest runs first; a run that has completed meanwhile shows no queued job. */
async function queuedJobs(
  client: GitHubClient,
  repository: string,
  limit: number,
  mostRuns: number = 2 * runsOfStatus,
): Promise<GitHubJob[]> {
  const lists = await Promise.all([
    openRuns(client, repository, 'queued'),
    openRuns(client, repository, 'in_progress'),
  ]);
  const runIds = someOf([...new Set(lists.flat())], mostRuns, Math.floor(client.now() / minuteMs));
  const queued: GitHubJob[] = [];
  for (let at = 0; at < runIds.length && queued.length < limit; at += runsAtOnce) {
    const some = runIds.slice(at, at + runsAtOnce);
    const jobs = await Promise.all(some.map((runId) => jobsOfRun(client, repository, runId)));
    queued.push(...jobs.flat().filter(({ status }) => status === 'queued'));
  }
  return queued.slice(0, limit);
}

/** All of them if they are not too many, else a part: the next one with each turn. */
function someOf(runIds: readonly string[], most: number, turn: number): string[] {
  const parts = Math.ceil(runIds.length / Math.max(1, most));
  const from = parts > 1 ? (turn % parts) * most : 0;
  return runIds.slice(from, from + most);
}

async function openRuns(client: GitHubClient, repository: string, status: string): Promise<string[]> {
  const answer = await client.call({
    route: 'GET /repos/{owner}/{repo}/actions/runs',
    as: onRepository(repository, { actions: 'read' }),
    parameters: { status, per_page: runsOfStatus },
    body: runList,
  });
  return bodyOf(answer).workflow_runs.map((run) => run.id);
}

/** The jobs of a run's latest attempt; none when the run is gone. */
async function jobsOfRun(client: GitHubClient, repository: string, runId: string): Promise<GitHubJob[]> {
  const { items } = await readPages(maxJobPages, async (page) => {
    const answer = await client.call({
      route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
      as: onRepository(repository, { actions: 'read' }),
      parameters: { run_id: runId, filter: 'latest', per_page: pageSize, page },
      body: jobList,
    });
    return bodyIfFound(answer)?.jobs ?? [];
  });
  return items;
}

/** A run that is gone or has completed (409) needs no cancelling. */
async function cancelRun(client: GitHubClient, repository: string, runId: string): Promise<void> {
  const answer = await client.call({
    route: 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel',
    as: onRepository(repository, { actions: 'write' }),
    parameters: { run_id: runId },
    body: nothing,
  });
  if (!isRefused(answer, 404, 409)) bodyOf(answer);
}

/**
 * False also where there is no such setting: GitHub answers 422 for private repositories
 * (https://docs.github.com/rest/actions/permissions).
 */
async function requiresApprovalForAll(client: GitHubClient, repository: string): Promise<boolean> {
  const answer = await client.call({
    route: 'GET /repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval',
    as: onRepository(repository, { administration: 'read' }),
    body: approval,
  });
  return !isRefused(answer, 422) && bodyOf(answer).approval_policy === 'all_external_contributors';
}
