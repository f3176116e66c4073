// What a sweep has done: a count of each thing, and what did not work.
export interface Report {
  counts: Record<string, number>;
  problems: string[];
}

export function count(report: Report, what: string): void {
  report.counts[what] = (report.counts[what] ?? 0) + 1;
}
