// Running a run's failed jobs again: the three kinds of no are told apart.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { type Scripted, tokenCall } from './scripted-github.ts';
import { studio } from './studio.ts';

const repository = 'AcademySoftwareFoundation/OpenColorIO';
const installations = { academysoftwarefoundation: '11' };
const call = `POST /repos/${repository}/actions/runs/9/rerun-failed-jobs`;
const no = (status: number, message: string): Scripted => ({ status, body: { message } });

describe('a re-run', () => {
  it('is asked for with no more rights than it needs', async () => {
    const { server, jobs } = await studio({ installations });
    server.on(call, { status: 201, body: {} });
    expect(await jobs.rerun(repository, '9')).toBeUndefined();
    expect(server.to(call)).toHaveLength(1);
    expect(server.to(tokenCall)[0]?.body).toEqual({
      permissions: { actions: 'write' },
      repositories: ['OpenColorIO'],
    });
  });

  it.each(['This workflow is already running', 'The workflow run containing this job is already running'])(
    'that is under way (%s) is done',
    async (words) => {
      const { server, jobs } = await studio({ installations });
      server.on(call, no(403, words));
      expect(await jobs.rerun(repository, '9')).toBeUndefined();
    },
  );

  it.each([
    ['has no right to', no(403, 'Resource not accessible by integration'), /lacks actions: write .*give it/],
    [
      'is too late for',
      no(403, 'Unable to retry this workflow run because it was created over a month ago'),
      /over a month ago/,
    ],
    ['finds no run for', no(404, 'Not Found'), /404/],
  ])('that the App %s says why', async (_, answer, why) => {
    const { server, jobs } = await studio({ installations });
    server.on(call, answer);
    expect(await jobs.rerun(repository, '9')).toMatch(why);
  });

  it('for which GitHub gives no token says which permission is missing', async () => {
    const { server, jobs } = await studio({ installations });
    server.on(tokenCall, no(422, 'The permissions requested are not granted to this installation.'));
    expect(await jobs.rerun(repository, '9')).toMatch(/lacks actions: write in .*OpenColorIO.*not granted/);
    expect(server.to(call)).toEqual([]);
  });

  it.each<[string, Scripted, boolean]>([
    ['that fails', no(502, 'Bad Gateway'), false],
    ['whose answer is lost', { fate: 'cut' }, false],
    [
      'at a rate limit',
      { ...no(403, 'You have exceeded a secondary rate limit'), headers: { 'retry-after': '30' } },
      true,
    ],
  ])('%s is a doubt; only of a rate limit is known that nothing came of it', async (_, answer, isKnown) => {
    const { server, jobs } = await studio({ installations });
    server.on(call, answer);
    const error: unknown = await jobs.rerun(repository, '9').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Doubt);
    expect(error instanceof Doubt && error.retryAt !== undefined).toBe(isKnown);
  });
});

describe('a run', () => {
  it('says how often it has been run', async () => {
    const { server, jobs } = await studio({ installations });
    const run = { id: 9, event: 'push', status: 'completed', head_sha: 'f', repository: { id: 1 } };
    server.on(`GET /repos/${repository}/actions/runs/9`, { body: { ...run, run_attempt: 3 } });
    expect(await jobs.run(repository, '9')).toMatchObject({ attempt: 3 });
    server.on(`GET /repos/${repository}/actions/runs/9`, { body: run });
    expect(await jobs.run(repository, '9')).not.toHaveProperty('attempt');
  });
});
