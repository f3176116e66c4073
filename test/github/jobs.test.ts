// Jobs and runs in GitHub's shapes.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import type { Scripted } from './scripted-github.ts';
import { studio } from './studio.ts';

const repository = 'AcademySoftwareFoundation/OpenColorIO';
const installations = { academysoftwarefoundation: '11' };
const at = (path: string) => `GET /repos/${repository}${path}`;

/** A job as GitHub sends it, with fields that nobody reads. */
const job = (id: number, status: string, more: object = {}) => ({
  id,
  run_id: 29679449,
  workflow_name: 'CI',
  run_attempt: 2,
  node_id: 'CR_kwDO',
  head_sha: 'f83a356604ae3c5d03e1b46ef4d1ca77d64a90b0',
  status,
  conclusion: null,
  created_at: '2026-11-21T11:59:58Z',
  started_at: '2026-11-21T11:59:58Z',
  completed_at: null,
  name: 'Linux (gpu)',
  labels: ['self-hosted', 'gpu'],
  runner_id: null,
  runner_name: null,
  steps: [],
  ...more,
});

describe('a job', () => {
  it('is read into our words', async () => {
    const { server, jobs } = await studio({ installations });
    server.on(at('/actions/jobs/399444496'), {
      body: job(399444496, 'completed', { conclusion: 'success', runner_name: 'callsheet-asw-b1-1-1' }),
    });
    expect(await jobs.job(repository, '399444496')).toEqual({
      id: '399444496',
      runId: '29679449',
      runAttempt: 2,
      name: 'Linux (gpu)',
      labels: ['self-hosted', 'gpu'],
      headSha: 'f83a356604ae3c5d03e1b46ef4d1ca77d64a90b0',
      status: 'completed',
      conclusion: 'success',
      runner: 'callsheet-asw-b1-1-1',
      queuedAt: Date.parse('2026-11-21T11:59:58Z'),
    });
  });

  it.each([
    ['queued', 'queued'],
    ['requested', 'queued'],
    ['pending', 'queued'],
    ['waiting', 'environment'],
    ['in_progress', 'in_progress'],
    ['completed', 'completed'],
  ])('that GitHub calls %s is %s', async (theirs, ours) => {
    const { server, jobs } = await studio({ installations });
    server.on(at('/actions/jobs/5'), { body: job(5, theirs, { runner_name: '' }) });
    const read = await jobs.job(repository, '5');
    expect(read?.status).toBe(ours);
    expect(read).not.toHaveProperty('runner');
    expect(read).not.toHaveProperty('conclusion');
  });

  it('keeps every digit of ids of 2^60 and above', async () => {
    const { server, jobs } = await studio({ installations });
    const id = '1152921504606846977';
    const raw = JSON.stringify(job(5, 'queued')).replace(
      '"id":5,"run_id":29679449',
      `"id":${id},"run_id":${id}`,
    );
    server.on(at(`/actions/jobs/${id}`), { body: raw });
    expect(await jobs.job(repository, id)).toMatchObject({ id, runId: id });
    expect(JSON.stringify(await jobs.job(repository, id))).toContain(`"${id}"`);
  });

  it('that GitHub does not have is undefined, one in an unknown state is a doubt', async () => {
    const { server, jobs } = await studio({ installations });
    expect(await jobs.job(repository, '5')).toBeUndefined();
    server.on(at('/actions/jobs/5'), { body: job(5, 'dreaming') });
    await expect(jobs.job(repository, '5')).rejects.toThrow(Doubt);
  });
});

describe('a run', () => {
  const run = {
    id: 30433642,
    name: 'CI',
    head_sha: 'acb5820ced9479c074f688cc328bf03f341a511d',
    event: 'pull_request',
    status: 'in_progress',
    conclusion: null,
    repository: { id: 217723345, full_name: repository },
    head_repository: { id: 217723777, full_name: 'stranger/OpenColorIO', fork: true },
  };

  it('tells where its code comes from', async () => {
    const { server, jobs } = await studio({ installations });
    server.on(at('/actions/runs/30433642'), { body: run });
    expect(await jobs.run(repository, '30433642')).toEqual({
      id: '30433642',
      event: 'pull_request',
      status: 'in_progress',
      headSha: 'acb5820ced9479c074f688cc328bf03f341a511d',
      headRepositoryId: '217723777',
      baseRepositoryId: '217723345',
    });
    expect(await jobs.run(repository, '1')).toBeUndefined();
  });

  it('tells how it has ended, and which attempt it was', async () => {
    const { server, jobs } = await studio({ installations });
    const ended = { ...run, status: 'completed', conclusion: 'startup_failure', run_attempt: 2 };
    server.on(at('/actions/runs/30433642'), { body: ended });
    const answer = await jobs.run(repository, '30433642');
    expect(answer).toMatchObject({ status: 'completed', conclusion: 'startup_failure', attempt: 2 });
  });

  it('may come from a repository that is deleted', async () => {
    const { server, jobs } = await studio({ installations });
    server.on(at('/actions/runs/30433642'), { body: { ...run, head_repository: null } });
    expect(await jobs.run(repository, '30433642')).not.toHaveProperty('headRepositoryId');
  });

  it.each<[string, Scripted, boolean]>([
    ['is cancelled', { status: 202, body: {} }, true],
    ['that has completed needs no cancelling', { status: 409, body: { message: 'Cannot cancel' } }, true],
    ['that is gone needs no cancelling', { status: 404, body: { message: 'Not Found' } }, true],
    [
      'that we may not cancel is a doubt',
      { status: 403, body: { message: 'Must have admin rights' } },
      false,
    ],
  ])('%s', async (_, answer, done) => {
    const { server, jobs } = await studio({ installations });
    server.on(`POST /repos/${repository}/actions/runs/9/cancel`, answer);
    const outcome = await jobs.cancelRun(repository, '9').then(
      () => 'done',
      (error: unknown) => error,
    );
    if (done) expect(outcome).toBe('done');
    else expect(outcome).toBeInstanceOf(Doubt);
  });
});

describe('queued jobs', () => {
  const listRuns = (
    server: Awaited<ReturnType<typeof studio>>['server'],
    byStatus: Record<string, number[]>,
  ) =>
    server.on(at('/actions/runs'), ({ query }) => {
      const ids = byStatus[query.status ?? ''] ?? [];
      return {
        body: { total_count: ids.length, workflow_runs: ids.map((id) => ({ id, status: query.status })) },
      };
    });

  it('are those of runs that are not completed, each once', async () => {
    const { server, jobs } = await studio({ installations });
    listRuns(server, { queued: [30, 20], in_progress: [20, 10], completed: [1] });
    const [queued, waiting, running] = [job(301, 'queued'), job(201, 'waiting'), job(101, 'in_progress')];
    server.on(at('/actions/runs/30/jobs'), { body: { total_count: 1, jobs: [queued] } });
    server.on(at('/actions/runs/20/jobs'), { body: { total_count: 2, jobs: [waiting, job(202, 'queued')] } });
    server.on(at('/actions/runs/10/jobs'), {
      body: { total_count: 2, jobs: [running, job(102, 'pending')] },
    });
    expect((await jobs.queued(repository, 10)).map(({ id }) => id)).toEqual(['301', '202', '102']);
    expect(server.to(at('/actions/runs/20/jobs')).map(({ query }) => query)).toEqual([
      { filter: 'latest', per_page: '100', page: '1' },
    ]);
    expect(server.to(at('/actions/runs/1/jobs'))).toHaveLength(0);
  });

  it('of a large matrix come in pages; no more are answered than asked for', async () => {
    const { server, jobs } = await studio({ installations });
    listRuns(server, { queued: [30], in_progress: Array.from({ length: 40 }, (_, index) => index + 100) });
    const matrix = Array.from({ length: 256 }, (_, index) => job(index, 'queued'));
    server.on(at('/actions/runs/30/jobs'), ({ query }) => {
      const start = (Number(query.page) - 1) * 100;
      return { body: { total_count: 256, jobs: matrix.slice(start, start + 100) } };
    });
    expect(await jobs.queued(repository, 256)).toHaveLength(256);
    expect(await jobs.queued(repository, 7)).toHaveLength(7);
    expect(server.to(at('/actions/runs/139/jobs'))).toHaveLength(0);
  });

  it('are those of some runs where not all may be looked at, a minute later those of others', async () => {
    const { server, jobs, clock } = await studio({ installations });
    listRuns(server, { queued: [34, 33, 32, 31, 30] });
    for (const run of [30, 31, 32, 33, 34]) {
      server.on(at(`/actions/runs/${run}/jobs`), { body: { total_count: 1, jobs: [job(run, 'queued')] } });
    }
    const seen = new Set<string>();
    for (let minute = 0; minute < 3; minute += 1) {
      const before = server.requests.length;
      for (const { id } of await jobs.queued(repository, 10, 2)) seen.add(id);
      expect(server.requests.slice(before).filter(({ call }) => call.endsWith('/jobs')).length).toBeLessThan(
        3,
      );
      clock.now += 60_000;
    }
    expect([...seen].sort()).toEqual(['30', '31', '32', '33', '34']);
  });

  it('of a run that is gone are none; of a repository that cannot be asked, a doubt', async () => {
    const { server, jobs } = await studio({ installations });
    await expect(jobs.queued(repository, 10)).rejects.toThrow(Doubt);
    listRuns(server, { queued: [30] });
    expect(await jobs.queued(repository, 10)).toEqual([]);
  });
});

describe('approval of all external contributors', () => {
  const call = at('/actions/permissions/fork-pr-contributor-approval');

  it.each([
    ['all_external_contributors', true],
    ['first_time_contributors', false],
    ['first_time_contributors_new_to_github', false],
  ])('under the policy %s: %s', async (approval_policy, required) => {
    const { server, jobs } = await studio({ installations });
    server.on(call, { body: { approval_policy } });
    expect(await jobs.requiresApprovalForAll(repository)).toBe(required);
  });

  it('is not required of private repositories, and unknown where GitHub does not tell', async () => {
    const { server, jobs } = await studio({ installations });
    server.on(call, {
      status: 422,
      body: { message: 'Fork PR approval is not allowed for private repositories' },
    });
    expect(await jobs.requiresApprovalForAll(repository)).toBe(false);
    for (const status of [403, 404]) {
      server.on(call, { status, body: { message: 'no' } });
      await expect(jobs.requiresApprovalForAll(repository)).rejects.toThrow(Doubt);
    }
  });
});
