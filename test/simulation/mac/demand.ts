// What is asked of simulated Macs: jobs of days, some of which are cancelled, forks, hostile, or endless.
import type { SimulatedJob } from '../github.ts';
import { minute, second, type seeded } from '../time.ts';
import { jobLimitMinutes, projects } from './config.ts';

type Chance = ReturnType<typeof seeded>;

export type Pattern = 'quiet' | 'week' | 'bursts';

export interface Demand {
  pattern: Pattern;
  days: number;
  cancelled: number;
  forks: number;
  /** Jobs that steal, or say that they are over while they run. */
  hostile: number;
  /** Jobs that run into their time limit. */
  endless: number;
}

/** A job, and what will become of it. */
export interface Wish {
  job: SimulatedJob;
  at: number;
  cancelAt?: number;
  betrays?: 'steals' | 'denies' | undefined;
  /** It runs to its limit. */
  isEndless: boolean;
}

const hour = 60 * minute;
const day = 24 * hour;
const repositories = Object.values(projects).flat();

/** Draws the jobs of a world, from `start` on, a midnight before a Monday. */
export function drawnWishes(chance: Chance, start: number, demand: Demand): Wish[] {
  return timesOf(chance, demand).map((after, index) => wish(chance, index + 1, start + after, demand));
}

function timesOf(chance: Chance, { pattern, days }: Demand): number[] {
  const times = Array.from({ length: days }, (_, index) => ofDay(chance, pattern, index));
  return times.flat().sort((a, b) => a - b);
}

function ofDay(chance: Chance, pattern: Pattern, index: number): number[] {
  const within = (from: number, to: number): number => index * day + chance.between(from, to) * hour;
  const some = (n: number, from: number, to: number): number[] =>
    Array.from({ length: n }, () => within(from, to));
  switch (pattern) {
    case 'quiet':
      return some(chance.whole(1, 4), 0, 24);
    case 'week':
      if (index % 7 >= 5) return chance.chance(0.3) ? some(1, 8, 22) : [];
      return [...some(chance.whole(6, 14), 8, 19), ...some(1, 2, 3)];
    case 'bursts': {
      const at = within(0, 20);
      const burst = Array.from({ length: chance.whole(6, 10) }, () => at + chance.between(0, 90 * second));
      return [...burst, ...some(chance.whole(0, 3), 0, 24)];
    }
  }
}

function wish(chance: Chance, id: number, at: number, demand: Demand): Wish {
  const fork = chance.chance(demand.forks);
  const isEndless = !fork && chance.chance(demand.endless);
  const isHostile = !fork && !isEndless && chance.chance(demand.hostile);
  const isCancelled = chance.chance(demand.cancelled);
  // The film repositories' projects are the busy ones.
  const repository = chance.chance(0.4) ? 'film/color' : chance.pick(repositories);
  return {
    at,
    isEndless,
    ...(isHostile && { betrays: chance.chance(0.5) ? 'steals' : 'denies' }),
    ...(isCancelled && { cancelAt: at + chance.between(second, 80 * minute) }),
    job: {
      id: String(id),
      repository,
      labels: ['mac'],
      event: fork ? 'pull_request' : 'push',
      fork,
      runMs: isEndless ? 10 * hour : chance.between(3 * minute, 0.6 * jobLimitMinutes * minute),
      state: 'new',
      queuedAt: 0,
      cancelled: false,
    },
  };
}
