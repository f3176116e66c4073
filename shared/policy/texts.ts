// All that people read about waiting and refused jobs: reasons in plain sentences, and notices on GitHub.
import type { Time, VerdictCode } from '../scheduler/records.ts';

/** Why a job waits: for notices, the API and the terminal. Plain text. */
export const startingWhy = (pool: string): string => `A builder of pool ${pool} is starting.`;

export const noRoomWhy = (pool: string, maximum: number): string =>
  `All ${maximum} builders that pool ${pool} may have are in use.`;

/**
 * `reasons`: what each way of getting a builder answered, one phrase each. `nextAt`: when the next way is
 * asked, which waits for as long as the earlier ones are hoped for.
 */
export function noRungWhy(pool: string, reasons: readonly string[], nextAt?: Time): string {
  const why = `Pool ${pool} can get no builder now: ${reasons.join('; ') || 'no way of getting one is open'}`;
  return nextAt === undefined ? `${why}.` : `${why}; the next way is asked at ${clockOf(nextAt)}.`;
}

/** The first full minute that is not before it. */
const clockOf = (time: Time): string =>
  `${new Date(Math.ceil(time / 60_000) * 60_000).toISOString().slice(11, 16)} UTC`;

/**
 * Why a rung is left alone, for everybody: a cloud's words may hold account ids, the end of a log anything.
 * `why` begins with the kind of the cloud's fault; else builders have failed.
 */
export function publicRungWhy(why: string): string {
  const kind = /^(capacity|quota|throttled|invalid|failed): /.exec(why)?.[1];
  return publicFaults[kind ?? ''] ?? 'its last builders never asked for work';
}

const publicFaults: Record<string, string> = {
  capacity: 'the cloud has no machine to give now',
  quota: "a quota of the cloud's account is used up",
  throttled: 'the cloud takes no more requests now',
  invalid: 'the cloud refuses what the configuration asks for',
  failed: 'its last machine was not fit for work',
};

/** `at`: when one is expected to be free. `usdPerDay`: what the day costs that another one is paid for. */
export function hostBusyWhy(pool: string, at: Time, usdPerDay: number | undefined): string {
  const price = usdPerDay === undefined ? '' : `; another one would cost ${usdPerDay.toFixed(2)} USD`;
  return `A Mac of pool ${pool} is free at about ${clockOf(nextFiveMinutes(at))}${price}.`;
}

/** Each pass expects another moment: words that change with all of them would be written by all of them. */
const nextFiveMinutes = (time: Time): Time => Math.ceil(time / 300_000) * 300_000;

export const concurrencyWhy = (project: string, limit: number): string =>
  `Project ${project} runs as many jobs at once as it may: ${limit}.`;

export const untrustedConcurrencyWhy = (project: string, limit: number): string =>
  `Project ${project} runs as many jobs of forks at once as it may: ${limit}.`;

export const scopeRefusedWhy = (reason: string): string =>
  `GitHub does not accept runners for this project: ${reason.replace(/\.$/, '')}.`;

export const buildersFailedWhy = (pool: string, builders: number): string =>
  `${builders} builders of pool ${pool} were started for this job and ended without getting it.`;

export const trustUnknownWhy = 'GitHub has not answered yet who caused this run.';

export const approvalUnknownWhy = (repository: string): string =>
  `GitHub has not answered yet whether ${repository} requires approval for all external contributors.`;

/** `whose`: `project opencolorio`, or `this installation`. */
export const dailyLimitWhy = (whose: string, usd: number): string =>
  `The daily limit of ${whose} (${usd} USD) is reached, resets 00:00 UTC.`;

/** Why a job is refused, and what would change it. `untrusted` is half a sentence of `trustOf`. */
export const noSuchPoolWhy = (pool: string): string =>
  `The configuration no longer has a pool ${pool}; a job with other labels would be served.`;

export const notInProjectWhy = (repository: string, project: string): string =>
  `The configuration no longer has ${repository} in project ${project}; it must be added there.`;

export const poolNotAllowedWhy = (project: string, pool: string): string =>
  `Project ${project} may not use pool ${pool}; it must be named in the project's pools.`;

export const trustedOnlyWhy = (untrusted: string, pool: string): string =>
  `This run is untrusted (${untrusted}), and pool ${pool} serves trusted runs only; a run of a branch of ` +
  'the repository itself would be served.';

export const eventWhy = (untrusted: string): string =>
  `This run is untrusted (${untrusted}); of such runs only approved pull_request runs can be served.`;

export const forksNeverWhy = (untrusted: string, project: string): string =>
  `This run is untrusted (${untrusted}), and project ${project} serves no forks; a run of a branch of the ` +
  "repository itself would be served, or the configuration must say forks: 'github-approved'.";

/** The name of the setting is GitHub's own (repository settings, Actions, General). */
export const approvalOffWhy = (repository: string): string =>
  `Pull requests of forks are served only while ${repository} has the setting ` +
  '"Require approval for all external contributors" (Settings, Actions, General); ' +
  'a maintainer can turn it on.';

/** What a notice is about. `job` is the job's name and, like `why`, may be a stranger's words. */
export interface NoticeFacts {
  code: VerdictCode;
  why: string;
  since: Time;
  job: string;
  pool: string;
}

/** Title (plain, at most 100 characters) and summary (Markdown) of a check run. Same facts, same text. */
export function noticeText(facts: NoticeFacts): { title: string; summary: string } {
  const { head, change } = codeWords[facts.code];
  const lines = [
    `**Job:** ${plain(facts.job)}`,
    `**Why:** ${plain(facts.why)}`,
    `**Since:** ${minuteOf(facts.since)}`,
    `**What would change it:** ${change}`,
  ];
  return { title: cut(head(facts.pool), 100), summary: lines.join('\n\n') };
}

/** The last text of a notice: its job has started, has ended, or waits for another reason. */
export function closedNoticeText(
  facts: Pick<NoticeFacts, 'job' | 'since'> & { how: 'started' | 'ended' | 'changed'; at: Time },
): { title: string; summary: string } {
  const lines = [
    `**Job:** ${plain(facts.job)}`,
    `**Waited:** from ${minuteOf(facts.since)} to ${minuteOf(facts.at)}`,
  ];
  const title = {
    started: 'The job has started',
    ended: 'The job has ended',
    changed: 'This reason is over',
  };
  return { title: title[facts.how], summary: lines.join('\n\n') };
}

/** Name of the check run that speaks of a job. */
export const noticeName = (job: string): string => `callsheet / ${cut(oneLine(job), 180)}`;

/** What each code says as a title, and what would change it. */
const codeWords: Record<VerdictCode, { head: (pool: string) => string; change: string }> = {
  starting: {
    head: (pool) => `Waiting: a builder of pool ${pool} is starting`,
    change: 'Nothing is to be done: the job runs as soon as a builder is ready.',
  },
  'no-room': {
    head: (pool) => `Waiting: pool ${pool} is full`,
    change: "A builder of the pool must end its job, or the pool's maximum be raised in the configuration.",
  },
  'no-rung': {
    head: (pool) => `Waiting: pool ${pool} can get no builder now`,
    change: 'It is tried again every few minutes; a further way of getting builders can be configured.',
  },
  'host-busy': {
    head: (pool) => `Waiting: a Mac of pool ${pool} is free soon`,
    change: 'Another Mac is paid for a day; the pool gets one when a job has waited for waitMinutes.',
  },
  concurrency: {
    head: () => 'Waiting: the project is at its limit',
    change: 'A job of the project must end, or its concurrency be raised in the configuration.',
  },
  'untrusted-concurrency': {
    head: () => 'Waiting: the project runs as many jobs of forks as it may',
    change: 'A job of a fork must end, or untrusted.concurrency be raised in the configuration.',
  },
  'trust-unknown': {
    head: () => 'Waiting: GitHub has not said yet whether this run may be served',
    change: 'GitHub is asked again every minute.',
  },
  'trust-refused': {
    head: (pool) => `Refused: pool ${pool} does not serve this run`,
    change: 'What the reason says. If the run has been cancelled meanwhile, it must be started again.',
  },
  'scope-refused': {
    head: () => 'Waiting: GitHub does not accept runners for this project',
    change:
      'The App must be installed for the repository and its runner group exist. GitHub is asked each minute.',
  },
  'daily-limit': {
    head: () => 'Waiting: a daily limit is reached',
    change: 'Money of the day must become free, or the limit be raised in the configuration.',
  },
  'builders-failed': {
    head: (pool) => `Waiting: builders of pool ${pool} ended without getting this job`,
    change: 'It is tried again after half an hour; an admin should read the logs of these builders.',
  },
};

const minuteOf = (time: Time): string => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** At most 1000 characters of a stranger as Markdown that does nothing: no link, mention, image or HTML. */
const plain = (words: string): string =>
  cut(oneLine(words), 1000)
    .replaceAll(/[\\`*_[\]<>|~&!]/g, '\\$&')
    .replaceAll(/@|#|:(?=\/\/)|www(?=\.)/gi, `$&${zeroWidthSpace}`);

/** Breaks what GitHub would turn into a link. */
const zeroWidthSpace = '\u200b';

/** Without line breaks, control characters, and characters that turn the direction of writing. */
const oneLine = (words: string): string =>
  words.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();

/** Cuts to a length that GitHub accepts, and never leaves half a character. */
const cut = (words: string, length: number): string =>
  words.length <= length
    ? words.toWellFormed()
    : `${words
        .slice(0, length - 1)
        .toWellFormed()
        .trimEnd()}…`;
