// What a sweep has done: a count of each thing, and what did not work.
import { inParallel } from '../change.ts';

export interface Report {
  counts: Record<string, number>;
  /** What did not work: who, then why (`provider codebuild: …`). */
  problems: string[];
  /** Nothing is open: no pool has work, launches or sightings, and all could be read. */
  idle: boolean;
}

/** Does one part of a sweep. What fails is named in the report, and stops nothing else. */
export async function part(report: Report, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    report.problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export interface Parts<T> {
  /** What the items are called in the report: `machines`. */
  what: string;
  /** Of one item. */
  name(item: T): string;
  width: number;
  /** Nothing is begun any more after this says so; what is left is named, and comes in the next sweep. */
  until?: () => boolean;
}

/** Does the work on each item as a part of its own, some of them at a time. */
export async function eachPart<T>(
  report: Report,
  items: readonly T[],
  { what, name, width, until }: Parts<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = await inParallel(items, width, (item) => part(report, name(item), () => work(item)), until);
  if (left > 0) report.problems.push(`${what}: ${left} were not reached in time`);
}

export function count(report: Report, what: string): void {
  report.counts[what] = (report.counts[what] ?? 0) + 1;
}
