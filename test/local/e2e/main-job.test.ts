// The main job: a signed delivery calls a builder to set, it works, and it wraps.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { longest, play } from './harness.ts';
import { until } from './until.ts';

it('serves the job of a signed delivery, and shows it as the public contract says', longest, async () => {
  const stage = await play();
  const gate = stage.gate();
  const { id, name } = stage.queue({
    labels: ['self-hosted', 'GPU'],
    after: `${gate.command}; echo wrapped`,
  });

  await until(() => stage.marks().includes(name), 'the job runs');
  const running = await until(
    async () => (await stage.jobs()).find((job) => job.phase === 'running'),
    '/api/jobs shows that it runs',
  );
  expect(running).toMatchObject({ id, outcome: null, why: null, endedAt: null });
  const busy = { phase: 'busy', job: id, pool: 'gpu', provider: 'local', endedAt: null, why: null };
  expect(await stage.builders()).toEqual([expect.objectContaining({ ...busy, id: running.builder })]);

  gate.open();
  await until(async () => (await stage.builders()).every(({ phase }) => phase === 'gone'), 'it is wrapped');
  expect(await stage.jobs()).toEqual([
    {
      id,
      name,
      repository: 'film/lights',
      project: 'lights',
      labels: ['self-hosted', 'GPU'],
      pool: 'gpu',
      phase: 'done',
      outcome: 'success',
      why: null,
      builder: running.builder,
      queuedAt: running.queuedAt,
      startedAt: running.startedAt,
      endedAt: expect.any(String),
    },
  ]);
  const [builder] = await stage.builders();
  expect(builder).toMatchObject({ id: running.builder, job: id, why: 'finished' });
  expect(stage.github.log(id)).toContain('wrapped\n');
  expect(stage.github.checkRuns()).toEqual([]);
  await allIsWell(stage);
});
