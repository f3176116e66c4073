// One performance: the service over HTTP with real builder processes, an embedded GitHub and DynamoDB.
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { embeddedDatabase } from '../../../infra/local/database.ts';
import { embeddedGitHub } from '../../../infra/local/github/github.ts';
import type { EmbeddedGitHub, GitHubOptions, JobRequest } from '../../../infra/local/github/surface.ts';
import { worldOf } from '../../../infra/local/stand-in.ts';
import { builderOfRunner } from '../../../shared/contract/names.ts';
import type { BuilderView, JobView } from '../../../shared/contract/view.ts';
import { parseConfig } from '../../../shared/policy/schema.ts';
import { createLocalTables } from '../../../shared/runtime/local.ts';
import { node } from '../github/stage.ts';
import { configuration } from './configuration.ts';
import { freePort, type Line, type Running, type Settings, startHere, understudies } from './running.ts';
import { storyOf } from './story.ts';
import { readBuilders, readJobs } from './views.ts';

/** Clocks of the rules: a minute is two seconds, a heartbeat one, and an agent may be silent for four. */
const pace = 30;

/** GitHub's own: a lost runner fails its job after four seconds; other delays have floors of 1 to 2 s. */
const gitHubPace = 150;

/** For each test: far longer than the deadlines in it. */
export const longest = { timeout: 300_000 };

export const webhookSecret = 'a secret of these tests';

/**
 * What must become of a job. `lost`: its machine ends in the middle of it. `held`: it waits for people.
 * `strange`: it asks for none of our pools, and is served all the same.
 */
export type Fate = 'served' | 'refused' | 'cancelled' | 'lost' | 'held' | 'strange';

export interface Asked {
  id: string;
  /** Its own. The job's command writes it to `marks`. */
  name: string;
  fate: Fate;
}

export type JobWish = Omit<Partial<JobRequest>, 'run' | 'name'> & {
  fate?: Fate;
  /** Shell command that comes after the mark. */
  after?: string;
};

export interface PlayOptions
  extends Partial<Pick<GitHubOptions, 'faults' | 'choose' | 'installations' | 'groups'>> {
  /** Runs the service in a process of its own. */
  apart?: boolean;
  /** Where GitHub sends its deliveries, if not to the service. */
  post?: string;
}

export interface Play {
  url: string;
  /** Holds the builders' homes. */
  folder: string;
  github: EmbeddedGitHub;
  /** Every job that was queued. */
  asked: Asked[];
  lines: Line[];
  queue(wish?: JobWish): Asked;
  /** A shell command that ends when `open` is called. */
  gate(): { command: string; open(): void };
  /** Names of the jobs whose command has begun, in that order. */
  marks(): string[];
  jobs(): Promise<JobView[]>;
  builders(): Promise<BuilderView[]>;
  /** Kills the service in its own process. */
  killService(): Promise<void>;
  /** Starts it again over the same tables, folder and GitHub. */
  startService(): Promise<void>;
  /** Ends the service and all its builders. */
  wrap(): Promise<void>;
}

/** The builder that GitHub gave the job to. Throws when there is none of ours. */
export function builderWith({ github }: Play, id: string): string {
  const { runner } = github.jobs().find((job) => job.id === id) ?? {};
  const builder = builderOfRunner(configuration.installation, runner ?? '');
  if (!builder) throw new Error(`job ${id} has no builder: ${runner}`);
  return builder;
}

/** Starts everything; it ends with the test, and tells its story if that fails. */
export async function play(options: PlayOptions = {}): Promise<Play> {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-e2e-'));
  const marksFile = join(root, 'marks');
  appendFileSync(marksFile, '');
  const { github, settings, database } = await surroundings(root, options);
  const lines: Line[] = [];
  const log = (line: Line): void => void lines.push({ at: Date.now(), ...line });
  const apart = options.apart ? understudies(log) : undefined;
  let service: Running | undefined;
  const asked: Asked[] = [];
  let gates = 0;
  const url = `http://127.0.0.1:${settings.port}`;
  const self: Play = {
    url,
    folder: settings.folder,
    github,
    asked,
    lines,
    queue: (wish) => queue(github, asked, marksFile, wish),
    gate: () => gate(join(root, `gate-${++gates}`)),
    marks: () => readFileSync(marksFile, 'utf8').split('\n').slice(0, -1),
    jobs: () => readJobs(url),
    builders: () => readBuilders(url),
    async killService() {
      await service?.kill();
      service = undefined;
    },
    async startService() {
      service = await (apart ? apart.start(settings) : startHere(settings, log));
    },
    async wrap() {
      await service?.close();
      service = undefined;
    },
  };
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(await storyOf(self));
    await self.wrap();
    await apart?.close();
    await github.close();
    await database.close();
    rmSync(root, { recursive: true, force: true });
  });
  await self.startService();
  return self;
}

const gate = (file: string) => ({
  command: `while [ ! -e ${file} ]; do sleep 0.05; done`,
  open: () => appendFileSync(file, ''),
});

async function surroundings(root: string, { apart: _apart, post, ...gitHubOptions }: PlayOptions) {
  const config = parseConfig(configuration);
  const database = await embeddedDatabase();
  await createLocalTables(database.url);
  const port = await freePort();
  const github = await embeddedGitHub({
    ...worldOf(config),
    ...gitHubOptions,
    node,
    pace: gitHubPace,
    webhook: { url: post ?? `http://127.0.0.1:${port}/github/webhooks`, secret: webhookSecret },
  });
  const settings: Settings = {
    config: configuration,
    port,
    pace,
    dynamodb: database.url,
    github: { url: github.url, privateKey: github.appPrivateKeyPem },
    webhookSecret,
    builderSecret: randomBytes(32).toString('hex'),
    folder: join(root, 'builders'),
  };
  return { github, settings, database };
}

function queue(github: EmbeddedGitHub, asked: Asked[], marksFile: string, wish: JobWish = {}): Asked {
  const { fate = 'served', after, ...request } = wish;
  const name = `job-${asked.length + 1}`;
  const run = [`echo ${name} >> ${marksFile}`, `echo ${name} runs`, after ?? 'true'].join('\n');
  const id = github.queueJob({ repository: 'film/lights', labels: ['gpu'], ...request, name, run });
  const job: Asked = { id, name, fate };
  asked.push(job);
  return job;
}
