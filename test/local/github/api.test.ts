// The REST surface: who may call what, with GitHub's status codes; groups, registrations, jobs, check runs.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grants } from '../../../infra/local/github/tokens.ts';
import { jwt, type Stage, stage } from './stage.ts';

let github: Stage;
beforeAll(async () => {
  github = await stage({
    repositories: [
      { fullName: 'film/lights', forkApproval: 'all_external_contributors' },
      { fullName: 'film/camera' },
      { fullName: 'other/thing' },
    ],
  });
});
afterAll(() => github.close());

const call: Stage['call'] = (...args) => github.call(...args);
const statusOf = async (token: string, route: string, body?: object) =>
  (await call(token, route, body)).status;
const queue = (more: object = {}) =>
  github.github.queueJob({ repository: 'film/lights', labels: ['none'], run: 'true', ...more });

describe('the App', () => {
  const route = 'GET /app/hook/deliveries';
  const pem = () => github.github.appPrivateKeyPem;
  const now = Math.floor(Date.now() / 1000);

  it('is known by its signature, issuer and times', async () => {
    expect(await statusOf(jwt(pem()), route)).toBe(200);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const foreign = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(await statusOf(jwt(foreign), route)).toBe(401);
    expect(await statusOf(jwt(pem(), { iss: 1 }), route)).toBe(401);
    expect(await statusOf(jwt(pem(), { exp: now - 1 }), route)).toBe(401);
    expect(await statusOf(jwt(pem(), { exp: now + 900 }), route)).toBe(401);
    expect(await statusOf('nonsense', route)).toBe(401);
    expect(await statusOf(await github.token(), route)).toBe(401);
  });

  it('finds the installation of a repository, and none where it is not installed', async () => {
    const found = await github.app('GET /repos/film/lights/installation');
    expect(found.body).toMatchObject({ id: 77, app_id: 4711, account: { login: 'film' } });
    expect((await github.app('GET /repos/other/thing/installation')).status).toBe(404);
    expect((await github.app('POST /app/installations/78/access_tokens')).status).toBe(404);
  });
});

describe('an installation token', () => {
  it('is long, good for an hour, and says what it was narrowed to', async () => {
    const made = await github.app('POST /app/installations/77/access_tokens', {
      repositories: ['lights'],
      permissions: { actions: 'read' },
    });
    expect(made.status).toBe(201);
    expect(String(made.body.token).length).toBeGreaterThan(500);
    const life = Date.parse(String(made.body.expires_at)) - Date.now();
    expect(Math.abs(life - 3_600_000)).toBeLessThan(60_000);
    expect(made.body).toMatchObject({
      permissions: { metadata: 'read', actions: 'read' },
      repository_selection: 'selected',
      repositories: [{ full_name: 'film/lights' }],
    });
  });

  it('reaches only its repositories and permissions', async () => {
    const path = `/repos/film/lights/actions/jobs/${queue()}`;
    const elsewhere = queue({ repository: 'film/camera' });
    const narrow = await github.token({ repositories: ['lights'], permissions: { actions: 'read' } });
    expect(await statusOf(narrow, `GET ${path}`)).toBe(200);
    expect(await statusOf(narrow, `GET /repos/film/camera/actions/jobs/${elsewhere}`)).toBe(404);
    expect(await statusOf(narrow, `GET /repos/other/thing/actions/runs`)).toBe(404);
    expect(await statusOf(narrow, 'GET /repos/film/lights/actions/runners')).toBe(403);
    expect(await statusOf(narrow, 'GET /orgs/film/actions/runner-groups')).toBe(403);
    expect(await statusOf(narrow, 'GET /orgs/other/actions/runner-groups')).toBe(404);
    expect(await statusOf(narrow, 'POST /repos/film/lights/actions/runs/1/cancel')).toBe(403);
    expect(await statusOf('ghs_unknown', `GET ${path}`)).toBe(401);
  });

  it('is forgotten after an hour', () => {
    const tokens = grants(1);
    const { token } = tokens.issue({ owner: 'film', installation: 77, permissions: {} });
    expect(tokens.find(token, Date.now() + 3_590_000)).toBeDefined();
    expect(tokens.find(token, Date.now() + 3_600_000)).toBeUndefined();
  });

  it('is refused for what the App does not have', async () => {
    const route = 'POST /app/installations/77/access_tokens';
    expect((await github.app(route, { permissions: { contents: 'write' } })).status).toBe(422);
    expect((await github.app(route, { repositories: ['thing'] })).status).toBe(422);
  });

  it('is counted: every answer carries the rate limit', async () => {
    const { headers } = await call(await github.token(), 'GET /orgs/film/actions/runner-groups');
    expect(headers.get('x-ratelimit-limit')).toBe('5000');
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(5000);
    expect(Number(headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(Date.now());
  });
});

describe('registrations', () => {
  const route = 'POST /orgs/film/actions/runners/generate-jitconfig';

  it('need a group that exists and a name that is free', async () => {
    const token = await github.token({ permissions: { organization_self_hosted_runners: 'write' } });
    const groups = await call(token, 'GET /orgs/film/actions/runner-groups');
    expect(groups.body).toMatchObject({
      total_count: 2,
      runner_groups: [
        { name: 'Default', default: true },
        { name: 'render', default: false },
      ],
    });
    const wanted = { name: 'one', runner_group_id: 2, labels: ['gpu'] };
    const made = await call(token, route, wanted);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ runner: { name: 'one', status: 'offline', busy: false } });
    const files = JSON.parse(Buffer.from(String(made.body.encoded_jit_config), 'base64').toString());
    expect(Object.keys(files)).toEqual(['.runner', '.credentials', '.credentials_rsaparams']);
    expect(await statusOf(token, route, wanted)).toBe(409);
    expect(await statusOf(token, route, { ...wanted, name: 'two', runner_group_id: 99 })).toBe(404);
    expect(await statusOf(token, route, { ...wanted, name: 'two', labels: [] })).toBe(422);
  });

  it('are listed by page and name, and found by id in their own place only', async () => {
    for (const name of ['a', 'b', 'c']) await github.jit(name, ['gpu']);
    const token = await github.token();
    const named = await call(token, 'GET /orgs/film/actions/runners?name=b');
    expect(named.body).toMatchObject({ total_count: 1, runners: [{ name: 'b', labels: [{ name: 'gpu' }] }] });
    const first = await call(token, 'GET /orgs/film/actions/runners?per_page=2');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await call(token, `GET ${next}`);
    expect(first.body.runners).toHaveLength(2);
    expect(second.body.runners).not.toEqual(first.body.runners);
    const { id } = await github.jit('d', ['gpu']);
    expect(await statusOf(token, `GET /orgs/film/actions/runners/${id}`)).toBe(200);
    expect(await statusOf(token, `DELETE /repos/film/lights/actions/runners/${id}`)).toBe(404);
  });
});

describe('jobs and runs', () => {
  it('show events, forks and states', async () => {
    const token = await github.token();
    const id = queue({ fork: true });
    const job = github.github.jobs().find((one) => one.id === id);
    const run = await call(token, `GET /repos/film/lights/actions/runs/${job?.runId}`);
    expect(run.body).toMatchObject({ event: 'pull_request', status: 'queued', head_sha: job?.headSha });
    expect(run.body).toMatchObject({ repository: { id: 1_000_001 }, head_repository: { id: 501_000_001 } });
    const jobs = await call(token, `GET /repos/film/lights/actions/runs/${job?.runId}/attempts/1/jobs`);
    expect(jobs.body).toMatchObject({ total_count: 1, jobs: [{ id: Number(id), status: 'queued' }] });
    github.github.cancelJob(id);
    const done = await call(token, `GET /repos/film/lights/actions/runs?status=cancelled`);
    expect(done.body).toMatchObject({ total_count: 1, workflow_runs: [{ conclusion: 'cancelled' }] });
    const ended = await call(token, `GET /repos/film/lights/actions/jobs/${id}`);
    expect(ended.body).toMatchObject({ status: 'completed', conclusion: 'cancelled', runner_id: 0 });
  });

  it("show the repository's approval setting to administration: read", async () => {
    const path = 'actions/permissions/fork-pr-contributor-approval';
    const token = await github.token({ permissions: { administration: 'read' } });
    const strict = await call(token, `GET /repos/film/lights/${path}`);
    const loose = await call(token, `GET /repos/film/camera/${path}`);
    expect(strict.body).toEqual({ approval_policy: 'all_external_contributors' });
    expect(loose.body).toEqual({ approval_policy: 'first_time_contributors' });
  });
});

describe('check runs', () => {
  it('are made for a known commit, changed, completed and found again', async () => {
    const token = await github.token({ repositories: ['lights'], permissions: { checks: 'write' } });
    const id = queue();
    const sha = github.github.jobs().find((job) => job.id === id)?.headSha;
    const base = '/repos/film/lights';
    const wanted = { name: 'a check', head_sha: sha, external_id: 'x-1', status: 'in_progress' };
    const unknown = { ...wanted, head_sha: 'f'.repeat(40) };
    expect(await statusOf(token, `POST ${base}/check-runs`, unknown)).toBe(422);
    expect(await statusOf(token, `POST ${base}/check-runs`, { ...wanted, status: 'completed' })).toBe(422);
    const made = await call(token, `POST ${base}/check-runs`, wanted);
    expect(made).toMatchObject({ status: 201, body: { status: 'in_progress', conclusion: null } });
    const output = { title: 'why', summary: 'because' };
    const patch = `PATCH ${base}/check-runs/${made.body.id}`;
    const done = await call(token, patch, { conclusion: 'neutral', output });
    expect(done.body).toMatchObject({ status: 'completed', conclusion: 'neutral', output });
    const found = await call(token, `GET ${base}/commits/${sha}/check-runs?check_name=a%20check&filter=all`);
    expect(found.body).toMatchObject({ total_count: 1, check_runs: [{ external_id: 'x-1' }] });
    expect(github.github.checkRuns()).toMatchObject([{ externalId: 'x-1', title: 'why', writes: 2 }]);
  });
});

describe('what it does not know', () => {
  it('is a 404, and is remembered', async () => {
    expect(await statusOf(await github.token(), 'GET /repos/film/lights/branches')).toBe(404);
    expect(github.github.unknownRoutes()).toEqual(['GET /repos/film/lights/branches']);
  });
});
