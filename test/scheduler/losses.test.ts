// Golden table of lost jobs: which failures were the cloud's, and what a run remembers of them.
import { describe, expect, it } from 'vitest';
import { lostJobs, lostOf } from '../../shared/scheduler/losses.ts';
import { expired, hasWork } from '../../shared/scheduler/reconcile.ts';
import type { Builder, Job, Run } from '../../shared/scheduler/records.ts';
import { ago, boots, fork, limits, minute, now, ready, stateOf, waits } from './scene.ts';

const failed = (more: Partial<Job> = {}): Job =>
  waits('j1', 'color', { phase: 'done', runner: 'r-b1', endedAt: now, outcome: 'failure', ...more });

const warned = ready('b1', 'color', { interruptedAt: ago(2 * minute) });
const went = ready('b1', 'color', { phase: 'gone', endedAt: now });

describe('a failed job', () => {
  it.each<[string, Builder, Job, boolean]>([
    ['after a warning is lost', warned, failed(), true],
    [
      'after a warning, on a machine that is gone since, is lost',
      { ...warned, phase: 'gone' },
      failed(),
      true,
    ],
    [
      'after a warning, though its agent had its last word, is lost',
      { ...warned, stoppingAt: now },
      failed(),
      true,
    ],
    ['before a warning is not', warned, failed({ endedAt: ago(3 * minute) }), false],
    ['whose machine went is lost', went, failed(), true],
    ['whose machine we stopped is not', { ...went, stoppingAt: ago(minute) }, failed(), false],
    ['whose machine runs is not', ready('b1', 'color'), failed(), false],
    ['of another runner is not', warned, failed({ runner: 'r-b2' }), false],
    [
      'without a runner is not',
      boots('b1', { interruptedAt: ago(minute) }),
      failed({ runner: undefined }),
      false,
    ],
    ['that was cancelled is not', warned, failed({ outcome: 'cancelled' }), false],
    ['that policy refused is not', warned, failed({ outcome: 'refused' }), false],
    ['that succeeded is not', warned, failed({ outcome: 'success' }), false],
    ['that runs is not', warned, failed({ phase: 'running', outcome: undefined }), false],
  ])('%s', (_, builder, job, isLost) => {
    const found = lostJobs(stateOf({ builders: [builder], jobs: [job] }), () => true);
    expect([...found.keys()]).toEqual(isLost ? ['run-j1'] : []);
  });

  it('whose machine went is not lost where clouds take nothing back; a warning is proof that they do', () => {
    const found = (builder: Builder) =>
      lostJobs(stateOf({ builders: [builder], jobs: [failed()] }), () => false).size;
    expect(found(went)).toBe(0);
    expect(found(warned)).toBe(1);
  });

  it('of a stranger is lost by the word of the cloud alone: it may have ended its machine itself', () => {
    const found = (builder: Builder) =>
      lostJobs(stateOf({ builders: [builder], jobs: [failed()], runs: [fork('run-j1')] }), () => true).size;
    expect(found(went)).toBe(0);
    expect(found(warned)).toBe(1);
  });
});

describe('what a run has lost', () => {
  const run: Run = fork('run-j1');
  const of = (id: string, runAttempt: number): Job => failed({ id, runAttempt });

  it.each<[string, Run, Job[], Run['lost']]>([
    ['grows', { ...run, lost: { attempt: 1, jobs: ['1'] } }, [of('2', 1)], { attempt: 1, jobs: ['1', '2'] }],
    [
      'stays when its jobs have left',
      { ...run, lost: { attempt: 1, jobs: ['1'] } },
      [],
      { attempt: 1, jobs: ['1'] },
    ],
    [
      'counts each job once',
      { ...run, lost: { attempt: 1, jobs: ['1'] } },
      [of('1', 1)],
      { attempt: 1, jobs: ['1'] },
    ],
    [
      'is of the latest attempt',
      { ...run, lost: { attempt: 1, jobs: ['1'] } },
      [of('2', 2)],
      { attempt: 2, jobs: ['2'] },
    ],
    ['is nothing once that attempt was run again', { ...run, rerunOf: 1 }, [of('1', 1)], undefined],
    [
      'begins anew with the next attempt',
      { ...run, rerunOf: 1 },
      [of('1', 1), of('3', 2)],
      { attempt: 2, jobs: ['3'] },
    ],
    ['is nothing where nothing was', run, [], undefined],
  ])('%s', (_, known, found, lost) => expect(lostOf(known, found)).toEqual(lost));
});

describe('the record of a run', () => {
  const hour = 60 * minute;
  const old: Run = { ...fork('run-j1'), askedAt: ago(2 * hour) };
  const lost = { attempt: 1, jobs: ['1'] };

  it.each<[string, Run, Job[], boolean]>([
    ['leaves with its last job', old, [], true],
    ['stays while a job of it is on record, ended or not', old, [failed()], false],
    ['stays for an hour after GitHub was asked', { ...old, askedAt: ago(minute) }, [], false],
    ['stays while lost jobs of it are to be run again', { ...old, lost }, [], false],
    ['stays for days after it was run again', { ...old, rerunAt: ago(100 * hour) }, [], false],
    ['leaves in the end', { ...old, rerunAt: ago(200 * hour) }, [], true],
  ])('%s', (_, run, jobs, leaves) => {
    expect(expired(stateOf({ runs: [run], jobs }), now, limits).includes(run)).toBe(leaves);
  });

  it('keeps the reaper ringing while lost jobs of it are to be run again', () => {
    expect(hasWork(stateOf({ runs: [old] }))).toBe(false);
    expect(hasWork(stateOf({ runs: [{ ...old, lost }] }))).toBe(true);
  });
});
