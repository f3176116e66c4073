// The worlds in which mutants run: quiet ones, those with one kind of fault, mixed ones, and those of Macs.
import { type MacOptions, runMacs } from '../simulation/mac/scenario.ts';
import { type Options, optionsOf, strictOptionsOf } from '../simulation/options.ts';
import { runScenario } from '../simulation/scenario.ts';
import type { Faults } from '../simulation/world.ts';

export interface World {
  /** The same name is the same world. */
  name: string;
  /** Answers what was broken in it. */
  run(): Promise<readonly string[]>;
}

interface Few {
  /** Seeds from 1 on, or from there. */
  seeds?: number;
  from?: number;
  /** What differs from the usual, for the name. */
  with?: string;
}

const seedsOf = ({ seeds = 6, from = 1 }: Few): number[] =>
  Array.from({ length: seeds }, (_, nth) => from + nth);

const nameOf = (what: string, seed: number, few: Few): string =>
  `${what}${few.with ? ` (${few.with})` : ''}, seed ${seed}`;

/** No faults, and room for every job. */
export const quiet = (few: Few = {}, change: Options = {}): World[] =>
  seedsOf(few).map((seed) => ({
    name: nameOf('quiet', seed, few),
    run: async () => (await runScenario(seed, { ...strictOptionsOf(seed, undefined), ...change })).violations,
  }));

/**
 * Where machines boot in a minute and nothing goes wrong, jobs wait for no more than two; the bounds of all
 * worlds are those of the worst.
 */
export const prompt = (few: Few = {}, change: Options = {}): World[] =>
  seedsOf(few).map((seed) => ({
    name: nameOf('prompt', seed, few),
    async run() {
      const options = { ...strictOptionsOf(seed, undefined), ladder: 'local' as const, ...change };
      const { violations, waits } = await runScenario(seed, options);
      const longest = Math.max(0, ...waits);
      const late =
        longest > promptMinutes ? [`invariant 10: a job waited ${longest.toFixed(1)} minutes`] : [];
      return [...violations, ...late];
    },
  }));

const promptMinutes = 2;

/** One kind of fault, and room for every job. */
export const alone = (kind: keyof Faults, few: Few = {}, change: Options = {}): World[] =>
  seedsOf(few).map((seed) => ({
    name: nameOf(`${kind} alone`, seed, few),
    run: async () => (await runScenario(seed, { ...strictOptionsOf(seed, kind), ...change })).violations,
  }));

/** Everything that a seed draws. */
export const mixed = (few: Few = {}, change: Options = {}): World[] =>
  seedsOf({ seeds: 20, ...few }).map((seed) => ({
    name: nameOf('mixed', seed, few),
    run: async () => (await runScenario(seed, { ...optionsOf(seed), ...change })).violations,
  }));

export const macs = (what: string, options: MacOptions, few: Few = {}): World[] =>
  seedsOf({ seeds: 3, ...few }).map((seed) => ({
    name: nameOf(`Macs: ${what}`, seed, few),
    run: async () => (await runMacs(seed, options)).violations,
  }));
