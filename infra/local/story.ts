// The terminal's story: one readable line for each step of a job or a builder. Pure.
import { stripVTControlCharacters } from 'node:util';
import type { BuilderView, JobView } from '../../shared/contract/view.ts';

/** A step to tell. `at` is when it was seen, in ms since 1970 UTC. */
export type StoryEvent = { at: number } & (
  | { what: 'job-queued'; job: JobView }
  | { what: 'job-held'; job: JobView }
  | { what: 'job-refused'; job: JobView }
  | { what: 'job-running'; job: JobView }
  | { what: 'job-output'; job: string; text: string }
  | { what: 'job-done'; job: JobView }
  | { what: 'builder-launched'; builder: BuilderView }
  | { what: 'builder-claimed'; builder: BuilderView }
  | { what: 'builder-ready'; builder: BuilderView }
  | { what: 'builder-busy'; builder: BuilderView }
  | { what: 'builder-retiring'; builder: BuilderView }
  | { what: 'builder-gone'; builder: BuilderView }
  | { what: 'warning'; text: string }
);

type What = StoryEvent['what'];

export interface Scene {
  jobs: readonly JobView[];
  builders: readonly BuilderView[];
}

/** What happened between two looks, in the order in which a job lives, steps that no look caught included. */
export function storyOf(previous: Scene, next: Scene, at: number): StoryEvent[] {
  const oldJobs = new Map(previous.jobs.map((job) => [job.id, job]));
  const oldBuilders = new Map(previous.builders.map((builder) => [builder.id, builder]));
  const known = new Set(next.jobs.map((job) => job.id));
  const events = [
    ...next.jobs.toReversed().flatMap((job) => jobSteps(oldJobs.get(job.id), job, at)),
    ...next.builders
      .toReversed()
      .flatMap((builder) => builderSteps(oldBuilders.get(builder.id), builder, known, at)),
  ];
  return events.sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
}

const order: readonly What[] = [
  'warning',
  'job-queued',
  'job-held',
  'job-refused',
  'builder-launched',
  'builder-claimed',
  'builder-ready',
  'job-running',
  'builder-busy',
  'job-output',
  'job-done',
  'builder-retiring',
  'builder-gone',
];

function jobSteps(old: JobView | undefined, job: JobView, at: number): StoryEvent[] {
  const steps: StoryEvent[] = [];
  if (!old) steps.push({ what: 'job-queued', at, job });
  if (job.phase === 'held' && (old?.phase !== 'held' || old.why !== job.why)) {
    steps.push({ what: 'job-held', at, job });
  }
  const refused = job.outcome === 'refused';
  if (refused && old?.outcome !== 'refused') steps.push({ what: 'job-refused', at, job });
  if (job.startedAt !== null && hasRun(job) && !(old && hasRun(old))) {
    steps.push({ what: 'job-running', at, job });
  }
  if (job.phase === 'done' && !refused && old?.phase !== 'done') steps.push({ what: 'job-done', at, job });
  return steps;
}

/** GitHub gives a start to jobs that were cancelled before any runner took them, too. */
const hasRun = (job: JobView): boolean => job.phase === 'running' || job.builder !== null;

function builderSteps(
  old: BuilderView | undefined,
  builder: BuilderView,
  jobs: ReadonlySet<string>,
  at: number,
): StoryEvent[] {
  const steps: StoryEvent[] = [];
  const entered = (phase: BuilderView['phase']) => builder.phase === phase && old?.phase !== phase;
  const became = builder.readyAt !== null && (old?.readyAt ?? null) === null;
  if (!old) steps.push({ what: 'builder-launched', at, builder });
  if (entered('claimed') || (became && (!old || old.phase === 'booting'))) {
    steps.push({ what: 'builder-claimed', at, builder });
  }
  if (became) steps.push({ what: 'builder-ready', at, builder });
  // A job of ours tells itself that it runs.
  if (entered('busy') && builder.job !== null && !jobs.has(builder.job)) {
    steps.push({ what: 'builder-busy', at, builder });
  }
  if (entered('retiring')) steps.push({ what: 'builder-retiring', at, builder });
  if (entered('gone')) steps.push({ what: 'builder-gone', at, builder });
  return steps;
}

type Colour = 'plain' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

const codes: Record<Colour, number> = { plain: 0, dim: 2, green: 32, yellow: 33, red: 31, cyan: 36 };

/** One line without its end. `colour`: is it for a terminal (see `wantsColour`)? */
export function storyLine(event: StoryEvent, colour: boolean): string {
  const [tone, words] = tell(event);
  return `${paint('dim', clockTime(event.at), colour)}  ${paint(tone, printable(words), colour)}`;
}

/** Colours only where somebody looks, and did not ask for none (https://no-color.org). */
export const wantsColour = (stream: { isTTY?: boolean }, env: Record<string, string | undefined>): boolean =>
  stream.isTTY === true && !env.NO_COLOR;

function tell(event: StoryEvent): [Colour, string] {
  switch (event.what) {
    case 'job-queued':
      return ['cyan', `${jobName(event.job)} queued`];
    case 'job-held':
      return ['yellow', `${jobName(event.job)} held: ${event.job.why ?? 'no reason given'}`];
    case 'job-refused':
      return ['red', `${jobName(event.job)} refused: ${event.job.why ?? 'no reason given'}`];
    case 'job-running':
      return ['plain', `${runnerName(event.job)} runs ${jobName(event.job)}`];
    case 'job-output':
      return ['plain', `job ${event.job} │ ${event.text}`];
    case 'job-done':
      return [
        event.job.outcome === 'success' ? 'green' : 'red',
        `${jobName(event.job)} ${ending(event.job)}`,
      ];
    case 'builder-launched':
      return ['dim', `builder ${event.builder.id} called to set (booting)`];
    case 'builder-claimed':
      return ['dim', `builder ${event.builder.id} claimed`];
    case 'builder-ready':
      return ['dim', `builder ${event.builder.id} ready`];
    case 'builder-busy':
      return ['plain', `builder ${event.builder.id} runs a job that asked for others: ${event.builder.job}`];
    case 'builder-retiring':
      return ['dim', `builder ${event.builder.id} retiring${because(event.builder)}`];
    case 'builder-gone':
      return ['dim', `builder ${event.builder.id} wrapped${because(event.builder)}`];
    case 'warning':
      return ['yellow', `warning: ${event.text}`];
  }
}

const jobName = (job: JobView): string =>
  `job ${job.id} ${job.repository.split('/').at(-1)} ${JSON.stringify(job.name)}`;

const runnerName = (job: JobView): string =>
  job.builder ? `builder ${job.builder}` : "somebody else's runner";

const because = (builder: BuilderView): string => (builder.why ? `: ${builder.why}` : '');

function ending(job: JobView): string {
  const outcome = job.outcome ?? 'done';
  if (job.startedAt === null || job.endedAt === null || !hasRun(job)) return outcome;
  return `${outcome} in ${duration(Date.parse(job.endedAt) - Date.parse(job.startedAt))}`;
}

/** `1.2 s`, `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** HH:MM:SS.mmm of this computer's time zone. */
function clockTime(at: number): string {
  const time = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** Text of strangers may not move the cursor, colour the terminal, turn the writing, or fill pages. */
function printable(text: string): string {
  const line = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trimEnd();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}

const paint = (colour: Colour, text: string, on: boolean): string =>
  on && colour !== 'plain' ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
