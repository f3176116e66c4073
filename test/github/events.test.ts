// Deliveries parsed into our own events: a golden table that reads as prose.
import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../shared/github/events.ts';

const job = {
  id: 11,
  run_id: 22,
  name: 'build',
  head_sha: 'abc',
  labels: ['gpu'],
  started_at: '2021-06-15T19:22:27Z',
};
const payload = (action: string, fields: object = {}) => ({
  action,
  repository: { full_name: 'acme/demo' },
  workflow_job: { ...job, ...fields },
});

const started = Date.parse(job.started_at);
const fact = (fields: object) => ({
  id: '11',
  repository: 'acme/demo',
  labels: ['gpu'],
  name: 'build',
  runId: '22',
  runAttempt: 1,
  headSha: 'abc',
  queuedAt: started,
  ...fields,
});

describe('a job', () => {
  it('of an old server has no attempt and no time of creation', () => {
    expect(parseEvent('workflow_job', payload('queued'))).toEqual({
      kind: 'job',
      action: 'queued',
      fact: fact({ phase: 'waiting' }),
    });
  });

  it('that waits has no start and no runner, even where the payload has', () => {
    const read = parseEvent('workflow_job', payload('queued', { runner_name: 'GitHub Actions 5' }));
    expect(read).toMatchObject({ fact: { phase: 'waiting' } });
    expect(read).not.toHaveProperty('fact.runner');
    expect(read).not.toHaveProperty('fact.startedAt');
  });

  it('that runs has both', () => {
    const fields = { runner_name: 'r1', created_at: '2021-06-15T19:22:20Z', run_attempt: 3 };
    expect(parseEvent('workflow_job', payload('in_progress', fields))).toMatchObject({
      fact: { phase: 'running', runner: 'r1', runAttempt: 3, startedAt: started, queuedAt: started - 7000 },
    });
  });

  it('that never ran may have ended before it started, on no runner', () => {
    const fields = { runner_name: '', completed_at: '2021-06-15T19:22:26Z', conclusion: 'cancelled' };
    expect(parseEvent('workflow_job', payload('completed', fields))).toEqual({
      kind: 'job',
      action: 'completed',
      fact: fact({ phase: 'done', startedAt: started, endedAt: started - 1000, outcome: 'cancelled' }),
    });
  });

  it('keeps every digit of its ids, and its installation', () => {
    const id = Number.MAX_SAFE_INTEGER;
    const read = parseEvent('workflow_job', { ...payload('queued', { id }), installation: { id: 77 } });
    expect(read).toMatchObject({ fact: { id: '9007199254740991' }, installationId: '77' });
  });
});

describe('ignored, with the reason', () => {
  it.each([
    ['workflow_job', payload('queued', { id: undefined }), 'workflow_job without workflow_job.id'],
    ['workflow_job', payload('queued', { run_id: '22' }), 'workflow_job without workflow_job.run_id'],
    ['workflow_job', payload('queued', { head_sha: null }), 'workflow_job without workflow_job.head_sha'],
    ['workflow_job', payload('queued', { labels: 'gpu' }), 'workflow_job without workflow_job.labels'],
    ['workflow_job', payload('queued', { labels: [1] }), 'workflow_job without workflow_job.labels.0'],
    [
      'workflow_job',
      payload('queued', { started_at: 'soon' }),
      'workflow_job without workflow_job.created_at',
    ],
    ['workflow_job', { ...payload('queued'), repository: {} }, 'workflow_job without repository.full_name'],
    ['workflow_job', { action: 'queued' }, 'workflow_job without repository'],
    ['workflow_job', {}, 'workflow_job without action'],
    ['workflow_job', null, 'workflow_job without action'],
    ['workflow_job', payload('rerun'), 'workflow_job action rerun is not used'],
    ['workflow_job', payload('waiting'), 'waits for the approval of an environment'],
    ['workflow_job', payload('queued', { status: 'waiting' }), 'waits for the approval of an environment'],
    ['ping', { zen: 'Design for failure.' }, 'ping'],
    ['push', payload('queued'), 'event push is not used'],
    ['', payload('queued'), 'no name of an event'],
  ])('%s %j', (name, body, why) => {
    expect(parseEvent(name, body)).toMatchObject({ kind: 'ignored', why });
  });

  it('an id beyond 2^53, whose last digits are not what GitHub sent', () => {
    const body: unknown = JSON.parse(
      JSON.stringify(payload('queued')).replace('"id":11', '"id":9007199254740993'),
    );
    expect(parseEvent('workflow_job', body)).toMatchObject({
      why: 'workflow_job with workflow_job.id beyond 2^53, whose digits are lost',
    });
  });
});
