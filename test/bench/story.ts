// The whole life of one run's jobs, from the first delivery until nothing is left in the open table.
import type { PassOutcome } from '../../shared/operations/pass.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';
import { minute } from '../simulation/time.ts';
import { createWorld, noFaults } from '../simulation/world.ts';
import { pool, stageIn } from './stage.ts';
import type { Tally } from './tally.ts';

/** What has ended leaves the open table after an hour. */
const storyMs = 75 * minute;

export interface Story {
  tally: Tally;
  served: number;
  /** Records, machines and registrations that are there at the end. */
  left: number;
  launches: number;
  passes: Record<PassOutcome, number>;
  /** Sweeps of the reaper while the jobs' records were there. After them comes an idle one. */
  sweeps: number;
}

/**
 * Serves a run of `count` jobs, queued within a time, in virtual time. Throws when a sweep meets a
 * problem.
 */
export async function serve(count: number, queuedWithinMs = 0): Promise<Story> {
  const start = Date.UTC(2026, 10, 21);
  const world = createWorld(1, noFaults, start, start);
  const { time } = world;
  const stage = stageIn(world);
  for (let index = 0; index < count; index += 1) {
    time.after((queuedWithinMs * index) / count, () => stage.hub.queue(String(index + 1)));
  }
  const sweeps = storyMs / minute - 1;
  for (let nth = 1; nth <= sweeps; nth += 1) {
    time.after(nth * minute, () => void sweep(stage.portsOf('reaper')).then(complain));
  }
  await time.runUntil(start + storyMs);
  const { launches, builders, jobs, runs } = await stage.store.open.read(pool);
  const left = [launches, builders, jobs, runs].flat().length;
  time.after(0, () => void sweep(stage.portsOf('idle reaper')).then(complain));
  await time.runUntil(start + storyMs + minute);
  return {
    tally: stage.tally,
    served: [...stage.hub.jobs.values()].filter((job) => job.conclusion === 'success').length,
    left: left + stage.cloud.machines.size + stage.hub.registered.size,
    launches: stage.launches.length,
    passes: stage.passes,
    sweeps,
  };
}

function complain({ problems }: { problems: string[] }): void {
  if (problems.length > 0) throw new Error(`a sweep met problems: ${problems.join(' · ')}`);
}
