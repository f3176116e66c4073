// What the stories share: they queue jobs, look at what people see, and know when all has ended well.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { JobRequest, JobSnapshot } from '../../infra/local/github/surface.ts';
import { projectName, runnerPrefix } from '../../shared/contract/names.ts';
import type { BuilderView, HostView, JobView } from '../../shared/contract/view.ts';
import { until } from '../local/e2e/until.ts';
import { readBuilders, readHosts, readJobs } from '../local/e2e/views.ts';
import type { Build } from '../stand-ins/codebuild/builds.ts';
import type { Call } from '../stand-ins/proxy.ts';
import { config, type StoryName, size } from './configuration.ts';
import type { Stage } from './stage.ts';

const repository = 'film/lights';

/** The project of a story's builds. */
export const projectOf = (story: StoryName): string => projectName(config.installation, story, size);

/** Words that only calls of DynamoDB about the story's pool have. */
export const aboutPool = (story: StoryName): string => `{"S":"${story}"}`;

/** Words that only fleets and Macs of the story's pool have. */
export const aboutFleets = (story: StoryName): string => `callsheet-${config.installation}-${story}.`;

/** Words that only the host of the story's first job has, when it is asked for. */
export const aboutHost = (story: StoryName): string => `Value=${story}-1&`;

/** Is the call about the story's pool, whichever service it goes to? */
export const isAbout = (story: StoryName, { body }: Call): boolean =>
  [
    aboutPool(story),
    `"MessageGroupId":"${story}"`,
    projectOf(story),
    `"cb-${story}-`,
    `"${story}"]`,
    aboutFleets(story),
    aboutHost(story),
  ].some((word) => body.includes(word));

/** Has GitHub ended the jobs of the story, which has begun? */
export function hasPlayed({ github }: Stage, story: StoryName): boolean {
  const jobs = github.jobs().filter(({ labels }) => labels.includes(story));
  return jobs.length > 0 && jobs.every(({ status }) => status === 'completed');
}

let asked = 0;

export interface Asked {
  id: string;
  /** Its own. The job's command writes it to `marks`. */
  name: string;
}

/** Queues a job in the story's pool. `after`: shell command after the mark. */
export function queue(
  { github, folder }: Stage,
  story: StoryName,
  wish: Partial<JobRequest> & { after?: string } = {},
): Asked {
  const { after = 'true', ...request } = wish;
  asked += 1;
  const name = `${story}-${asked}`;
  const run = `echo ${name} >> ${join(folder, 'marks')}\necho ${name} runs\n${after}`;
  return { id: github.queueJob({ repository, labels: [story], ...request, name, run }), name };
}

/** A shell command that ends once the file is there. */
export const gate = (file: string): string => `while [ ! -e ${file} ]; do sleep 0.2; done`;

export const jobOf = ({ github }: Stage, { id }: Asked): JobSnapshot | undefined =>
  github.jobs().find((job) => job.id === id);

export const buildsOf = ({ codebuild }: Stage, story: StoryName): Build[] =>
  codebuild.builds().filter(({ project }) => project === projectOf(story));

export interface Shown {
  jobs: JobView[];
  builders: BuilderView[];
  hosts: HostView[];
}

/** All stories look at once: they share what was seen within a second. */
let last: { at: number; seen: Promise<Shown> } | undefined;

/** What `/api` shows of the story's pool to a reader with the token. */
export async function look({ reader }: Stage, story: StoryName): Promise<Shown> {
  if (!last || performance.now() - last.at > 1000)
    last = { at: performance.now(), seen: patiently(reader.url) };
  const { jobs, builders, hosts } = await last.seen;
  const mine = ({ pool }: { pool: string }) => pool === story;
  return { jobs: jobs.filter(mine), builders: builders.filter(mine), hosts: hosts.filter(mine) };
}

/** While a table throttles or breaks, `/api` fails too, and is asked again. */
const patiently = (url: string): Promise<Shown> =>
  until(
    () =>
      Promise.all([readJobs(url), readBuilders(url), readHosts(url)]).then(
        ([jobs, builders, hosts]) => ({ jobs, builders, hosts }),
        () => undefined,
      ),
    '/api answers',
    60_000,
    1000,
  );

/** Longer than three sweeps, two visibility time-outs and a boot together; and than five sweeps. */
const longest = 330_000;

/** Waits until GitHub has ended the jobs of the story, and until nothing of it is left anywhere. */
export async function allHasEnded(stage: Stage, story: StoryName, jobs: Asked[]): Promise<void> {
  const { github } = stage;
  const wait = (what: string, condition: () => boolean | Promise<boolean>) =>
    until(condition, `${story}: ${what}`, longest, 300);
  await wait('GitHub has ended all jobs', () =>
    jobs.every((job) => jobOf(stage, job)?.status === 'completed'),
  );
  await wait('/api/jobs shows that they are done', async () => {
    const shown = (await look(stage, story)).jobs;
    return jobs.every(({ id }) => shown.some((job) => job.id === id && job.phase === 'done'));
  });
  await wait('no build runs', () => buildsOf(stage, story).every(({ status }) => status !== 'IN_PROGRESS'));
  await wait('/api/builders shows that all are gone', async () =>
    (await look(stage, story)).builders.every(({ phase }) => phase === 'gone'),
  );
  const prefix = `${runnerPrefix(config.installation)}cb-${story}-`;
  await wait('GitHub has no registration', () =>
    github.runners().every(({ name }) => !name.startsWith(prefix)),
  );
}

/**
 * Waits until all has ended. Then each job has succeeded and ran once, on as many builds in all as said, and
 * no two builds are the same builder.
 */
export async function allIsWell(
  stage: Stage,
  story: StoryName,
  jobs: Asked[],
  { fewest = jobs.length, most = fewest }: { fewest?: number; most?: number } = {},
): Promise<void> {
  await allHasEnded(stage, story, jobs);
  for (const job of jobs) {
    expect(jobOf(stage, job)?.conclusion, job.name).toBe('success');
    expect(timesRun(stage, job), `how often ${job.name} ran`).toBe(1);
  }
  const builders = buildsOf(stage, story).map(builderOf);
  expect(new Set(builders).size, 'builders').toBe(builders.length);
  expect(builders.length, 'builds').toBeGreaterThanOrEqual(fewest);
  expect(builders.length, 'builds').toBeLessThanOrEqual(most);
}

/** The builder that a build is, by the variable that it was started with. */
const builderOf = ({ variables }: Build): string | undefined =>
  variables.find(({ name }) => name === 'CALLSHEET_BUILDER')?.value;

/** How often the job's command began. */
export const timesRun = ({ folder }: Stage, { name }: Asked): number =>
  readFileSync(join(folder, 'marks'), 'utf8')
    .split('\n')
    .filter((mark) => mark === name).length;
