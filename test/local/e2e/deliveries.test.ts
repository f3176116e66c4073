// Deliveries that come twice, in the wrong order, or never.
import { expect, it } from 'vitest';
import { allHasEnded, allIsWell } from './checks.ts';
import { longest, play } from './harness.ts';
import { heldPost } from './held-post.ts';
import { until } from './until.ts';

it('serves each job once when every delivery comes twice and in reverse order', longest, async () => {
  const stage = await play({ faults: { duplicate: true, reverse: true } });
  for (let n = 0; n < 3; n += 1) {
    stage.queue();
    stage.queue({ repository: 'solo/one', labels: ['xl'] });
  }
  await allIsWell(stage);
});

it('learns nothing wrong from deliveries that come late, twice and in reverse order', longest, async () => {
  const post = await heldPost();
  const stage = await play({ post: post.url });
  for (let n = 0; n < 3; n += 1) stage.queue();
  await until(() => post.held() === 3, 'the jobs are told of');
  await post.deliver(stage.url);
  await until(() => post.held() === 9, 'the jobs have run');
  const called = async () => (await stage.builders()).map(({ id }) => id);
  const before = await called();
  await post.deliver(stage.url);
  await allHasEnded(stage);
  expect(await called()).toEqual(before);
  await allIsWell(stage);
});

it('serves jobs whose first deliveries are lost, when GitHub repeats them', longest, async () => {
  const stage = await play({ faults: { lose: (n) => n < 4 } });
  for (let n = 0; n < 4; n += 1) stage.queue();
  const repeated = () => stage.lines.reduce((sum, line) => sum + Number(line['deliveries repeated'] ?? 0), 0);
  await until(() => repeated() >= 4, 'they are asked for again');
  await allIsWell(stage);
});

it('finds jobs of which no delivery ever comes', longest, async () => {
  const stage = await play({ faults: { lose: () => true } });
  stage.queue();
  stage.queue({ repository: 'solo/one', labels: ['xl'] });
  await allIsWell(stage);
});
