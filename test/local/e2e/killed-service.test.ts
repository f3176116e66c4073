// A service that is killed and started again in the middle of a burst.
import { expect, it } from 'vitest';
import { allIsWell } from './checks.ts';
import { longest, play } from './harness.ts';
import { until } from './until.ts';

it('serves a burst of twelve jobs, each once, though the service is killed twice', longest, async () => {
  const stage = await play({ apart: true });
  const burst = (n: number) => {
    for (let left = n; left > 0; left -= 1) {
      if (left % 3 === 0) stage.queue({ repository: 'solo/one', labels: ['xl'], after: 'sleep 0.2' });
      else stage.queue({ after: 'sleep 0.2' });
    }
  };
  burst(6);
  await until(() => stage.github.runners().length >= 2, 'two builders have claimed');
  await stage.killService();
  burst(3);
  await stage.startService();
  burst(3);
  await until(() => stage.marks().length >= 5, 'five jobs have begun');
  await stage.killService();
  await stage.startService();
  await allIsWell(stage);
  expect(stage.lines.filter(({ unit }) => unit === 'service')).toHaveLength(3);
});
