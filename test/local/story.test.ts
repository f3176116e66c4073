// The terminal's story: what two looks make of it, and how each line reads.
import { describe, expect, it } from 'vitest';
import { duration, type Scene, storyLine, storyOf, wantsColour } from '../../infra/local/story.ts';
import type { BuilderView, JobView } from '../../shared/contract/view.ts';

const noon = new Date(2026, 10, 21, 10, 41, 7, 120).getTime();
const iso = (ms: number) => new Date(noon + ms).toISOString();

const waiting: JobView = {
  id: '12',
  repository: 'AcademySoftwareFoundation/OpenColorIO',
  project: 'opencolorio',
  name: 'gpu',
  labels: ['gpu'],
  pool: 'gpu',
  phase: 'waiting',
  outcome: null,
  why: null,
  builder: null,
  queuedAt: iso(0),
  startedAt: null,
  endedAt: null,
};
const held: JobView = { ...waiting, phase: 'held', why: 'its project runs 4 jobs' };
const refused: JobView = { ...waiting, phase: 'done', outcome: 'refused', why: 'it comes from a fork' };
const running: JobView = { ...waiting, phase: 'running', builder: 'local-gpu-1-0', startedAt: iso(2000) };
const done: JobView = { ...running, phase: 'done', outcome: 'success', endedAt: iso(3200) };
const stolen: JobView = { ...running, builder: null };
const cancelled: JobView = {
  ...waiting,
  phase: 'done',
  outcome: 'cancelled',
  startedAt: iso(0),
  endedAt: iso(1000),
};

const booting: BuilderView = {
  id: 'local-gpu-1-0',
  pool: 'gpu',
  provider: 'local',
  phase: 'booting',
  job: '12',
  why: null,
  log: null,
  launchedAt: iso(100),
  readyAt: null,
  endedAt: null,
  usd: 0,
  offering: null,
  machine: null,
};
const claimed: BuilderView = { ...booting, phase: 'claimed' };
const ready: BuilderView = { ...booting, phase: 'ready', readyAt: iso(900) };
const busy: BuilderView = { ...ready, phase: 'busy' };
const retiring: BuilderView = { ...ready, phase: 'retiring', job: null, why: 'nobody took it' };
const gone: BuilderView = { ...busy, phase: 'gone', endedAt: iso(4000) };

const nothing: Scene = { jobs: [], builders: [] };
const scene = (job?: JobView, builder?: BuilderView): Scene => ({
  jobs: job ? [job] : [],
  builders: builder ? [builder] : [],
});

/** The lines between two looks, without their times. */
const told = (before: Scene, after: Scene) =>
  storyOf(before, after, noon).map((event) => storyLine(event, false).replace(/^\S+ {2}/, ''));

const name = 'job 12 OpenColorIO "gpu"';

describe('two looks', () => {
  it.each<[string, Scene, Scene, string[]]>([
    ['a new job', nothing, scene(waiting), [`${name} queued`]],
    ['no news', scene(running, busy), scene(running, busy), []],
    ['a held job', scene(waiting), scene(held), [`${name} held: its project runs 4 jobs`]],
    ['other words', scene(held), scene({ ...held, why: 'x' }), [`${name} held: x`]],
    ['a refused job', scene(waiting), scene(refused), [`${name} refused: it comes from a fork`]],
    ['a running job', scene(waiting), scene(running), [`builder local-gpu-1-0 runs ${name}`]],
    ['a stolen job', scene(waiting), scene(stolen), [`somebody else's runner runs ${name}`]],
    ['a job that ended', scene(running), scene(done), [`${name} success in 1.2 s`]],
    ['a job that never ran', scene(waiting), scene(cancelled), [`${name} cancelled`]],
    ['a launch', nothing, scene(undefined, booting), ['builder local-gpu-1-0 called to set (booting)']],
    ['a claim', scene(undefined, booting), scene(undefined, claimed), ['builder local-gpu-1-0 claimed']],
    ['a ready builder', scene(undefined, claimed), scene(undefined, ready), ['builder local-gpu-1-0 ready']],
    ['a job of ours on a builder', scene(running, ready), scene(running, busy), []],
    [
      'a foreign job on a builder',
      scene(undefined, ready),
      scene(undefined, { ...busy, job: '99' }),
      ['builder local-gpu-1-0 runs a job that asked for others: 99'],
    ],
    [
      'a builder on its way out',
      scene(undefined, ready),
      scene(undefined, retiring),
      ['builder local-gpu-1-0 retiring: nobody took it'],
    ],
    ['a builder that ended', scene(done, busy), scene(done, gone), ['builder local-gpu-1-0 wrapped']],
  ])('with %s between them', (_, before, after, lines) => {
    expect(told(before, after)).toEqual(lines);
  });

  it('tell what happened in one of them in the order in which it happened', () => {
    expect(told(nothing, scene(done, gone))).toEqual([
      `${name} queued`,
      'builder local-gpu-1-0 called to set (booting)',
      'builder local-gpu-1-0 claimed',
      'builder local-gpu-1-0 ready',
      `builder local-gpu-1-0 runs ${name}`,
      `${name} success in 1.2 s`,
      'builder local-gpu-1-0 wrapped',
    ]);
  });

  it('never tell a claim of a builder that did not claim', () => {
    expect(told(scene(undefined, booting), scene(undefined, { ...gone, readyAt: null }))).toEqual([
      'builder local-gpu-1-0 wrapped',
    ]);
  });

  it('tell older jobs first', () => {
    const jobs = [{ ...waiting, id: '13' }, waiting];
    expect(told(nothing, { jobs, builders: [] }).map((line) => line.slice(0, 6))).toEqual([
      'job 12',
      'job 13',
    ]);
  });
});

describe('a line', () => {
  it('begins with the time of this computer', () => {
    expect(storyLine({ what: 'job-queued', at: noon, job: waiting }, false)).toBe(
      '10:41:07.120  job 12 OpenColorIO "gpu" queued',
    );
  });

  it('is one line of plain text, whatever a stranger writes', () => {
    const text = '\u001b[2J\u001b]0;title\u0007red\r\nnext\u202etxt.exe\u0000';
    const line = storyLine({ what: 'job-output', at: noon, job: '12', text }, false);
    expect(line).toMatch(/^10:41:07\.120 {2}job 12 │ [ -~]*$/);
    expect(line).toContain('red next txt.exe');
    const long = storyLine({ what: 'warning', at: noon, text: 'x'.repeat(5000) }, false);
    expect(long).toHaveLength('10:41:07.120  '.length + 400);
  });

  it('has colours only when they are wanted', () => {
    const event = { what: 'job-done', at: noon, job: done } as const;
    expect(storyLine(event, true)).toContain('\u001b[32mjob 12');
    expect(storyLine(event, false)).not.toContain('\u001b');
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour({}, {})).toBe(false);
  });

  it('says durations as people do', () => {
    expect([-1, 0, 1234, 9949, 9950, 59_499, 59_500, 200_000, 7_500_000].map(duration)).toEqual([
      '0.0 s',
      '0.0 s',
      '1.2 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 0 s',
      '3 min 20 s',
      '2 h 5 min',
    ]);
  });
});
