// What a world is made of: options that a test gives, or that are drawn from a seed.
import type { Bug } from './bugs.ts';
import type { LadderName } from './config.ts';
import { seeded } from './time.ts';
import { drawnFaults, oneKind } from './weather.ts';
import type { Faults } from './world.ts';

export interface Options {
  faults?: Partial<Faults>;
  /** Faults happen in the first so many minutes. Default: 40. */
  foulMinutes?: number;
  /** The world ends after so many minutes, and need not have settled. Default: it goes on until it has. */
  minutes?: number;
  /** How many jobs are queued, and how many of them are cancelled, and come from forks. */
  jobs?: number;
  cancelled?: number;
  forks?: number;
  /** How many jobs belong to the run of the one before, wait for an environment, fail, and run again. */
  matrices?: number;
  environments?: number;
  failures?: number;
  reruns?: number;
  maximum?: number;
  concurrency?: number;
  /** All jobs come within two seconds. */
  burst?: boolean;
  /** Default: local. */
  ladder?: LadderName;
  /** Default: one. */
  pools?: number;
  /** Where there is EC2: in one region (the default) or two. */
  regions?: number;
  /** Daily limits that bind, in a world that begins shortly before midnight. */
  capped?: boolean;
  /** Jobs that are never queued, by their ids: the rest is as it would be. */
  without?: readonly string[];
  /** The names of the only faults that happen (see `Strike`). */
  strikes?: readonly string[];
  /** At most one kind of fault happens, and there is room for every job: surplus and waiting are bounded. */
  strict?: boolean;
  /** A bug that is planted into Callsheet, to see that it is found. */
  bug?: Bug;
}

/** The simplest first. */
export const ladderNames = ['local', 'queue', 'ec2', 'ec2-queue'] as const;

/** Everything mixed, drawn from the seed alone: the same seed is the same world. */
export function optionsOf(seed: number): Options {
  const chance = seeded(seed ^ 0x2545f491);
  const capped = chance.chance(0.15);
  return {
    faults: drawnFaults(seed),
    ladder: capped ? 'ec2' : chance.pick(ladderNames),
    pools: chance.whole(1, 2),
    regions: chance.chance(0.7) ? 1 : 2,
    cancelled: chance.chance(0.3) ? 0 : chance.between(0, 0.3),
    forks: chance.chance(0.5) ? 0 : chance.between(0, 0.2),
    matrices: chance.chance(0.5) ? 0 : chance.between(0, 0.6),
    environments: chance.chance(0.7) ? 0 : chance.between(0, 0.3),
    failures: chance.chance(0.5) ? 0 : chance.between(0, 0.3),
    reruns: chance.chance(0.6) ? 0 : chance.between(0, 0.3),
    burst: chance.chance(0.25),
    capped,
    ...(capped && { concurrency: 99 }),
  };
}

/** One kind of fault alone, and room for every job: then surplus and waiting have strict bounds. */
export const strictOptionsOf = (seed: number, kind: keyof Faults | undefined): Options => ({
  ...optionsOf(seed),
  faults: kind ? oneKind(kind) : {},
  jobs: 12,
  maximum: 40,
  concurrency: 99,
  cancelled: seed % 2 === 0 ? 0.25 : 0,
  forks: 0,
  environments: 0,
  reruns: 0,
  capped: false,
  strict: true,
});
