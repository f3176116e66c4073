// Golden tables of a sweep's pure part: missing machines, jobs in doubt, and what has ended long enough.
import { describe, expect, it } from 'vitest';
import {
  doubtfulJobs,
  expired,
  hasWork,
  judgeMissing,
  mustBeShown,
  silentJobs,
} from '../../shared/scheduler/reconcile.ts';
import type { Builder, Notice, Sight } from '../../shared/scheduler/records.ts';
import {
  ago,
  asked,
  boots,
  ended,
  fork,
  limits,
  minute,
  now,
  ready,
  runs,
  type Scene,
  second,
  stateOf,
  waits,
} from './scene.ts';

describe('a builder that a list of the cloud lacks', () => {
  const old = { launchedAt: ago(20 * minute), heardAt: ago(5 * minute) };
  it.each<[string, Partial<Builder>, string]>([
    ['is too young to be missed for three minutes', { launchedAt: ago(3 * minute - 1) }, 'nothing'],
    ['is missed from then on', { launchedAt: ago(3 * minute) }, 'remember'],
    ['that was heard of in two minutes is not missed', { ...old, heardAt: ago(2 * minute - 1) }, 'nothing'],
    ['that said it was over may be missed at once', { ...old, heardAt: now, finishedAt: now }, 'remember'],
    ['missed again too soon is missed once', { ...old, missingAt: ago(50 * second - 1) }, 'nothing'],
    ['missed twice is asked for by its id', { ...old, missingAt: ago(50 * second) }, 'look'],
    ['missed long ago is missed anew', { ...old, missingAt: ago(150 * second + 1) }, 'remember'],
    ['that is gone is not missed', { ...old, phase: 'gone', missingAt: ago(minute) }, 'nothing'],
    ['missed at a time to come is missed anew', { ...old, missingAt: now + minute }, 'remember'],
  ])('%s', (_, more, decision) =>
    expect(judgeMissing(boots('b1', more), now, limits).decision).toBe(decision),
  );

  it('is told why', () => {
    const why = (more: Partial<Builder>) => judgeMissing(boots('b1', more), now, limits).why();
    expect(why({ ...old, heardAt: ago(20 * second) })).toBe('it was heard of 20 s ago');
    expect(why({ ...old, missingAt: ago(minute) })).toBe('the list lacked it 60 s ago, too');
  });
});

describe('a list of the cloud must show a builder', () => {
  const old = { launchedAt: ago(20 * minute) };
  it.each<[string, Partial<Builder>, boolean]>([
    ['that boots', old, true],
    ['that is ready', { ...old, phase: 'ready' }, true],
    ['but not a young one', { launchedAt: ago(2 * minute) }, false],
    ['but not one that has said that it is over', { ...old, phase: 'ready', finishedAt: now }, false],
    ['but not one that the cloud takes back', { ...old, phase: 'ready', interruptedAt: now }, false],
    ['but not one that is being stopped', { ...old, phase: 'stopping' }, false],
    ['but not one that is gone', { ...old, phase: 'gone' }, false],
  ])('%s', (_, more, must) => expect(mustBeShown(boots('b1', more), now, limits)).toBe(must));
});

const ids = (items: { id: string }[]) => items.map(({ id }) => id);

describe('a waiting job is in doubt', () => {
  const finished = ready('b1', 'color', { phase: 'stopping', finishedAt: ago(minute) });
  const job = waits('j1', 'color');
  it.each<[string, Scene, string[]]>([
    ['when a builder of its scope ended without a name since', { jobs: [job], builders: [finished] }, ['j1']],
    [
      'when one is retiring',
      { jobs: [job], builders: [ready('b1', 'color', { phase: 'retiring', retiringAt: ago(minute) })] },
      ['j1'],
    ],
    [
      'not when GitHub was asked since',
      { jobs: [{ ...job, heardAt: ago(minute) }], builders: [finished] },
      [],
    ],
    [
      'not when the builder served another scope',
      { jobs: [waits('j1', 'volume')], builders: [finished] },
      [],
    ],
    [
      'not when the builder had a job that is known',
      { jobs: [job, ended('j2', 'color', 'r-b1', now)], builders: [finished] },
      [],
    ],
    [
      'not when the builder had a foreign job',
      { jobs: [job], builders: [{ ...finished, foreign: { job: '9', repository: 'film/x' } }] },
      [],
    ],
    [
      'not when the builder never registered',
      { jobs: [job], builders: [{ ...finished, runner: undefined }] },
      [],
    ],
    ['not when the builder still works', { jobs: [job], builders: [ready('b1', 'color')] }, []],
    [
      'not when it has begun to work a moment ago',
      { jobs: [job], builders: [ready('b1', 'color', { startedAt: ago(2 * minute) })] },
      [],
    ],
    [
      'when it works for longer than a job is told of, and no job names it',
      { jobs: [job], builders: [ready('b1', 'color', { startedAt: ago(4 * minute) })] },
      ['j1'],
    ],
    [
      'and not again',
      {
        jobs: [{ ...job, heardAt: ago(minute / 2) }],
        builders: [ready('b1', 'color', { startedAt: ago(4 * minute) })],
      },
      [],
    ],
  ])('%s', (_, scene, doubtful) =>
    expect(ids(doubtfulJobs(stateOf(scene), now, 3 * minute, 10))).toEqual(doubtful),
  );

  it('and of many the longest unheard of are asked about first', () => {
    const jobs = [3, 5, 4].map((at) => waits(`j${at}`, 'color', { heardAt: ago(at * minute) }));
    expect(ids(doubtfulJobs(stateOf({ jobs, builders: [finished] }), now, 3 * minute, 2))).toEqual([
      'j5',
      'j4',
    ]);
  });
});

describe('an open job is silent', () => {
  it('after five minutes, waiting or running, the longest first, a bounded number', () => {
    const at = (minutes: number) => ({ heardAt: ago(minutes * minute) });
    const jobs = [
      waits('just', 'color', at(5)),
      waits('six', 'color', at(6)),
      runs('nine', 'color', 'r', at(9)),
      { ...ended('over', 'color', 'r', ago(9 * minute)), ...at(9) },
      waits('seven', 'color', at(7)),
    ];
    expect(ids(silentJobs(stateOf({ jobs }), now, limits, 20))).toEqual(['nine', 'seven', 'six']);
    expect(ids(silentJobs(stateOf({ jobs }), now, limits, 1))).toEqual(['nine']);
  });

  it('are asked about in turn: a repository without answers starves no other', () => {
    const stuck = ['s1', 's2', 's3'].map((id) =>
      waits(id, 'color', { repository: 'gone/away', heardAt: ago(50 * minute) }),
    );
    const jobs = [...stuck, waits('fine', 'color', { heardAt: ago(6 * minute) })];
    expect(ids(silentJobs(stateOf({ jobs }), now, limits, 2))).toEqual(['s1', 'fine']);
  });
});

const hour = 60 * minute;
const long = ago(hour + 1);
const notice = (state: Notice['state']): Notice => ({
  kind: 'notice',
  pool: 'gpu',
  version: 1,
  id: 'n1',
  repository: 'film/color',
  headSha: 'f',
  jobName: 'j1',
  code: 'no-room',
  state,
  title: 't',
  summary: 's',
  since: long,
  sentAt: long,
});
const sight: Sight = { kind: 'sight', pool: 'gpu', version: 1, id: 's1', at: long };

describe('what has ended', () => {
  const gone = boots('b1', { phase: 'gone', endedAt: long });
  const answered = asked(1, 1, { phase: 'answered', askedAt: long, answeredAt: long });
  it.each<[string, Scene, string[]]>([
    ['stays an hour', { jobs: [ended('j1', 'color', 'r', ago(hour))] }, []],
    ['leaves then', { jobs: [ended('j1', 'color', 'r', long)], builders: [gone] }, ['j1', 'b1']],
    [
      'stays while a builder lives that the job names',
      { jobs: [ended('j1', 'color', 'r-b2', long)], builders: [ready('b2', 'color')] },
      [],
    ],
    ['and a launch of which no builder lives leaves', { launches: [answered] }, ['gpu-1']],
    ['but a launch stays while a builder of it lives', { launches: [answered], builders: [boots('b2')] }, []],
    ['and one without an answer stays', { launches: [asked(1, 1, { askedAt: long })] }, []],
    ['and a run of no open job leaves', { runs: [{ ...fork('run-j1'), askedAt: long }] }, ['run-j1']],
    [
      'but the run of an open job stays',
      { runs: [{ ...fork('run-j1'), askedAt: long }], jobs: [waits('j1', 'color')] },
      [],
    ],
  ])('%s', (_, scene, leaves) => expect(ids(expired(stateOf(scene), now, limits))).toEqual(leaves));

  it('includes closed notices and faded sightings, not open notices', () => {
    const state = (of: Notice['state']) => ({ ...stateOf({}), notices: [notice(of)], sights: [sight] });
    expect(ids(expired(state('closed'), now, limits))).toEqual(['n1', 's1']);
    expect(ids(expired(state('open'), now, limits))).toEqual(['s1']);
  });
});

describe('a pool has work', () => {
  it.each<[string, Scene, boolean]>([
    ['not when it is empty', {}, false],
    ['while a job waits', { jobs: [waits('j1', 'color')] }, true],
    ['while a job runs', { jobs: [runs('j1', 'color', 'r')] }, true],
    ['not for what has ended', { jobs: [ended('j1', 'color', 'r', now)] }, false],
    ['while a builder is there', { builders: [boots('b1')] }, true],
    ['while a registration may be left', { builders: [ready('b1', 'color', { phase: 'gone' })] }, true],
    [
      'not for a builder whose job GitHub has named',
      { jobs: [ended('j1', 'color', 'r-b1', now)], builders: [ready('b1', 'color', { phase: 'gone' })] },
      false,
    ],
    ['while a launch has no answer', { launches: [asked(2, 1)] }, true],
  ])('%s', (_, scene, work) => expect(hasWork(stateOf(scene))).toBe(work));

  it('while a notice is open', () => {
    expect(hasWork({ ...stateOf({}), notices: [notice('open')] })).toBe(true);
    expect(hasWork({ ...stateOf({}), notices: [notice('closed')] })).toBe(false);
  });
});
