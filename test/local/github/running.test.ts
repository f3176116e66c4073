// The runner program for real: from queued to completed, hooks, cancellations, signals, deaths.

import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GitHubEvent } from '../../../infra/local/github/surface.ts';
import { conclusionOf, killGroup, type Machine, machine } from './machine.ts';
import { type Stage, secret, stage, until } from './stage.ts';

let github: Stage;
let box: Machine;
const events: GitHubEvent[] = [];

beforeEach(async () => {
  events.length = 0;
  github = await stage({ pace: 60 });
  github.github.on((event) => events.push(event));
  box = await machine(github);
});

afterEach(async () => {
  await github.close();
  box.close();
});

const queue = (run: string, more: object = {}) =>
  github.github.queueJob({ repository: 'film/lights', labels: ['gpu'], run, ...more });
const logShows = (id: string, text: string) => until(() => github.github.log(id)?.includes(text));

describe('a job on a real runner', () => {
  it('goes from queued to completed, is told by signed deliveries, and its runner goes', async () => {
    const id = queue('echo "hello from $GITHUB_REPOSITORY run $GITHUB_RUN_ID"; env');
    const { config } = await github.jit('r-1', ['gpu', 'fast']);
    const runner = box.start(config, { CALLSHEET_MARK: 'yes' });
    expect(await runner.ended).toBe(0);
    expect(await conclusionOf(github, id)).toBe('success');

    const log = github.github.log(id) ?? '';
    const runId = github.github.jobs()[0]?.runId;
    expect(log).toContain(`hello from film/lights run ${runId}`);
    expect(log).toContain('CALLSHEET_MARK=yes');
    expect(log).toContain('RUNNER_NAME=r-1');
    expect(log).not.toContain('JITCONFIG');
    expect(github.github.runners()).toEqual([]);

    await until(() => github.received.length === 3);
    expect(github.received.map((one) => one.action)).toEqual(['queued', 'in_progress', 'completed']);
    for (const { headers, body, payload } of github.received) {
      const good = createHmac('sha256', secret).update(body).digest('hex');
      expect(headers['x-hub-signature-256']).toBe(`sha256=${good}`);
      expect(headers['x-github-event']).toBe('workflow_job');
      expect(payload.workflow_job.id).toBe(Number(id));
    }
    expect(github.received[2]?.payload.workflow_job.runner_name).toBe('r-1');
    expect(events.map((event) => event.what).filter((what) => what !== 'output')).toEqual([
      'queued',
      'assigned',
      'started',
      'done',
    ]);
    await until(() => box.processes().length === 0);
  });

  it('fails with its command, of which `-e` ends the first bad line', async () => {
    const id = queue('echo before\nfalse\necho after');
    box.start((await github.jit('r-1', ['gpu'])).config);
    expect(await conclusionOf(github, id)).toBe('failure');
    expect(github.github.log(id)).toContain('before');
    expect(github.github.log(id)).not.toContain('after');
  });

  it('streams its output while it runs', async () => {
    const id = queue('echo first; while [ ! -e go ]; do sleep 0.05; done; echo last');
    box.start((await github.jit('r-1', ['gpu'])).config);
    await logShows(id, 'first');
    expect(github.github.jobs()[0]?.status).toBe('in_progress');
    expect(events).toContainEqual(expect.objectContaining({ what: 'output', text: 'first' }));
    github.github.cancelJob(id);
    expect(await conclusionOf(github, id)).toBe('cancelled');
  });
});

describe('the job-started hook', () => {
  it('comes first, with the job in its environment and its words in the log', async () => {
    const hook = box.hook('echo "hook $GITHUB_REPOSITORY $GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT $GITHUB_JOB"\n');
    const id = queue('echo step', { name: 'render it' });
    box.start((await github.jit('r-1', ['gpu'])).config, { ACTIONS_RUNNER_HOOK_JOB_STARTED: hook });
    expect(await conclusionOf(github, id)).toBe('success');
    const runId = github.github.jobs()[0]?.runId;
    expect(github.github.log(id)).toMatch(new RegExp(`hook film/lights ${runId} 1 render-it\n[^]*step`));
  });

  it('refuses: the job fails, and a step that only runs when all is well does not run', async () => {
    const hook = box.hook('echo "not on our machines"; exit 1\n');
    const id = queue('echo step; touch ran');
    box.start((await github.jit('r-1', ['gpu'])).config, { ACTIONS_RUNNER_HOOK_JOB_STARTED: hook });
    expect(await conclusionOf(github, id)).toBe('failure');
    expect(github.github.log(id)).toContain('not on our machines');
    expect(github.github.log(id)).not.toContain('step');
  });

  it('stops no step that always runs, as on GitHub', async () => {
    const hook = box.hook('exit 1\n');
    const id = queue('echo step', { always: true });
    box.start((await github.jit('r-1', ['gpu'])).config, { ACTIONS_RUNNER_HOOK_JOB_STARTED: hook });
    expect(await conclusionOf(github, id)).toBe('failure');
    expect(github.github.log(id)).toContain('step');
  });

  it('can kill the worker: no step runs, and the listener reports the failure and ends', async () => {
    const hook = box.hook('echo "not on our machines"; sleep 0.5; kill -KILL "$PPID"; exit 1\n');
    const id = queue('echo step', { always: true });
    const { config } = await github.jit('r-1', ['gpu']);
    const runner = box.start(config, { ACTIONS_RUNNER_HOOK_JOB_STARTED: hook });
    expect(await runner.ended).toBe(0);
    expect(await conclusionOf(github, id)).toBe('failure');
    const log = github.github.log(id);
    expect(log).toContain('not on our machines');
    expect(log).not.toContain('step');
    expect(log).not.toContain('lost communication');
  });

  it('can kill the worker of a job that is being cancelled: it is cancelled', async () => {
    const hook = box.hook('trap \'kill -KILL "$PPID"\' INT TERM\necho asking\nsleep 600 & wait\n');
    const id = queue('echo step', { always: true });
    const { config } = await github.jit('r-1', ['gpu']);
    const runner = box.start(config, { ACTIONS_RUNNER_HOOK_JOB_STARTED: hook });
    await until(() => github.github.log(id)?.includes('asking'));
    github.github.cancelJob(id);
    expect(await conclusionOf(github, id)).toBe('cancelled');
    expect(await runner.ended).toBe(0);
  });
});

describe('an end before its time', () => {
  const stubborn = `trap 'echo interrupted' INT; trap '' TERM; echo up
    i=0; while [ $i -lt 300 ]; do i=$((i + 1)); sleep 0.05 || :; done`;

  it('cancels a running job by SIGINT, SIGTERM, SIGKILL', async () => {
    const slow = await stage({ pace: 10 });
    const { config } = await slow.jit('r-1', ['gpu']);
    const id = slow.github.queueJob({ repository: 'film/lights', labels: ['gpu'], run: stubborn });
    const runner = box.start(config);
    await until(() => slow.github.log(id)?.includes('up'));
    slow.github.cancelJob(id);
    expect(await conclusionOf(slow, id)).toBe('cancelled');
    expect(slow.github.log(id)).toContain('interrupted');
    expect(await runner.ended).toBe(0);
    await slow.close();
  });

  it('ends listener, worker and the processes of the job at SIGTERM', async () => {
    const id = queue(`sleep 600 & echo up ${box.folder}; exec sh -c 'sleep 600; : ${box.folder}'`);
    const runner = box.start((await github.jit('r-1', ['gpu'])).config);
    await logShows(id, 'up');
    expect(box.processes().some((line) => line.includes(`${box.folder}/bin/Runner.Worker`))).toBe(true);
    runner.process.kill('SIGTERM');
    expect(await runner.ended).toBe(0);
    expect(await conclusionOf(github, id)).toBe('failure');
    expect(github.github.log(id)).toContain('shutdown signal');
    await until(() => box.processes().length === 0);
  });

  it('fails the job of a machine that is lost, and removes its runner', async () => {
    const fast = await stage({ pace: 600 });
    const { config } = await fast.jit('r-1', ['gpu']);
    const id = fast.github.queueJob({ repository: 'film/lights', labels: ['gpu'], run: 'echo up; sleep 4' });
    const runner = box.start(config);
    await until(() => fast.github.log(id)?.includes('up'));
    killGroup(runner.process.pid);
    expect(await conclusionOf(fast, id)).toBe('failure');
    expect(fast.github.log(id)).toContain('lost communication');
    expect(fast.github.runners()).toEqual([]);
    await fast.close();
  });

  it('ends with 0 when its registration is deleted while it is idle', async () => {
    const { id, config } = await github.jit('r-1', ['gpu']);
    const runner = box.start(config);
    await until(() => github.github.runners()[0]?.online);
    const deleted = await github.call(await github.token(), `DELETE /orgs/film/actions/runners/${id}`);
    expect(deleted.status).toBe(204);
    expect(await runner.ended).toBe(0);
    expect(runner.output()).toContain('has been deleted');
  });

  it('ends with 7 when its version is refused, if asked for by the environment, else with 0', async () => {
    const strict = await stage({ refuseRunnerVersion: true });
    const asked = box.start((await strict.jit('r-1', ['gpu'])).config, {
      ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: '1',
    });
    const unasked = box.start((await strict.jit('r-2', ['gpu'])).config);
    expect(await asked.ended).toBe(7);
    expect(await unasked.ended).toBe(0);
    await strict.close();
  });

  it('must not run as root unasked', async () => {
    const runner = box.start((await github.jit('r-1', ['gpu'])).config, { RUNNER_ALLOW_RUNASROOT: '' });
    if (process.getuid?.() === 0) expect(await runner.ended).toBe(1);
    else await until(() => github.github.runners()[0]?.online);
  });
});
