// Macs in simulated worlds: days and weeks of jobs, faults of all kinds, and a year when asked for by hand.
import { env } from 'node:process';
import { describe, expect, it, vi } from 'vitest';
import { drawnMacFaults, type MacOptions, type MacOutcome, runMacs } from './mac/scenario.ts';
import type { Faults } from './world.ts';

/** A world takes a second or two, on a busy computer many more. */
vi.setConfig({ testTimeout: 120_000 });

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Runs one world; when an invariant breaks, the message holds the seed and the end of the story. */
async function settled(seed: number, options: MacOptions): Promise<MacOutcome> {
  const outcome = await runMacs(seed, options);
  const { violations, story } = outcome;
  const words = `seed ${seed} of ${JSON.stringify(options)} ends so:\n${story.slice(-60).join('\n')}\n`;
  expect(violations, words).toEqual([]);
  return outcome;
}

const median = ({ waits }: MacOutcome): number => waits[waits.length >> 1] ?? 0;

describe('Macs without faults', () => {
  it.each(range(1, 2))('serve the few jobs of two quiet days, and all hosts go, seed %i', async (seed) => {
    const { wanted, hosts } = await settled(seed, { pattern: 'quiet', days: 2 });
    expect(hosts).toBeLessThanOrEqual(wanted);
  });

  it('serve a working week of four repositories, mostly by resets', async () => {
    const outcome = await settled(4, { days: 4, cancelled: 0.1, forks: 0.05, skips: true });
    expect(outcome.resets).toBeGreaterThan(outcome.machines / 4);
    expect(outcome.hosts).toBeLessThanOrEqual(12);
    expect(median(outcome)).toBeLessThan(60);
  });

  it.each(range(5, 6))('serve a burst with the hosts that are worth their price, seed %i', async (seed) => {
    await settled(seed, { pattern: 'bursts', maximum: 2 + (seed % 3), skips: true });
  });

  it.each([8, 9])('clean their hosts after each fork, and before it, seed %i', async (seed) => {
    const outcome = await settled(seed, { open: true, forks: 0.4, rung: { reset: 'relaunch' }, skips: true });
    expect(outcome.resets).toBe(0);
  });

  it.each([10, 11])(
    'give nothing to jobs that steal what a machine knows, or deny it, seed %i',
    async (seed) => {
      await settled(seed, { hostile: 0.6, cancelled: 0.1, maximum: 1 + (seed % 2), skips: true });
    },
  );

  it('stop a job at its time limit, and no other', async () => {
    await settled(12, { endless: 0.2, skips: true });
  });
});

describe('an EC2 with moods', () => {
  const moods: [string, MacOptions][] = [
    ['shows hosts as available too early', { moods: { early: 1 } }],
    ['looks into hosts, and gives some up', { moods: { frail: 0.7 } }],
    ['has no hosts in most places, for a while', { moods: { scarce: 0.6 } }],
    ['has a quota for one host of a kind', { moods: { quota: 1 }, pattern: 'bursts' }],
    ['fails at every third reset', { moods: { resetFails: 0.35 }, maximum: 1 }],
    ['has a clock that is late by two minutes', { moods: { clockMs: -120_000 } }],
  ];
  it.each(moods)('%s', async (_, options) => {
    await settled(21, { ...options, skips: true });
  });
});

describe('the ways to keep hosts', () => {
  it('one job for each host', async () => {
    const outcome = await settled(43, { pattern: 'quiet', maximum: 9, rung: oneJob, skips: true });
    expect(outcome.hosts).toBe(outcome.wanted);
  });

  const oneJob = { reset: 'relaunch', paidDay: 'one-job' } as const;
  const kept: MacOptions = { days: 2, rung: { afterwards: 'keep' }, skips: true };
  it('keeps them for good, until the configuration says otherwise', async () => {
    const { usd } = await settled(32, { ...kept, maximum: 1, deploys: { afterwards: 'release' } });
    expect(usd).toBeGreaterThan(15.6);
  });

  it('lets go of them when their pool leaves the configuration', async () => {
    await settled(33, { ...kept, deploys: 'without' });
  });

  it('leaves no machine on a host for a job that does not come, nor for its repository alone', async () => {
    await settled(37, { pattern: 'quiet', days: 3, maximum: 1, rung: { stayMinutes: 1440 } });
  });

  it('without any resets', async () => {
    const { resets } = await settled(34, { rung: { reset: 'relaunch' }, maximum: 2, skips: true });
    expect(resets).toBe(0);
  });

  it.each([36, 38])('keeps to daily limits, and serves all the same, seed %i', async (seed) => {
    const caps = { project: 24, all: 34 };
    const { hosts } = await settled(seed, { caps, pattern: 'bursts', maximum: 4, days: 2, skips: true });
    expect(hosts).toBeLessThanOrEqual(6);
  });
});

describe('Macs with faults', () => {
  const some = {
    cancelled: 0.1,
    forks: 0.1,
    hostile: 0.1,
    endless: 0.02,
    moods: { early: 0.4, frail: 0.15 },
  };
  it.each(range(101, 106))('serve what is wanted, and all hosts go, seed %i', async (seed) => {
    const pattern = seed % 2 === 0 ? 'week' : 'bursts';
    await settled(seed, { ...some, pattern, faults: drawnMacFaults(seed) });
  });

  it('come and go in spells over three days', async () => {
    await settled(111, { ...some, days: 3, spells: true, faults: drawnMacFaults(111) });
  });

  const kinds: Partial<Faults>[] = [
    { crash: 0.03 },
    { deliveryLost: 0.3, deliveryTwice: 0.3, deliveryLate: 0.3 },
    { cloud: 0.2 },
    { throttled: 0.3 },
    { overlap: 0.5 },
    { github: 0.15, staleBusy: true },
    { http: 0.2 },
    { bootFails: 0.3 },
    { unfit: 0.3 },
    { wedged: 0.3 },
    { omitted: 0.3 },
  ];
  it.each(kinds)('of one kind alone: %o', async (faults) => {
    const { mishaps } = await settled(121, { pattern: 'bursts', maximum: 2, skips: true, faults });
    expect(mishaps).toBeGreaterThan(0);
  });
});

/** Two years by hand, in a quarter of an hour: CALLSHEET_MAC_DAYS=365 vitest run --dir test/simulation mac */
const days = Number(env.CALLSHEET_MAC_DAYS ?? 0);

describe.runIf(days > 0)(`${days} days with a spell of faults in each`, () => {
  it.each([201, 202])('break nothing, seed %i', { timeout: days * 20_000 }, async (seed) => {
    const moods = { early: 0.3, frail: 0.1, scarce: 0.1, resetFails: 0.05 };
    const demand = { cancelled: 0.08, forks: 0.05, hostile: 0.03, endless: 0.005 };
    const outcome = await settled(seed, {
      ...{ days, spells: true, moods, maximum: 4, faults: drawnMacFaults(seed) },
      ...demand,
    });
    expect(outcome.wanted).toBeGreaterThan(days);
  });
});
