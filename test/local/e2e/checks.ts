// What must be true at the end of every performance, whatever went wrong on the way.
import { existsSync, readdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { JobSnapshot } from '../../../infra/local/github/surface.ts';
import type { JobView } from '../../../shared/contract/view.ts';
import type { Asked, Fate, Play } from './harness.ts';
import { processesIn } from './processes.ts';
import { until } from './until.ts';

/** How GitHub ends a job of each fate, and how we show it. Null: it has not ended. */
const endings: Record<Fate, { conclusion: string[]; outcome: string[]; marks: number[] }> = {
  served: { conclusion: ['success'], outcome: ['success'], marks: [1] },
  // A machine that is asked to run it fails it; onRefusal cancels it; else it waits on GitHub for a day.
  refused: { conclusion: ['failure', 'cancelled', 'none'], outcome: ['refused'], marks: [0] },
  cancelled: { conclusion: ['cancelled'], outcome: ['cancelled'], marks: [0, 1] },
  lost: { conclusion: ['failure'], outcome: ['failure'], marks: [1] },
  held: { conclusion: ['none'], outcome: ['none'], marks: [0] },
  strange: { conclusion: ['success'], outcome: [], marks: [1] },
};

/** Waits until every job has met its fate, and all machines have ended and left nothing. */
export async function allHasEnded({ asked, builders, folder, github, jobs }: Play): Promise<void> {
  await until(() => asked.every((job) => hasEnded(job, github.jobs())), 'GitHub has ended all jobs');
  await until(async () => {
    const shown = await jobs();
    return asked.every((job) => isShown(job, shown));
  }, '/api/jobs shows how every job ended');
  await until(
    async () => (await builders()).every(({ phase }) => phase === 'gone'),
    '/api/builders shows no builder that lives',
  );
  await until(() => github.runners().length === 0, 'GitHub has no registration');
  await until(() => processesIn(folder).length === 0, 'no process of a builder lives');
  await until(() => homesIn(folder).length === 0, 'no home of a builder is left');
}

/**
 * Waits until all has ended. Then: every job ran as often as it had to, nothing is left anywhere, and the
 * service met no error but those in `troubles`.
 */
export async function allIsWell(play: Play, troubles: RegExp[] = []): Promise<void> {
  await allHasEnded(play);
  const { github, folder } = play;
  const marks = play.marks();
  for (const { name, fate } of play.asked) {
    const times = marks.filter((mark) => mark === name).length;
    expect(endings[fate].marks, `${name} is ${fate}, and its command began ${times} times`).toContain(times);
  }
  expect(github.unknownRoutes()).toEqual([]);
  expect(errorsOf(play).filter((why) => !troubles.some((trouble) => trouble.test(why)))).toEqual([]);

  await play.wrap();
  expect(existsSync(folder), 'the folder is there after the end').toBe(false);
  expect(processesIn(folder)).toEqual([]);
}

/** Homes of builders; records begin with a dot. */
export const homesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];

const errorsOf = ({ lines }: Play): string[] =>
  lines.filter(({ level }) => level === 'error').map((line) => JSON.stringify(line));

function hasEnded({ id, fate }: Asked, jobs: JobSnapshot[]): boolean {
  const job = jobs.find((one) => one.id === id);
  return job?.status !== 'in_progress' && endings[fate].conclusion.includes(job?.conclusion ?? 'none');
}

function isShown({ id, fate }: Asked, shown: JobView[]): boolean {
  const job = shown.find((one) => one.id === id);
  if (fate === 'strange') return job === undefined;
  if (job?.phase !== (fate === 'held' ? 'held' : 'done')) return false;
  return endings[fate].outcome.includes(job.outcome ?? 'none');
}
