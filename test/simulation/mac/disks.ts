// Whose bytes a Mac holds: no job may begin where a job of another repository, or an untrusted one, has been.
import type { SimulatedJob } from '../github.ts';
import type { World } from '../world.ts';
import type { Mac } from './macs.ts';

/** A job whose first step ran. */
export interface PastJob {
  job: string;
  repository: string;
  fork: boolean;
}

export const freshDisk = (): PastJob[] => [];

/**
 * The first step of a job runs. Its root volume must be fresh: each job of a machine has its own. What a
 * reset leaves (internal SSD, NVRAM) may only be of trusted jobs of the same repository.
 */
export function touch(world: World, mac: Mac, { id, repository, fork }: SimulatedJob): void {
  const [before] = mac.disk;
  if (before) world.breaks(`job ${id} runs on ${mac.id} on the disk of job ${before.job}`);
  for (const past of mac.past) {
    if (past.repository === repository && !past.fork && !fork) continue;
    world.breaks(`job ${id} of ${repository} runs on ${mac.id}, where ${words(past)} ran`);
  }
  const own: PastJob = { job: id, repository, fork };
  mac.disk.push(own);
  mac.past.push(own);
  mac.host.jobs += 1;
}

const words = ({ job, repository, fork }: PastJob): string =>
  `${fork ? 'the fork' : 'job'} ${job} of ${repository}`;
