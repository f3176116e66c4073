// The reaper: one sweep at each tick of the schedule. It fails loudly at the end if a part of the sweep did.
import type { Ports } from '../../shared/operations/ports.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';

/**
 * Throws when a part of the sweep failed, after all other parts are done: the failure is what alarms count.
 */
export function createReaper(ports: Ports) {
  return async (): Promise<void> => {
    const began = ports.clock.now();
    const { counts, problems } = await sweep(ports);
    ports.log({ unit: 'sweep', ms: ports.clock.now() - began, ...counts, problems });
    if (problems.length > 0)
      throw new Error(`the sweep met ${problems.length} problems: ${problems.join(' · ')}`);
  };
}
