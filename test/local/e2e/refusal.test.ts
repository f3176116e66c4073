// Jobs of forks: refused before a machine starts, stopped on it if they get there first, or approved.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { builderWith, longest, play } from './harness.ts';
import { until } from './until.ts';

// On GitHub a hook that only fails would let such a step begin.
it('stops a refused job on the machine, also a step that always runs', longest, async () => {
  const stage = await play({ choose: (jobs) => jobs.find(({ fork }) => fork) ?? jobs[0] });
  const fork = stage.queue({ fork: true, always: true, fate: 'refused' });
  const own = stage.queue();
  await until(() => stage.github.jobs().every(({ status }) => status === 'completed'), 'both have ended');
  expect(builderWith(stage, fork.id)).not.toBe(builderWith(stage, own.id));
  expect(stage.github.log(fork.id)).toContain('project lights serves no forks');
  expect(stage.github.log(fork.id)).not.toContain(`${fork.name} runs`);
  expect(stage.marks()).toEqual([own.name]);
  expect(stage.github.jobs().map(({ conclusion }) => conclusion)).toEqual(['failure', 'success']);
  await allIsWell(stage);

  const [told, ...more] = stage.github.checkRuns();
  const { headSha } = stage.github.jobs()[0] ?? {};
  expect(told).toMatchObject({
    name: `callsheet / ${fork.name}`,
    headSha,
    repository: 'film/lights',
    status: 'completed',
    conclusion: 'neutral',
    writes: 1,
  });
  expect(told?.summary).toContain('serves no forks');
  expect(more).toEqual([]);
});

it(
  'starts no machine for a refused job, and cancels its run where the project wants that',
  longest,
  async () => {
    const stage = await play();
    stage.queue({ repository: 'film/strict', fork: true, fate: 'refused' });
    stage.queue({ repository: 'film/lights', event: 'issue_comment', fate: 'refused' });
    await until(() => stage.github.jobs()[0]?.conclusion === 'cancelled', 'the run is cancelled');
    await until(() => stage.github.checkRuns().length === 2, 'both are told');
    expect(stage.github.checkRuns().map(({ conclusion }) => conclusion)).toEqual(['neutral', 'neutral']);
    const refused = await until(async () => {
      const jobs = await stage.jobs();
      return jobs.length === 2 && jobs.every(({ outcome }) => outcome === 'refused') && jobs;
    }, '/api/jobs shows both as refused');
    expect(refused.map(({ why }) => why)).toEqual([
      expect.stringContaining('of such runs only approved pull_request runs can be served'),
      expect.stringContaining('project strict serves no forks'),
    ]);
    expect(await stage.builders()).toEqual([]);
    await allIsWell(stage);
  },
);

it(
  'serves a fork where the project allows it and every run of an outsider needs approval',
  longest,
  async () => {
    const stage = await play();
    stage.queue({ repository: 'film/open', fork: true });
    stage.queue({ repository: 'film/open', fork: true, event: 'pull_request_target', fate: 'refused' });
    await allIsWell(stage);
  },
);
