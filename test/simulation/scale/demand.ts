// When jobs come to a world of scale, and how long they run: a day of CI, a burst, an hour of full machines.
import type { SimulatedGitHub, SimulatedJob } from '../github.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';
import { pools, projects, repositoriesOf } from './foundation.ts';

export type Shape = 'day' | 'burst' | 'plateau';

export interface Demand {
  shape: Shape;
  jobs: number;
}

/** By hour (UTC) of a working day: Europe and America overlap in the afternoon. The mean is 1. */
const hours = [
  0.45, 0.35, 0.3, 0.3, 0.35, 0.45, 0.6, 0.85, 1.1, 1.25, 1.3, 1.25, 1.2, 1.45, 1.7, 1.85, 1.9, 1.8, 1.55,
  1.25, 0.95, 0.75, 0.6, 0.45,
];

/** Jobs of CI have a median of 8 minutes and a mean of 14; some take hours. */
const usualMs = 8 * minute;
const spread = Math.sqrt(2 * Math.log(14 / 8));
const longestMs = 340 * minute;
const shortestMs = 20 * second;

/** Matrices: a run has up to so many jobs, all queued within seconds. */
const largestRun = 12;
const runTakesMs = 4 * second;

/** All jobs, none of which is queued yet, with the time at which each will be. In order. */
export function drawnDemand(world: World, { shape, jobs }: Demand): { at: number; job: SimulatedJob }[] {
  const start = world.time.now();
  const all: { at: number; job: SimulatedJob }[] = [];
  for (let runId = 1; all.length < jobs; runId = all.length + 1) {
    const n = Math.min(jobs - all.length, world.chance.whole(1, largestRun));
    const at = start + arrival(world, shape, (all.length + n / 2) / jobs);
    const project = drawn(world, projects);
    const repository = world.chance.pick(repositoriesOf(project));
    const fresh = { runId: String(runId), repository, event: 'push', fork: false };
    for (let nth = 0; nth < n; nth += 1) {
      const queuedAt = at + world.chance.between(0, runTakesMs);
      const id = String(all.length + 1);
      all.push({ at: queuedAt, job: { ...fresh, ...jobOf(world, shape, id) } });
    }
  }
  return all.sort((a, b) => a.at - b.at);
}

const jobOf = (world: World, shape: Shape, id: string) => ({
  ...{ id, labels: [drawn(world, pools).name], runMs: lengthOf(world, shape) },
  ...{ state: 'new' as const, queuedAt: 0, cancelled: false },
});

/** Queues them one by one: the next one is on its way when the one before it came. */
export function startDemand(
  { time }: World,
  github: SimulatedGitHub,
  all: readonly { at: number; job: SimulatedJob }[],
): void {
  const next = (index: number): void => {
    const found = all[index];
    if (!found) return;
    time.after(found.at - time.now(), () => {
      github.queue(found.job);
      next(index + 1);
    });
  };
  next(0);
}

const burstAfterMs = 5 * minute;
const plateauMs = 30 * minute;

/** When the job comes that has this share of all before it, in ms from the start. */
function arrival({ chance }: World, shape: Shape, share: number): number {
  switch (shape) {
    case 'day':
      return arrivalInDay(share);
    case 'burst':
      return burstAfterMs + chance.between(0, minute - runTakesMs);
    case 'plateau':
      return burstAfterMs + share * plateauMs;
  }
}

function arrivalInDay(share: number): number {
  const whole = hours.reduce((sum, one) => sum + one, 0);
  let left = share * whole;
  for (const [hour, weight] of hours.entries()) {
    if (left < weight) return (hour + left / weight) * 60 * minute;
    left -= weight;
  }
  return 24 * 60 * minute;
}

/** Of the plateau: as long as it takes that all run together for an hour. */
function lengthOf({ chance }: World, shape: Shape): number {
  if (shape === 'plateau') return chance.between(100, 120) * minute;
  const normal =
    Math.sqrt(-2 * Math.log(1 - chance.between(0, 1))) * Math.cos(chance.between(0, 2 * Math.PI));
  return Math.min(longestMs, Math.max(shortestMs, usualMs * Math.exp(spread * normal)));
}

function drawn<T extends { share: number }>({ chance }: World, all: readonly T[]): T {
  let left = chance.between(0, 1);
  for (const one of all) {
    left -= one.share;
    if (left < 0) return one;
  }
  return chance.pick(all);
}
