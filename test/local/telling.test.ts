// The teller of the story goes on when it cannot look.
import { expect, it, onTestFinished } from 'vitest';
import { tellStory } from '../../infra/local/telling.ts';
import { until } from './e2e/until.ts';

it('tells a failed look once, and looks again', async () => {
  const lines: string[] = [];
  const troubles = ['no table', 'no table', 'no table', 'no time'];
  let looks = 0;
  const look = async () => {
    const trouble = troubles[looks++];
    if (trouble) throw new Error(trouble);
    return { jobs: [], builders: [] };
  };
  const story = tellStory({ look }, { on: () => () => undefined }, (line) => lines.push(line));
  onTestFinished(story.stop);
  await until(() => looks > troubles.length, 'a look after the troubles');
  expect(lines).toEqual(['error: no table', 'error: no time']);
});
