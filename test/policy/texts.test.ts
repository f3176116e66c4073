// Reasons and notices: what people read, and that a stranger's words in them do nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  closedNoticeText,
  hostBusyWhy,
  noRungWhy,
  noticeName,
  noticeText,
  scopeRefusedWhy,
} from '../../shared/policy/texts.ts';
import type { VerdictCode } from '../../shared/scheduler/records.ts';

const since = Date.UTC(2026, 10, 21, 9, 5, 59);
const facts = { since, job: 'build', pool: 'gpu', why: 'All 4 builders that pool gpu may have are in use.' };

/** The type makes sure that no code is forgotten. */
const titles: Record<VerdictCode, string> = {
  starting: 'Waiting: a builder of pool gpu is starting',
  'no-room': 'Waiting: pool gpu is full',
  'host-busy': 'Waiting: a Mac of pool gpu is free soon',
  'no-rung': 'Waiting: pool gpu can get no builder now',
  concurrency: 'Waiting: the project is at its limit',
  'untrusted-concurrency': 'Waiting: the project runs as many jobs of forks as it may',
  'trust-unknown': 'Waiting: GitHub has not said yet whether this run may be served',
  'trust-refused': 'Refused: pool gpu does not serve this run',
  'scope-refused': 'Waiting: GitHub does not accept runners for this project',
  'daily-limit': 'Waiting: a daily limit is reached',
  'builders-failed': 'Waiting: builders of pool gpu ended without getting this job',
};

/** A character that breaks links and mentions. */
const gap = '\u200b';

describe('a notice', () => {
  it('says why, since when, and what would change it', () => {
    expect(noticeText({ ...facts, code: 'no-room' })).toEqual({
      title: 'Waiting: pool gpu is full',
      summary: [
        '**Job:** build',
        '**Why:** All 4 builders that pool gpu may have are in use.',
        '**Since:** 2026-11-21 09:05 UTC',
        '**What would change it:** A builder of the pool must end its job, ' +
          "or the pool's maximum be raised in the configuration.",
      ].join('\n\n'),
    });
  });

  it.each(Object.entries(titles))('of %s has the title "%s"', (code, title) => {
    const known = Object.keys(titles).find((other): other is VerdictCode => other === code);
    expect(known && noticeText({ ...facts, code: known }).title).toBe(title);
    const long = known && noticeText({ ...facts, code: known, pool: 'p'.repeat(200) });
    expect(long?.title.length).toBeLessThanOrEqual(100);
  });

  it('tells at its end how long the job waited', () => {
    expect(closedNoticeText({ job: 'build', since, at: since + 600_000, how: 'started' })).toEqual({
      title: 'The job has started',
      summary: '**Job:** build\n\n**Waited:** from 2026-11-21 09:05 UTC to 2026-11-21 09:15 UTC',
    });
  });

  it('has a name that GitHub accepts', () => {
    expect(noticeName('build (linux)\nx')).toBe('callsheet / build (linux) x');
    expect(noticeName('x'.repeat(400)).length).toBe(192);
  });

  it('lists what each way of getting a builder answered', () => {
    expect(noRungWhy('gpu', ['no capacity', 'quota'])).toBe(
      'Pool gpu can get no builder now: no capacity; quota.',
    );
    expect(noRungWhy('gpu', [])).toBe('Pool gpu can get no builder now: no way of getting one is open.');
    expect(noRungWhy('gpu', ['none'], Date.UTC(2026, 10, 21, 10, 39, 1))).toBe(
      'Pool gpu can get no builder now: none; the next way is asked at 10:40 UTC.',
    );
  });

  it('ends a reason of GitHub with one full stop', () => {
    const expected = 'GitHub does not accept runners for this project: not found.';
    expect([scopeRefusedWhy('not found'), scopeRefusedWhy('not found.')]).toEqual([expected, expected]);
  });
});

describe('a job that waits for a Mac', () => {
  it('is told when one is free, and what another one would cost', () => {
    expect(hostBusyWhy('mac', Date.UTC(2026, 10, 21, 14, 26, 1), 15.6)).toBe(
      'A Mac of pool mac is free at about 14:30 UTC; another one would cost 15.60 USD.',
    );
    expect(hostBusyWhy('mac', Date.UTC(2026, 10, 21, 23, 59), undefined)).toBe(
      'A Mac of pool mac is free at about 00:00 UTC.',
    );
  });

  it('is told the same by passes that expect almost the same', () => {
    const at = Date.UTC(2026, 10, 21, 14, 26);
    expect(hostBusyWhy('mac', at + 200_000, 15.6)).toBe(hostBusyWhy('mac', at, 15.6));
  });
});

describe("a stranger's words", () => {
  it.each([
    ['<img src=x>', '\\<img src=x\\>'],
    ['[a](b) ![c](d)', '\\[a\\](b) \\!\\[c\\](d)'],
    ['ask @acme/all in #12', `ask @${gap}acme/all in #${gap}12`],
    ['https://evil.example www.evil.example', `https:${gap}//evil.example www${gap}.evil.example`],
    ['a\n\n# b\r\n```', `a #${gap} b \\\`\\\`\\\``],
    ['abc\u202edef', 'abc def'],
  ])('%j are shown as %j', (words, expected) => {
    expect(noticeText({ ...facts, code: 'starting', why: words }).summary).toContain(
      `**Why:** ${expected}\n\n`,
    );
  });

  it('are never cut within a character', () => {
    const long = '🎬'.repeat(600);
    expect(noticeName(`x${long}`).isWellFormed() && noticeName(long).isWellFormed()).toBe(true);
    expect(noticeName('\ud83c').isWellFormed()).toBe(true);
  });

  it('never add a line, and stay within bounds', () => {
    const words = fc.string({ unit: 'binary', maxLength: 1200 });
    fc.assert(
      fc.property(words, words, (job, why) => {
        const { summary } = noticeText({ ...facts, code: 'starting', job, why });
        expect(summary.split(/[\n\r]/).filter((line) => line !== '')).toHaveLength(4);
        expect(summary.length).toBeLessThan(5000);
        expect(summary.isWellFormed()).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
