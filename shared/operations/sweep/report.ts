// What a sweep has done: a count of each thing, and what did not work.
export interface Report {
  counts: Record<string, number>;
  problems: string[];
}

/** Does one part of a sweep. What fails is named in the report, and stops nothing else. */
export async function part(report: Report, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    report.problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function count(report: Report, what: string): void {
  report.counts[what] = (report.counts[what] ?? 0) + 1;
}
