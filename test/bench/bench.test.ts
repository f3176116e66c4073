// The story that the benchmark counts the calls of is a whole one: else its figures would say nothing.
import { describe, expect, it } from 'vitest';
import { lineOfMacs } from './plan.ts';
import { serve } from './story.ts';

describe('the story of the call counter', () => {
  it('ends with every job served and nothing left', async () => {
    const { served, left, launches, passes, tally } = await serve(12);
    expect({ served, left, abandoned: passes.abandoned }).toEqual({ served: 12, left: 0, abandoned: 0 });
    expect(launches).toBeGreaterThan(0);
    expect(tally.count('writes', 'webhook')).toBe(3 * 12);
    expect(tally.count('GitHub', 'builder-api')).toBeGreaterThanOrEqual(12);
  });
});

describe('the plan for a long line before Macs', () => {
  it('has a word for each of the jobs', () => {
    const { hosts, noRoom, noRung, holds } = lineOfMacs();
    const jobs = [...noRoom, ...noRung, ...hosts.waits.map(({ job }) => job), ...holds.map(({ job }) => job)];
    expect(new Set(jobs).size).toBe(1000);
    expect(hosts.waits.length).toBeGreaterThan(0);
  });
});
