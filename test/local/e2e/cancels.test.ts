// Jobs that are cancelled at every moment of their life.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { longest, play } from './harness.ts';
import { until } from './until.ts';

it(
  'serves the others when jobs are cancelled before, while and after their builder starts',
  longest,
  async () => {
    const unloved = new Set<string>();
    const stage = await play({ choose: (jobs) => jobs.find(({ id }) => !unloved.has(id)) });
    const { github } = stage;
    const shown = async (phase: string) =>
      (await stage.builders()).some((builder) => builder.phase === phase);

    const never = stage.queue({ fate: 'cancelled' });
    github.cancelJob(never.id);

    const booting = stage.queue({ fate: 'cancelled' });
    await until(() => shown('booting'), 'a builder boots for it');
    github.cancelJob(booting.id);

    const claimed = stage.queue({ fate: 'cancelled', labels: ['xl'] });
    unloved.add(claimed.id);
    await until(() => github.runners().some((runner) => runner.labels.includes('xl')), 'it has a runner');
    github.cancelJob(claimed.id);

    const running = stage.queue({ fate: 'cancelled', after: stage.gate().command });
    await until(() => stage.marks().includes(running.name), 'it runs');
    github.cancelJob(running.id);

    stage.queue();
    await allIsWell(stage);
    expect(stage.marks()).toContain(running.name);
  },
);

it('serves the others when jobs are cancelled at any moment', longest, async () => {
  const stage = await play();
  const random = seeded(7);
  const wanted = Array.from({ length: 8 }, (_, n) =>
    stage.queue({
      fate: n % 2 === 0 ? 'cancelled' : 'served',
      after: n % 2 === 0 ? stage.gate().command : 'true',
    }),
  );
  for (const job of wanted.filter(({ fate }) => fate === 'cancelled')) {
    setTimeout(() => stage.github.cancelJob(job.id), random() * 1500);
  }
  await allIsWell(stage);
});

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
