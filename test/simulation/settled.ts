// Runs a world of a test: when an invariant breaks, the message holds the seed and the end of the story.
import { expect } from 'vitest';
import type { Options } from './options.ts';
import { type Outcome, runScenario } from './scenario.ts';
import { timeline } from './timeline.ts';

/** What came of a world in which nothing broke. */
export async function settled(seed: number, options: Options): Promise<Outcome> {
  const outcome = await runScenario(seed, options);
  expect(outcome.violations, storyOf(seed, options, outcome)).toEqual([]);
  return outcome;
}

export const storyOf = (seed: number, options: Options, outcome: Outcome): string =>
  `seed ${seed} of ${JSON.stringify(options)} ends so:\n${timeline(outcome).slice(-80).join('\n')}\n`;
