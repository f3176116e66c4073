// The story that the benchmark counts the calls of is a whole one: else its figures would say nothing.
import { describe, expect, it } from 'vitest';
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
