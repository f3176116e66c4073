// GitHub's JSON: accounts, repositories, runs, jobs, runners, as its REST API and webhooks have them.
import { createHash } from 'node:crypto';
import { isBusy, type Job, jobsOfRun, type Repository, type Run, type Runner, type World } from './world.ts';

const outsider = 'outside-contributor';

/** ISO 8601 in whole seconds: GitHub's times have no fractions. */
export const seconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

const nodeId = (kind: string, id: number | string): string =>
  Buffer.from(`0${kind.length}:${kind}${id}`).toString('base64');

/** An account's number, the same in every process. */
export const accountId = (login: string): number =>
  createHash('sha256').update(login.toLowerCase()).digest().readUInt32BE(0);

const accountLinks = {
  followers_url: '/followers',
  following_url: '/following{/other_user}',
  gists_url: '/gists{/gist_id}',
  starred_url: '/starred{/owner}{/repo}',
  subscriptions_url: '/subscriptions',
  organizations_url: '/orgs',
  repos_url: '/repos',
  events_url: '/events{/privacy}',
  received_events_url: '/received_events',
};

const linksUnder = (base: string, links: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(links).map(([key, path]) => [key, base + path]));

export function account(url: string, login: string, type: 'User' | 'Organization') {
  const id = accountId(login);
  return {
    login,
    id,
    node_id: nodeId(type, id),
    avatar_url: `${url}/avatars/${id}`,
    gravatar_id: '',
    url: `${url}/users/${login}`,
    html_url: `${url}/${login}`,
    ...linksUnder(`${url}/users/${login}`, accountLinks),
    type,
    site_admin: false,
  };
}

const organizationLinks = {
  repos_url: '/repos',
  events_url: '/events',
  hooks_url: '/hooks',
  issues_url: '/issues',
  members_url: '/members{/member}',
  public_members_url: '/public_members{/member}',
};

export function organization(url: string, login: string) {
  const id = accountId(login);
  return {
    login,
    id,
    node_id: nodeId('Organization', id),
    url: `${url}/orgs/${login}`,
    ...linksUnder(`${url}/orgs/${login}`, organizationLinks),
    avatar_url: `${url}/avatars/${id}`,
    description: '',
  };
}

/** A repository as runs carry it, or an outside contributor's fork of it. */
export function minimalRepository(url: string, one: Repository, fork = false) {
  const owner = fork ? outsider : one.owner;
  const fullName = `${owner}/${one.name}`;
  const id = fork ? one.id + 500_000_000 : one.id;
  return {
    id,
    node_id: nodeId('Repository', id),
    name: one.name,
    full_name: fullName,
    private: one.private,
    owner: account(url, owner, fork ? 'User' : 'Organization'),
    html_url: `${url}/${fullName}`,
    description: null,
    fork,
    url: `${url}/repos/${fullName}`,
  };
}

/** Who started the run. */
export const actorOf = (url: string, run: Run) => account(url, run.fork ? outsider : 'octocat', 'User');

/** GitHub names no runner before one has picked the job up, and runner 0 for a job that ended without one. */
function runnerOf(job: Job) {
  const empty = job.status === 'completed' ? { id: 0, name: '' } : { id: null, name: null };
  const runner = job.status === 'queued' ? undefined : job.runner;
  const group = runner?.place.kind === 'organization' ? runner.place.group : { id: 1, name: 'Default' };
  return {
    runner_id: runner?.id ?? empty.id,
    runner_name: runner?.name ?? empty.name,
    runner_group_id: runner ? group.id : empty.id,
    runner_group_name: runner ? group.name : empty.name,
  };
}

function stepsOf(job: Job) {
  if (job.startedAt === undefined) return [];
  const done = job.completedAt === undefined ? null : seconds(job.completedAt);
  const step = (name: string, number: number, ended: boolean) => ({
    name,
    status: ended ? 'completed' : 'in_progress',
    conclusion: ended ? (job.conclusion ?? 'success') : null,
    number,
    started_at: seconds(job.startedAt ?? 0),
    completed_at: ended ? done : null,
  });
  return done === null
    ? [step('Set up job', 1, false)]
    : [step('Set up job', 1, true), step('Run', 2, true), step('Complete job', 3, true)];
}

/** The job of webhooks and of `GET /repos/{owner}/{repo}/actions/jobs/{job_id}`. */
export function workflowJob(url: string, job: Job) {
  const repository = `${url}/repos/${job.run.repository.fullName}`;
  const completedAt = job.completedAt === undefined ? null : seconds(job.completedAt);
  // A job that never ran has a start after its end, as GitHub reports it.
  const startedAt = job.startedAt ?? (job.completedAt === undefined ? job.queuedAt : job.completedAt + 1000);
  return {
    id: Number(job.id),
    run_id: Number(job.run.id),
    workflow_name: 'CI',
    head_branch: job.run.fork ? 'patch-1' : 'main',
    run_url: `${repository}/actions/runs/${job.run.id}`,
    run_attempt: 1,
    node_id: nodeId('CheckRun', job.id),
    head_sha: job.run.headSha,
    url: `${repository}/actions/jobs/${job.id}`,
    html_url: `${url}/${job.run.repository.fullName}/actions/runs/${job.run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion ?? null,
    created_at: seconds(job.queuedAt),
    started_at: seconds(startedAt),
    completed_at: completedAt,
    name: job.name,
    steps: stepsOf(job),
    check_run_url: `${repository}/check-runs/${job.id}`,
    labels: job.labels,
    ...runnerOf(job),
  };
}

/** A run's state follows from its jobs. */
export function runStatus(world: World, run: Run) {
  const jobs = jobsOfRun(world, run);
  if (jobs.every((job) => job.status === 'completed')) {
    const ended = (conclusion: string) => jobs.some((job) => job.conclusion === conclusion);
    return {
      status: 'completed',
      conclusion: ended('failure') ? 'failure' : ended('cancelled') ? 'cancelled' : 'success',
    };
  }
  return {
    status: jobs.every((job) => job.status === 'queued') ? 'queued' : 'in_progress',
    conclusion: null,
  };
}

/** The run of `GET /repos/{owner}/{repo}/actions/runs/{run_id}`. */
export function workflowRun(url: string, world: World, run: Run) {
  const base = `${url}/repos/${run.repository.fullName}/actions/runs/${run.id}`;
  const actor = actorOf(url, run);
  return {
    id: Number(run.id),
    name: 'CI',
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: run.fork ? 'patch-1' : 'main',
    head_sha: run.headSha,
    path: '.github/workflows/ci.yml',
    display_title: 'CI',
    run_number: run.number,
    run_attempt: 1,
    event: run.event,
    ...runStatus(world, run),
    workflow_id: 1,
    url: base,
    html_url: `${url}/${run.repository.fullName}/actions/runs/${run.id}`,
    jobs_url: `${base}/jobs`,
    cancel_url: `${base}/cancel`,
    pull_requests: [],
    created_at: seconds(run.createdAt),
    updated_at: seconds(Date.now()),
    run_started_at: seconds(run.createdAt),
    actor,
    triggering_actor: actor,
    repository: minimalRepository(url, run.repository),
    head_repository: minimalRepository(url, run.repository, run.fork),
  };
}

/** A registration. Its version is known only after its first connection. */
export const runnerShape = (runner: Runner, online: boolean) => ({
  id: runner.id,
  runner_group_id: runner.place.kind === 'organization' ? runner.place.group.id : 1,
  name: runner.name,
  os: runner.version ? 'Linux' : 'unknown',
  status: online ? 'online' : 'offline',
  busy: isBusy(runner),
  labels: runner.labels.map((name, index) => ({ id: index + 1, name, type: 'custom' })),
  ephemeral: true,
  ...(runner.version ? { version: runner.version } : {}),
});
