// Golden tables of what a fact does to a record: it climbs the ladder or is no news.
import { describe, expect, it } from 'vitest';
import {
  confirmJob,
  interruptedWhy,
  type JobFact,
  observeForeign,
  observeGone,
  observeInterrupted,
  observeJob,
} from '../../shared/scheduler/observe.ts';
import type { Job } from '../../shared/scheduler/records.ts';
import { ago, boots, ended, minute, now, ready, runs, waits } from './scene.ts';

const seat = { pool: 'gpu', project: 'color', scope: 'color' };
const fact = (phase: JobFact['phase'], more: Partial<JobFact> = {}): JobFact => ({
  id: 'j1',
  phase,
  repository: 'film/color',
  labels: ['gpu'],
  name: 'j1',
  runId: 'run-j1',
  runAttempt: 1,
  headSha: 'f'.repeat(40),
  queuedAt: ago(2 * minute),
  ...more,
});

const waiting = waits('j1', 'color');
const running = runs('j1', 'color', 'r1');
const unnamed = { ...running, runner: undefined };
const done = ended('j1', 'color', 'r1', ago(minute));

const inShort = (job: Job | undefined): string =>
  job ? [job.phase, job.runner, job.outcome].filter(Boolean).join(' ') : 'no news';

describe('a fact about a job', () => {
  it.each<[string, Job | undefined, JobFact, string]>([
    ['queued makes a waiting job', undefined, fact('waiting'), 'waiting'],
    ['in progress makes a running one', undefined, fact('running', { runner: 'r1' }), 'running r1'],
    ['completed makes an ended one', undefined, fact('done', { outcome: 'success' }), 'done success'],
    ['queued again is no news', waiting, fact('waiting'), 'no news'],
    ['in progress lifts a waiting job', waiting, fact('running', { runner: 'r1' }), 'running r1'],
    ['completed lifts a waiting job', waiting, fact('done', { outcome: 'cancelled' }), 'done cancelled'],
    [
      'completed lifts a running job',
      running,
      fact('done', { runner: 'r1', outcome: 'failure' }),
      'done r1 failure',
    ],
    ['queued never lowers a running job', running, fact('waiting'), 'no news'],
    ['queued never lowers an ended job', done, fact('waiting'), 'no news'],
    ['in progress never lowers an ended job', done, fact('running', { runner: 'r1' }), 'no news'],
    ['a late name is news', unnamed, fact('running', { runner: 'r1' }), 'running r1'],
    ['another name is none: the first one stays', running, fact('running', { runner: 'r2' }), 'no news'],
    [
      'completed without a name keeps the one known',
      running,
      fact('done', { outcome: 'success' }),
      'done r1 success',
    ],
  ])('%s', (_, current, told, after) => expect(inShort(observeJob(current, told, seat, now))).toBe(after));

  it('that ended without a time has ended now; times decide nothing else', () => {
    expect(observeJob(running, fact('done'), seat, now)?.endedAt).toBe(now);
    const early = fact('done', { startedAt: now, endedAt: ago(60 * minute) });
    expect(observeJob(waiting, early, seat, now)).toMatchObject({ phase: 'done', endedAt: ago(60 * minute) });
    expect(observeJob(waiting, fact('running', { startedAt: 0 }), seat, now)?.phase).toBe('running');
  });

  it('keeps its seat, and says when it was heard of', () => {
    const moved = observeJob(waiting, fact('running'), { ...seat, scope: 'elsewhere' }, now);
    expect(moved).toMatchObject({ scope: 'color', heardAt: now });
    expect(confirmJob(waiting, now)).toEqual({ ...waiting, heardAt: now });
  });

  it('that policy refused stays refused, however GitHub ended it', () => {
    const verdict = { state: 'refused', code: 'trust-refused', why: 'a fork', since: now } as const;
    const after = observeJob({ ...waiting, verdict }, fact('done', { outcome: 'cancelled' }), seat, now);
    expect(after?.outcome).toBe('refused');
  });
});

describe('a machine that is gone', () => {
  it('has ended now, for the reason that was known before', () => {
    expect(observeGone(boots('b1'), 'taken away', now)).toMatchObject({
      phase: 'gone',
      endedAt: now,
      why: 'taken away',
    });
    expect(observeGone(boots('b1', { why: 'no job came' }), 'taken away', now)?.why).toBe('no job came');
  });

  it('stays gone: the second word is no news', () => {
    const gone = boots('b1', { phase: 'gone', endedAt: ago(minute) });
    expect(observeGone(gone, 'again', now)).toBeUndefined();
  });
});

describe('a machine that its cloud takes back', () => {
  it('is interrupted from then on, and ends for that reason unless there was one before', () => {
    const warned = observeInterrupted(ready('b1', 'color'), now);
    expect(warned).toMatchObject({ phase: 'ready', interruptedAt: now, why: interruptedWhy });
    expect(warned && observeGone(warned, 'its instance is terminated', now)?.why).toBe(interruptedWhy);
    expect(observeInterrupted(boots('b1', { why: 'no job came' }), now)?.why).toBe('no job came');
  });

  it.each([
    ['told twice', boots('b1', { interruptedAt: ago(minute) })],
    ['told after its end', boots('b1', { phase: 'gone' })],
  ])('is no news %s', (_, current) => expect(observeInterrupted(current, now)).toBeUndefined());
});

describe('a foreign job', () => {
  const told = { job: '9', repository: 'film/x', runner: 'r-b1' };
  const builder = ready('b1', 'color');
  const took = { ...builder, foreign: { job: '9', repository: 'film/x' } };
  const over = { ...builder, foreign: { job: '9', repository: 'film/x', endedAt: now } };

  it('is written on the builder whose present runner it names', () => {
    expect(observeForeign(builder, told)?.foreign).toEqual({ job: '9', repository: 'film/x' });
    expect(observeForeign(took, { ...told, endedAt: now })?.foreign?.endedAt).toBe(now);
  });

  it.each([
    ['of an earlier registration', builder, { ...told, runner: 'r-b0' }],
    ['on a builder that is gone', { ...builder, phase: 'gone' as const }, told],
    ['told twice', took, told],
    ['that started, told after its end', over, told],
    ['that ended, told twice', over, { ...told, endedAt: now + minute }],
  ])('%s is no news', (_, current, news) => expect(observeForeign(current, news)).toBeUndefined());
});
