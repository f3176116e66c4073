// Who gets a job: any fitting runner. Theft, time-outs, deletion, cancellation; runners played by hand.
import { afterEach, describe, expect, it } from 'vitest';
import { byHand, type Stage, stage, until } from './stage.ts';

let github: Stage;
afterEach(() => github.close());

const queue = (labels: string[], more: object = {}) =>
  github.github.queueJob({ repository: 'film/lights', labels, run: 'true', ...more });
const jobOf = (id: string) => github.github.jobs().find((job) => job.id === id);

async function connected(name: string, labels: string[], group?: string) {
  const { id, config } = await github.jit(name, labels, group);
  const runner = byHand(github, config);
  await runner.connect();
  return { id, ...runner };
}

const remove = async (id: number) =>
  (await github.call(await github.token(), `DELETE /orgs/film/actions/runners/${id}`)).status;

describe('matching', () => {
  it('gives a job to a runner that has all of its labels, whatever their case, and to no other', async () => {
    github = await stage({ pace: 60 });
    const id = queue(['GPU', 'linux']);
    const poor = await connected('poor', ['gpu']);
    expect((await poor.ask()).status).toBe(202);
    const rich = await connected('rich', ['gpu', 'Linux', 'more']);
    expect((await rich.ask()).body).toEqual({ kind: 'job', job: id });
    expect(jobOf(id)).toMatchObject({ status: 'queued', runner: 'rich' });
  });

  it('gives the oldest job first, of any repository that the group serves', async () => {
    github = await stage({ groups: { film: [{ name: 'camera only', repositories: ['film/camera'] }] } });
    queue(['gpu']);
    const second = queue(['gpu'], { repository: 'film/camera' });
    const runner = await connected('r', ['gpu'], 'camera only');
    expect((await runner.ask()).body).toEqual({ kind: 'job', job: second });
    expect((await runner.start(second)).status).toBe(200);
    expect((await runner.end(second)).status).toBe(204);
    expect(jobOf(second)).toMatchObject({ status: 'completed', conclusion: 'success', runner: 'r' });
    expect(github.github.runners()).toEqual([]);
  });

  it('keeps a repository level runner for its repository', async () => {
    github = await stage({ pace: 60 });
    const foreign = queue(['gpu'], { repository: 'film/camera' });
    const made = await github.call(
      await github.token({ repositories: ['lights'], permissions: { administration: 'write' } }),
      'POST /repos/film/lights/actions/runners/generate-jitconfig',
      { name: 'r', runner_group_id: 1, labels: ['gpu'] },
    );
    const runner = byHand(github, String(made.body.encoded_jit_config));
    await runner.connect();
    expect((await runner.ask()).status).toBe(202);
    expect(jobOf(foreign)?.runner).toBeNull();
  });

  it('lets a test choose: a runner started for one job is taken by another', async () => {
    github = await stage({ choose: (candidates) => candidates.at(-1) });
    const [, , third] = [queue(['gpu']), queue(['gpu']), queue(['gpu'])];
    const runner = await connected('r', ['gpu']);
    expect((await runner.ask()).body).toEqual({ kind: 'job', job: third });
  });
});

describe('time', () => {
  it('queues a job again that its runner does not pick up, and gives it to another', async () => {
    github = await stage({ pace: 60 });
    const id = queue(['gpu']);
    const sleepy = await connected('sleepy', ['gpu']);
    await sleepy.ask();
    const awake = await connected('awake', ['gpu']);
    await until(() => jobOf(id)?.runner === null || undefined);
    expect((await awake.ask()).body).toEqual({ kind: 'job', job: id });
    expect((await sleepy.start(id)).status).toBe(409);
    expect((await awake.start(id)).status).toBe(200);
  });

  it('fails a job that no runner has taken for a day', async () => {
    github = await stage({ pace: 100_000 });
    const id = queue(['nobody']);
    await until(() => jobOf(id)?.conclusion === 'failure');
  });
});

describe('deletion and cancellation', () => {
  it('refuses to delete a runner that has a job, started or not; an idle one is gone', async () => {
    github = await stage();
    const runner = await connected('r', ['gpu']);
    const other = await connected('other', ['cpu']);
    const id = queue(['gpu']);
    await runner.ask();
    expect(await remove(runner.id)).toBe(422);
    await runner.start(id);
    expect(await remove(runner.id)).toBe(422);
    expect(github.github.runners().find(({ name }) => name === 'r')?.busy).toBe(true);
    expect(await remove(other.id)).toBe(204);
    expect(await remove(other.id)).toBe(404);
    expect((await other.ask()).status).toBe(404);
  });

  it('ends a queued job at once when it is cancelled, and leaves the runner it was assigned to', async () => {
    github = await stage();
    const runner = await connected('r', ['gpu']);
    const first = queue(['gpu']);
    expect(jobOf(first)?.runner).toBe('r');
    const token = await github.token({ permissions: { actions: 'write' } });
    const cancel = `POST /repos/film/lights/actions/runs/${jobOf(first)?.runId}/cancel`;
    expect((await github.call(token, cancel)).status).toBe(202);
    expect((await github.call(token, cancel)).status).toBe(409);
    expect(jobOf(first)).toMatchObject({ conclusion: 'cancelled', runner: null });
    const second = queue(['gpu']);
    expect((await runner.ask()).body).toEqual({ kind: 'job', job: second });
    expect((await runner.start(first)).status).toBe(409);
  });

  it('cancels all jobs of a run, and tells the runner of a running one', async () => {
    github = await stage();
    const runner = await connected('r', ['gpu']);
    const first = queue(['gpu']);
    const runId = jobOf(first)?.runId;
    const second = queue(['none'], { sameRun: runId });
    await runner.ask();
    await runner.start(first);
    expect(github.github.cancelRun(runId ?? '')).toBe(true);
    expect(jobOf(second)?.conclusion).toBe('cancelled');
    expect((await runner.ask()).body).toEqual({ kind: 'cancel', job: first });
  });
});
