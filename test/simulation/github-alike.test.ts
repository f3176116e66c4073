// The simulated GitHub and the embedded one, which speaks HTTP, tell the same story to the same verbs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gitHubClient } from '../../shared/github/client.ts';
import { gitHub } from '../../shared/github/github.ts';
import type { CheckRun, GitHub } from '../../shared/scheduler/ports.ts';
import { stage as embedded, type Stage, until } from '../local/github/stage.ts';
import { aJob, stage as simulated } from './github/stage.ts';
import { second } from './time.ts';

let other: Stage;
beforeAll(async () => {
  other = await embedded({ installations: { film: 1 }, groups: { film: ['callsheet-color'] }, repositories });
});
afterAll(() => other.close());

const repository = 'film/color';
const repositories = [{ fullName: repository }, { fullName: 'other/thing' }];
const group = 'group/film/callsheet-color';

/** What the story needs besides the verbs. */
interface Side {
  ports: GitHub;
  /** Queues a job of `film/color` that no runner takes. */
  queue(): string;
  answer<T>(asked: Promise<T>): Promise<T>;
  /** Waits until so many deliveries have arrived. */
  arrived(n: number): Promise<void>;
}

/** A call's answer, or the status that it failed with. */
const outcome = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.catch((error: unknown) => /answered (\d+)/.exec(String(error))?.[1] ?? 'doubt');

/** Answers without ids and times. */
async function story({ ports, queue, answer, arrived }: Side): Promise<unknown[]> {
  const { jobs, runners, checks, deliveries } = ports;
  const told: unknown[] = [];
  const tell = async (asked: Promise<unknown>): Promise<void> => void told.push(await outcome(answer(asked)));
  const register = (scope: string, name = 'one') =>
    runners.register(scope, name, ['gpu']).then(({ kind }) => kind);

  for (const scope of [group, 'group/film/none', 'repository/film/color', 'repository/other/thing'])
    await tell(runners.refusal(scope).then((why) => why === undefined));
  for (const scope of [group, group, 'group/film/none']) await tell(register(scope));
  await tell(register('repository/film/color', 'two'));
  await tell(runners.list(group, 'o').then((all) => all.map(({ id: _, ...one }) => one)));
  for (const name of ['one', 'one', 'two']) await tell(runners.remove(group, { name }));

  const id = queue();
  const shown = await answer(jobs.job(repository, id));
  const runId = shown?.runId ?? '';
  told.push(shown && { status: shown.status, attempt: shown.runAttempt, labels: shown.labels });
  const run = () =>
    jobs
      .run(repository, runId)
      .then((one) => ({ event: one?.event, status: one?.status, sha: one?.headSha.length }));
  await tell(run());
  await tell(jobs.queued(repository, 10).then((all) => all.map((one) => one.id === id)));
  await tell(jobs.cancelRun(repository, runId));
  await tell(jobs.cancelRun(repository, runId));
  await tell(jobs.job(repository, id).then((one) => [one?.status, one?.conclusion, one?.runner]));
  await tell(run());
  await tell(jobs.queued(repository, 10));
  await tell(jobs.job(repository, '404404').then((one) => one === undefined));
  await tell(jobs.run('other/thing', runId).then((one) => one === undefined));
  await tell(jobs.requiresApprovalForAll(repository));

  const check: CheckRun = {
    ...{ repository, headSha: shown?.headSha ?? '', name: 'waits', externalId: 'x', status: 'in_progress' },
    ...{ title: 'It waits', summary: 'For a machine.' },
  };
  const first = await answer(checks.create(check, false));
  await tell(checks.create(check, true).then((again) => again === first));
  await tell(checks.update(first, { ...check, status: 'completed', conclusion: 'neutral' }));
  await tell(checks.update('404404', check));

  await arrived(2);
  await tell(deliveries.page().then((page) => page?.attempts.map(({ hasArrived }) => hasArrived)));
  await tell(deliveries.redeliver('404404'));
  await tell(runners.download(group, 'linux', 'x64').then(({ sha256 }) => sha256.length));
  return told;
}

function overHttp(): Side {
  const { github, received } = other;
  const client = gitHubClient({
    ...{ appId: '4711', installations: { film: '1' }, baseUrl: github.url },
    privateKey: async () => github.appPrivateKeyPem,
  });
  return {
    ports: gitHub(client),
    queue: () => github.queueJob({ repository, labels: ['none'], run: 'true' }),
    answer: (asked) => asked,
    arrived: (n) => until(() => received.length >= n).then(() => undefined),
  };
}

function inTheWorld(): Side {
  const all = simulated();
  const { github, answer, wait } = all;
  return {
    ports: all.ports,
    queue() {
      const job = aJob({ labels: ['none'] });
      github.queue(job);
      return job.id;
    },
    answer,
    arrived: () => wait(10 * second),
  };
}

it('tell the same', async () => {
  expect(await story(inTheWorld())).toEqual(await story(overHttp()));
});
