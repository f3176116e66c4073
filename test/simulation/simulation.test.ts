// The core in simulated worlds: quiet, faulty, one fault alone, a burst. Every world settles in the end.
import { describe, expect, it } from 'vitest';
import { drawnFaults, type Options, type Outcome, runScenario } from './scenario.ts';
import { type Faults, noFaults } from './world.ts';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Runs one world; when an invariant breaks, the message holds the seed and the end of the story. */
async function settled(seed: number, options: Options): Promise<Outcome> {
  const outcome = await runScenario(seed, options);
  expect(outcome.violations, storyOf(seed, options, outcome)).toEqual([]);
  return outcome;
}

const storyOf = (seed: number, options: Options, { story }: Outcome): string =>
  `seed ${seed} of ${JSON.stringify(options)} ends so:\n${story.slice(-80).join('\n')}\n`;

describe('a world without faults', () => {
  it.each(range(1, 24))('starts exactly one machine for each job, seed %i', async (seed) => {
    const outcome = await settled(seed, { burst: seed % 4 === 0 });
    expect(outcome.started, storyOf(seed, {}, outcome)).toBe(outcome.wanted);
  });

  it.each(range(25, 28))(
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
  }, 60_000);
});

describe('a world with faults', () => {
  it.each(range(1, 60))('serves what is wanted and leaves nothing, seed %i', async (seed) => {
    const burst = seed % 4 === 0;
    await settled(seed, { faults: drawnFaults(seed), cancelled: 0.2, forks: 0.1, burst });
  });
});

describe('a cloud whose machines queue', () => {
  it.each(range(1, 8))('serves every job without faults, seed %i', async (seed) => {
    await settled(seed, { ladder: 'queue', burst: seed % 4 === 0 });
  });

  it.each(range(101, 116))('serves what is wanted and leaves nothing, seed %i', async (seed) => {
    await settled(seed, { ladder: 'queue', faults: drawnFaults(seed), cancelled: 0.2, forks: 0.1 });
  });
});

describe('one kind of fault', () => {
  it('a scope that GitHub refuses costs a machine at most, and is served afterwards', async () => {
    for (const seed of [21, 22, 23]) {
      const faults = { refusedScope: 'repository/studio/shading' };
      const outcome = await settled(seed, { faults });
      expect(outcome.started, storyOf(seed, { faults }, outcome)).toBeLessThanOrEqual(outcome.wanted + 1);
    }
  });

  const harmless: [keyof Faults, number][] = [
    ['deliveryTwice', 0.5],
    ['partial', 0.8],
    ['http', 0.2],
    ['omitted', 0.3],
    ['overlap', 0.8],
  ];
  it.each(harmless)('%s alone costs no machine', async (kind, likely) => {
    for (const seed of [21, 22]) {
      const faults = { [kind]: likely };
      const outcome = await settled(seed, { faults });
      expect(outcome.mishaps).toBeGreaterThan(0);
      expect(outcome.started, storyOf(seed, { faults }, outcome)).toBe(outcome.wanted);
    }
  });

  const costly: [keyof Faults, number][] = [
    ['crash', 0.05],
    ['deliveryLost', 0.3],
    ['deliveryLate', 0.3],
    ['cloud', 0.2],
    ['github', 0.15],
    ['bootFails', 0.3],
    ['wedged', 0.2],
    ['spot', 0.5],
  ];
  it.each(costly)('%s alone costs at most a machine each time', async (kind, likely) => {
    for (const seed of [21, 22]) {
      const faults = { [kind]: likely };
      const outcome = await settled(seed, { faults });
      const most = outcome.wanted + outcome.mishaps;
      expect(outcome.started, storyOf(seed, { faults }, outcome)).toBeLessThanOrEqual(most);
    }
  });

  it('GitHub deleting the registration of a busy runner alone stops no job', async () => {
    for (const seed of [21, 22, 23])
      await settled(seed, { faults: { ...noFaults, staleBusy: true, wedged: 0.1 } });
  });
});
