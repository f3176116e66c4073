// The order in which jobs are seated: a machine that may be reset goes to the next job of its repository.
import type { Job } from '../records.ts';
import { isFree, isOwnOf, type Slot, type SlotContext } from './slots.ts';

/**
 * The jobs in the order in which they choose a host. Clean hosts go by turn. Of the other hosts each may
 * serve one more job of its repository before it is cleaned for hours, unless an earlier one waits too long.
 */
export function seatingOrder(jobs: readonly Job[], slots: readonly Slot[], at: SlotContext): Job[] {
  const clean = slots.filter(isFree).length;
  const isLate = ({ queuedAt }: Job): boolean => at.now > queuedAt + at.keeping.waitMs;
  const others = jobs.slice(clean);
  const first = new Set<Job>();
  for (const slot of slots) {
    const isOwn = (job: Job): boolean => isOwnOf(slot, job, at.facts);
    const next = others.find((job) => !first.has(job) && (isOwn(job) || isLate(job)));
    if (next && isOwn(next)) first.add(next);
  }
  return [...jobs.slice(0, clean), ...first, ...others.filter((job) => !first.has(job))];
}
