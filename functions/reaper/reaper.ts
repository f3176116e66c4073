// The reaper: one sweep at each tick of the schedule. It fails loudly at the end if a part of the sweep did.
import type { Ports } from '../../shared/operations/ports.ts';
import { rhythmOf } from '../../shared/operations/sweep/rhythm.ts';
import { sweep } from '../../shared/operations/sweep/sweep.ts';

/**
 * Throws when a part of the sweep failed, after all other parts are done: the failure is what alarms count.
 * Of each problem it says whether the sweep before met it (`still:`) or not (`new:`).
 */
export function createReaper(ports: Ports) {
  const rhythm = rhythmOf(ports);
  let before = new Set<string>();
  return async (): Promise<void> => {
    const began = ports.clock.now();
    const log = (line: object) => ports.log({ unit: 'sweep', ms: ports.clock.now() - began, ...line });
    if (await rhythm.mayRest()) return log({ outcome: 'skipped' });
    const report = await sweep(ports);
    const { counts, problems, abstained, unowned } = report;
    rhythm.note(report);
    const kinds = Map.groupBy(unowned, ({ kind }) => kind);
    const numbers = Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length]));
    log({ ...counts, problems, abstained: abstained.map(({ part }) => part), unowned: numbers });
    const told = problems.map((problem) => `${before.has(whoIn(problem)) ? 'still' : 'new'}: ${problem}`);
    before = new Set(problems.map(whoIn));
    if (told.length > 0) throw new Error(`the sweep met ${told.length} problems: ${told.join(' · ')}`);
  };
}

/** Who failed: the words why may change from sweep to sweep. */
const whoIn = (problem: string): string => problem.split(': ', 1).join();
