// Builders that are killed without notice: their jobs are served by others, or lost where they had begun.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { builderWith, longest, play } from './harness.ts';
import { killBuilder, processesIn } from './processes.ts';
import { until } from './until.ts';

it('serves a job whose builder is killed before it has claimed', longest, async () => {
  const stage = await play();
  const { id } = stage.queue();
  const agent = await until(() => processesIn(stage.folder)[0], 'a builder is called', 60_000, 1);
  killBuilder(stage.folder, agent.builder);
  await until(() => stage.github.jobs()[0]?.status === 'completed', 'another one serves it');
  expect((await stage.builders()).map((builder) => builder.id)).toContain(agent.builder);
  expect(builderWith(stage, id)).not.toBe(agent.builder);
  await allIsWell(stage);
});

it('serves a job whose builder is killed when it has claimed and waits for work', longest, async () => {
  let patient = true;
  const stage = await play({ choose: ([oldest]) => (patient ? undefined : oldest) });
  const { id } = stage.queue();
  const runner = await until(() => stage.github.runners().find((one) => one.online), 'a runner is online');
  const [agent] = processesIn(stage.folder);
  killBuilder(stage.folder, agent?.builder ?? 'none');
  patient = false;
  await until(() => stage.github.jobs()[0]?.status === 'completed', 'another one serves it');
  expect(stage.github.jobs()[0]?.runner).not.toBe(runner.name);
  expect(builderWith(stage, id)).not.toBe(agent?.builder);
  await allIsWell(stage);
});

it('loses the job whose builder is killed in the middle of it, and no other', longest, async () => {
  const stage = await play();
  const never = stage.gate();
  const later = stage.gate();
  const lost = stage.queue({ fate: 'lost', after: never.command });
  const unharmed = [
    stage.queue({ after: later.command }),
    stage.queue({ labels: ['xl'], after: later.command }),
  ];
  await until(() => stage.marks().length === 3, 'all three run');
  killBuilder(stage.folder, builderWith(stage, lost.id));
  await until(() => stage.github.log(lost.id)?.includes('lost communication'), 'GitHub misses the runner');
  later.open();
  await allIsWell(stage);
  expect(unharmed.map(({ id }) => stage.github.log(id)?.includes('signal'))).toEqual([false, false]);
});
