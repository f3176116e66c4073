// One kind of fault at a time: then surplus and waiting have strict bounds, which many faults would hide.
import { describe, expect, it, vi } from 'vitest';
import { type Kind, kinds, kindWords } from './kinds.ts';
import { strictOptionsOf } from './options.ts';
import { runScenario } from './scenario.ts';
import { settled, storyOf } from './settled.ts';
import { drawnFaults, oneKind } from './weather.ts';
import { noFaults } from './world.ts';

/** A world takes a part of a second, on a busy computer many more. */
vi.setConfig({ testTimeout: 120_000 });

describe('kinds of faults', () => {
  it('are those that a world has, each with words', () => {
    expect(new Set([...kinds, 'other'])).toEqual(new Set(Object.keys(kindWords)));
    expect(new Set(kinds)).toEqual(new Set([...Object.keys(noFaults), 'refusedScope']));
  });

  it.each(kinds)('%s happens in some worlds, alone when asked for, and about half of them not', (kind) => {
    expect(oneKind(kind)[kind]).toBeTruthy();
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const share = seeds.filter((seed) => drawnFaults(seed)[kind]).length / seeds.length;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.8);
  });
});

describe('one kind of fault', () => {
  it.each(kinds)('%s alone: surplus and waiting are bounded', async (kind) => {
    for (const seed of [21, 22]) await settled(seed, strictOptionsOf(seed, kind));
  });

  const harmless = ['deliveryTwice', 'partial', 'http', 'omitted', 'overlap', 'skew', 'tick'] as const;
  it.each(harmless)('%s alone costs no machine', async (kind) => {
    const options = { ...strictOptionsOf(25, kind), ladder: 'local' } as const;
    const outcome = await settled(25, options);
    expect(outcome.started, storyOf(25, options, outcome)).toBe(outcome.wanted);
  });

  const timeless = new Set<Kind>(['staleBusy', 'refusedScope']);
  const ladders = ['local', 'ec2', 'queue'] as const;
  it.each(kinds.filter((kind) => !timeless.has(kind)))('%s happens, by its own name', async (kind) => {
    const happened = new Set<Kind>();
    for (const ladder of ladders) {
      if (happened.has(kind)) break;
      const options = {
        ...strictOptionsOf(21, undefined),
        ladder,
        faults: { ...oneKind(kind), [kind]: 0.4 },
        minutes: 45,
      };
      for (const strike of (await runScenario(21, options)).strikes) happened.add(strike.kind);
    }
    expect([...happened]).toContain(kind);
  });
});
