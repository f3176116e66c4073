// The agents of a simulated world: they hang, lie, and are killed by their jobs, and nothing is lost by that.
import { describe, expect, it } from 'vitest';
import { runScenario } from './scenario.ts';
import type { Faults } from './world.ts';

/** Runs worlds in which nothing else goes wrong, one of each ladder. Answers their stories. */
async function stories(faults: Partial<Faults>): Promise<string[]> {
  const lines: string[] = [];
  for (const [seed, ladder] of [
    [2, 'queue'],
    [3, 'ec2'],
  ] as const) {
    const { violations, story } = await runScenario(seed, { ladder, faults, jobs: 16 });
    expect(violations, story.slice(-60).join('\n')).toEqual([]);
    lines.push(...story);
  }
  return lines;
}

const some = (story: readonly string[], words: string): boolean => story.some((line) => line.includes(words));

describe('agents of a simulated world', () => {
  it('that lie get nothing by it', async () => {
    const story = await stories({ lies: 1 });
    const kinds = story.flatMap((line) => / lies: (.+)$/.exec(line)?.[1] ?? []);
    expect(new Set(kinds).size).toBeGreaterThan(4);
  }, 30_000);

  it('that are killed by a job that is root are ended from outside', async () => {
    const story = await stories({ rootJob: 1 });
    const killed = story.flatMap((line) => / kills the agent of (\S+)/.exec(line)?.[1] ?? []);
    expect(killed.length).toBeGreaterThan(5);
    expect(killed.filter((id) => some(story, `${id} is gone (ended itself)`))).toEqual([]);
  }, 30_000);

  it('that hang come back, or are ended from outside', async () => {
    const story = await stories({ wedged: 0.5 });
    const hangs = story.flatMap((line) => / hangs (\w+ its \w+)/.exec(line)?.[1] ?? []);
    expect(new Set(hangs).size).toBe(3);
    expect(some(story, ' for ever')).toBe(true);
  }, 30_000);
});
