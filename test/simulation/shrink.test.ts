// Failing worlds are made smaller and explained: a planted bug is found, with its seed and what happened.
import { describe, expect, it, vi } from 'vitest';
import { explainFailure } from './explained.ts';
import { type Options, optionsOf } from './options.ts';
import { runScenario } from './scenario.ts';
import { least } from './shrink.ts';
import { noFaults } from './world.ts';

/** Some dozens of worlds. */
vi.setConfig({ testTimeout: 120_000 });

describe('least', () => {
  const items = Array.from({ length: 40 }, (_, index) => index);

  it.each([[[]], [[7]], [[3, 31]], [[0, 1, 2, 39]]])('finds %j of forty', async (wanted) => {
    const found = await least(items, async (some) => wanted.every((one) => some.includes(one)));
    expect(found).toEqual(wanted);
  });

  it('asks far less than all subsets', async () => {
    let asked = 0;
    await least(items, async (some) => {
      asked += 1;
      return some.includes(13);
    });
    expect(asked).toBeLessThan(30);
  });
});

describe('a world run again', () => {
  const seed = 6;
  const options: Options = { ...optionsOf(seed), jobs: 8 };

  it('with the names of all its faults is the same world, with none of them has none', async () => {
    const first = await runScenario(seed, options);
    const strikes = first.strikes.map(({ name }) => name);
    expect(strikes.length).toBeGreaterThan(10);
    expect((await runScenario(seed, { ...options, strikes })).story).toEqual(first.story);
    expect((await runScenario(seed, { ...options, strikes: strikes.slice(0, 3) })).strikes).toHaveLength(3);
    expect((await runScenario(seed, { ...options, strikes: [] })).strikes).toEqual([]);
  });
});

describe('a planted bug', () => {
  const faults = { ...noFaults, cloud: 0.1, http: 0.05, deliveryTwice: 0.2, spot: 0.1 };
  const options: Options = { ladder: 'ec2', pools: 2, jobs: 12, faults, bug: 'a lost write' };

  it('is found, told with its seed, and brought down to few faults and jobs', async () => {
    const command = 'npm run simulate -- --seed 3';
    const lines = await explainFailure(3, options, { command });
    const text = lines.join('\n');
    expect(lines[0]).toMatch(/^seed 3 breaks invariant 8 \(money is reserved first, and settled/);
    expect(text).toContain(`repeat it: ${command}`);
    expect(text).toMatch(/pools? on \w+, (job \d+|\d jobs), faults.*: \d: cloud#\d+/);
    expect(text).toMatch(/^ +\d\d:\d\d +! fault +a call to a cloud or its answer is lost/m);
    expect(text).toMatch(/^ +\d\d:\d\d +table +launch \w+-\d+ is asked/m);
    expect(lines.length).toBeLessThan(150);
  });

  it('is not there without it: nothing is explained', async () => {
    expect(await explainFailure(3, { ...options, bug: undefined })).toEqual([]);
  });
});
