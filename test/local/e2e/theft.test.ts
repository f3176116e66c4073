// Runners that take another job than the one their builder was called for: normal, and harmless.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { builderWith, longest, play } from './harness.ts';
import { until } from './until.ts';

it('serves all jobs when every runner takes the job of another one', longest, async () => {
  /** Runner's builder → the job it was called for, once everybody is there. */
  let calledFor = new Map<string, string>();
  const stage = await play({
    choose: (jobs, runner) => {
      const own = [...calledFor].find(([builder]) => runner.name.includes(`-${builder}-`))?.[1];
      if (calledFor.size === 0) return undefined;
      const ids = [...calledFor.values()];
      return own === undefined ? jobs[0] : jobs.find(({ id }) => id === ids[(ids.indexOf(own) + 1) % 3]);
    },
  });
  for (let n = 0; n < 3; n += 1) stage.queue();
  await until(() => stage.github.runners().filter((one) => one.online).length === 3, 'three runners wait');
  calledFor = new Map((await stage.builders()).map(({ id, job }) => [id, job ?? '']));
  await until(() => stage.github.jobs().every(({ status }) => status === 'completed'), 'all are served');
  const served = stage.asked.map(({ id }) => [builderWith(stage, id), id]);
  for (const [builder = '', id] of served) expect(calledFor.get(builder)).not.toBe(id);
  expect(new Set(served.map(([builder]) => builder))).toEqual(new Set(calledFor.keys()));
  await allIsWell(stage);
});

it(
  'calls another builder when a job with other labels, or of no pool, takes the first',
  longest,
  async () => {
    const robbed: string[] = [];
    const stage = await play({
      choose: (jobs) =>
        robbed.length === 0 ? undefined : (jobs.find(({ id }) => !robbed.includes(id)) ?? jobs[0]),
    });
    const broad = stage.queue({ labels: ['self-hosted', 'gpu'] });
    await until(() => stage.github.runners().some((one) => one.online), 'its runner waits');
    const thief = stage.queue({ labels: ['self-hosted'], fate: 'strange' });
    robbed.push(broad.id);
    await until(() => stage.marks().includes(thief.name), 'a job of no pool has its builder');
    const other = stage.queue({ labels: ['render', 'gpu'] });
    await allIsWell(stage);
    expect(builderWith(stage, thief.id)).toBe('local-gpu-1-0');
    expect(builderWith(stage, other.id)).not.toBe(builderWith(stage, broad.id));
  },
);
