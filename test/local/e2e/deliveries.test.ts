// Deliveries that come twice, in the wrong order, or never.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { longest, play } from './harness.ts';
import { heldPost } from './held-post.ts';
import { until } from './until.ts';

it('serves each job once when every delivery comes twice and in reverse order', longest, async () => {
  const stage = await play({ faults: { duplicate: true, reverse: true } });
  for (let n = 0; n < 3; n += 1) {
    stage.queue();
    stage.queue({ repository: 'solo/one', labels: ['xl'] });
  }
  await until(() => stage.github.jobs().every(({ status }) => status === 'completed'), 'all are served');
  expect(new Set(await machines(stage)).size).toBe(6);
  await allIsWell(stage);
});

it(
  'learns nothing wrong from deliveries that come twice, in reverse order and after the end',
  longest,
  async () => {
    const post = await heldPost();
    const stage = await play({ post: post.url });
    for (let n = 0; n < 3; n += 1) stage.queue();
    await until(() => stage.github.jobs().every(({ status }) => status === 'completed'), 'all are served');
    expect(await post.deliver(stage.url)).toBe(9);
    expect((await machines(stage)).length).toBe(3);
    await allIsWell(stage);
  },
);

it('serves jobs whose first deliveries are lost, when GitHub repeats them', longest, async () => {
  const stage = await play({ faults: { lose: (n) => n < 4 } });
  for (let n = 0; n < 4; n += 1) stage.queue();
  await until(
    () => stage.lines.some((line) => line['deliveries repeated'] === 4),
    'they are asked for again',
  );
  await allIsWell(stage);
});

it('finds jobs of which no delivery ever comes', longest, async () => {
  const stage = await play({ faults: { lose: () => true } });
  stage.queue();
  stage.queue({ repository: 'solo/one', labels: ['xl'] });
  await allIsWell(stage);
});

/** The builders that were called. */
const machines = async ({ builders }: Pick<Awaited<ReturnType<typeof play>>, 'builders'>) =>
  (await builders()).map(({ id }) => id);
