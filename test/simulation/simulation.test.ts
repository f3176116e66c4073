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

/** Two passes may ask for the same launch, and hear different things. */
const lossy = { overlap: 0.6, throttled: 0.5, cloud: 0.3 };

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
  it.each(range(1, 50))('serves what is wanted and leaves nothing, seed %i', async (seed) => {
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

describe('a ladder of EC2: spot, on demand, then another cloud', () => {
  it.each(range(201, 208))('starts exactly one machine for each job, seed %i', async (seed) => {
    const outcome = await settled(seed, { ladder: 'ec2', pools: 2, burst: seed % 4 === 0 });
    expect(outcome.started, storyOf(seed, {}, outcome)).toBe(outcome.wanted);
  });

  it.each(range(221, 230))('serves what is wanted and leaves nothing, seed %i', async (seed) => {
    const ladder = seed % 3 === 0 ? 'ec2-queue' : 'ec2';
    const some = { pools: 1 + (seed % 2), cancelled: 0.2, forks: 0.1, burst: seed % 4 === 0 };
    const outcome = await settled(seed, { ladder, ...some, faults: drawnFaults(seed) });
    expect(outcome.started).toBeLessThanOrEqual(outcome.jobs + outcome.mishaps);
  });

  const capped = { ladder: 'ec2', capped: true, pools: 2, concurrency: 99 } as const;
  const worlds: [string, Partial<Faults> | undefined, number[]][] = [
    ['no faults', {}, [3, 8, 14]],
    ['faults of all kinds', undefined, [1, 5, 7, 8]],
    ['functions that die', { crash: 0.1 }, [17, 18]],
    ['answers that are lost, and calls that are throttled', lossy, [32, 36]],
  ];
  it.each(worlds)('keeps to daily limits over midnight, with %s', async (_, faults, seeds) => {
    let held = 0;
    for (const seed of seeds) {
      const options = { ...capped, burst: seed % 2 === 0, faults: faults ?? drawnFaults(seed) };
      held += (await settled(seed, options)).held;
    }
    expect(held).toBeGreaterThan(0);
  });

  it.each([7, 13])('gives back what was reserved for no launch, seed %i', async (seed) => {
    await settled(seed, { ladder: 'ec2', jobs: 2, cancelled: 0.8, faults: { crash: 0.15 } });
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

  const ofEc2: [keyof Faults, number][] = [
    ['spot', 0.5],
    ['throttled', 0.3],
    ['unfit', 0.3],
    ['cloud', 0.2],
  ];
  it.each(ofEc2)('%s alone, on EC2, costs at most a machine each time', async (kind, likely) => {
    const faults = { [kind]: likely };
    const outcome = await settled(21, { ladder: 'ec2', pools: 2, faults });
    const most = outcome.wanted + outcome.mishaps;
    expect(outcome.started, storyOf(21, { faults }, outcome)).toBeLessThanOrEqual(most);
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
