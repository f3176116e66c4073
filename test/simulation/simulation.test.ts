// Callsheet in simulated worlds: quiet, foul in every way, everything twice. Every world settles in the end.
import { describe, expect, it, vi } from 'vitest';
import { type Options, optionsOf } from './options.ts';
import { settled, storyOf } from './settled.ts';
import type { Faults } from './world.ts';

/** A world takes a part of a second, on a busy computer many more. */
vi.setConfig({ testTimeout: 120_000 });

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Two passes may ask for the same launch, and hear different things. */
const lossy = { overlap: 0.6, throttled: 0.5, cloud: 0.3 };

describe('a world without faults', () => {
  const ladders = ['local', 'queue', 'ec2', 'ec2-queue'] as const;

  it.each(range(1, 12))('starts exactly one machine for each job, seed %i', async (seed) => {
    const ladder = ladders[seed % 4] ?? 'local';
    const options = { ladder, pools: 1 + (seed % 2), burst: seed % 5 === 0, strict: ladder !== 'queue' };
    const outcome = await settled(seed, { ...options, maximum: 40, concurrency: 99 });
    // What CodeBuild drops from its queue is started again elsewhere.
    if (ladder !== 'queue' && ladder !== 'ec2-queue')
      expect(outcome.started, storyOf(seed, options, outcome)).toBe(outcome.wanted);
  });

  it.each(range(25, 26))(
    'starts at most one for a job that is cancelled or refused, seed %i',
    async (seed) => {
      const outcome = await settled(seed, { cancelled: 0.3, forks: 0.3 });
      expect(outcome.started, storyOf(seed, {}, outcome)).toBeLessThanOrEqual(outcome.jobs);
    },
  );

  it('serves a burst of 256 jobs within minutes, in far fewer launches', async () => {
    const outcome = await settled(1, { jobs: 256, maximum: 256, concurrency: 1000, burst: true });
    expect(outcome.started).toBe(256);
    expect(outcome.launches).toBeLessThan(16);
    expect(Math.max(...outcome.waits)).toBeLessThan(5);
  });
});

describe('a world with everything mixed', () => {
  it.each(range(1, 100))('serves what is wanted and leaves nothing, seed %i', async (seed) => {
    await settled(seed, optionsOf(seed));
  });

  const capped = { ladder: 'ec2', capped: true, pools: 2, concurrency: 99 } as const;
  const worlds: [string, Partial<Faults>, number[]][] = [
    ['no faults', {}, [3, 36]],
    ['functions that die', { crash: 0.1 }, [3, 5]],
    ['answers that are lost, and calls that are throttled', lossy, [36, 41]],
  ];
  it.each(worlds)('keeps to daily limits over midnight, with %s', async (_, faults, seeds) => {
    let held = 0;
    for (const seed of seeds) held += (await settled(seed, { ...capped, faults })).held;
    expect(held).toBeGreaterThan(0);
  });
});

describe('twice equals once', () => {
  const doubled = { deliveryTwice: 1, overlap: 1 };

  it.each(range(1, 4))('in what is served, started and launched, seed %i', async (seed) => {
    const options: Options = { ladder: seed % 2 ? 'ec2' : 'local', jobs: 12, maximum: 40, concurrency: 99 };
    const once = await settled(seed, { ...options, foulMinutes: 200, strict: true });
    const twice = await settled(seed, { ...options, foulMinutes: 200, strict: true, faults: doubled });
    expect(twice.mishaps).toBeGreaterThan(100);
    expect(twice.queued).toEqual(once.queued);
    expect([twice.wanted, twice.started]).toEqual([once.wanted, once.started]);
  });
});
