// What a sweep has done and found: counts, what did not work, what has no owner, and each decision with its
// reason for those who ask.
import type { LeftKind, Unowned } from '../../scheduler/sweep-records.ts';
import { inParallel } from '../change.ts';

export interface Report {
  counts: Record<string, number>;
  /** What did not work: who, then why (`provider codebuild: …`). */
  problems: string[];
  /** Parts that did nothing since they could not be sure: each is a problem, too. */
  abstained: Abstained[];
  /** What this sweep has found without an owner, whatever it did about it. */
  unowned: Unowned[];
  /** Nothing is open: no pool has work, launches or sightings, and all could be read. */
  idle: boolean;
  /** Hears each decision, also to leave something as it is. Absent: nobody asks. */
  tell?: ((decision: Told) => void) | undefined;
}

/** A part that did nothing. `kinds`: what it would have looked for, which may still be there. */
export interface Abstained {
  part: string;
  why: string;
  kinds: readonly LeftKind[];
  /** Its place, where other places of the same kind were looked at. */
  place?: string | undefined;
}

/** A decision about one thing, in words for an admin. */
export interface Told {
  /** `machine`, `builder`, `job`, `delivery`, `scope`, `record`, … */
  what: string;
  id: string;
  /** `leave`, `remember`, `end`, `adopt`, `gone`, `redeliver`, `record`, `archive`, … */
  decision: string;
  why: string;
  pool?: string | undefined;
  /** Left as it is only since somebody did not tell, or not believably. */
  isDoubtful?: true | undefined;
}

export const emptyReport = (): Report => ({
  counts: {},
  problems: [],
  abstained: [],
  unowned: [],
  idle: false,
});

/** Does one part of a sweep. What fails is named in the report, and stops nothing else. */
export async function part(report: Report, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    report.problems.push(`${name}: ${reasonOf(error)}`);
  }
}

/** Does a part without which nothing can be concluded about these kinds: if it fails, it abstains. */
export async function partOrAbstain(
  report: Report,
  { part, kinds, place }: Omit<Abstained, 'why'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    abstain(report, { part, why: reasonOf(error), kinds, place });
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A part does nothing, and says so. */
export function abstain(report: Report, abstained: Abstained): void {
  report.abstained.push(abstained);
  report.problems.push(`${abstained.part}: ${abstained.why}`);
}

export interface Parts<T> {
  /** What the items are called in the report: `machines`. */
  what: string;
  /** Of one item. */
  name(item: T): string;
  width: number;
  /** Nothing is begun any more after this says so; what is left is named, and comes in the next sweep. */
  until?: () => boolean;
  /** The work tells whether things of these kinds have an owner: of items that fail nothing is known. */
  kinds?: readonly LeftKind[];
}

/** Does the work on each item as a part of its own, some of them at a time. */
export async function eachPart<T>(
  report: Report,
  items: readonly T[],
  { what, name, width, until, kinds }: Parts<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let failed = 0;
  const doOne = async (item: T): Promise<void> => {
    failed += 1;
    await work(item);
    failed -= 1;
  };
  const left = await inParallel(items, width, (item) => part(report, name(item), () => doOne(item)), until);
  if (left > 0) report.problems.push(`${what}: ${left} were not reached in time`);
  if (kinds && left + failed > 0) {
    const why = `${left} were not reached in time, and ${failed} could not be judged`;
    report.abstained.push({ part: what, why, kinds });
  }
}

export function count(report: Report, what: string): void {
  report.counts[what] = (report.counts[what] ?? 0) + 1;
}
