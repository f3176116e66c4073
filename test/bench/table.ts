// The benchmark's table: one line for each figure, and whether it keeps to its target.

/** A figure in words, with its unit. */
export interface Figure {
  name: string;
  measured: string;
  /** What the machine needs for the same without us, measured in the same run. */
  floor?: string;
  /** The measured value over the floor: a ratio or a difference. */
  against?: string;
  /** What it should be at most, and whether it is more. */
  target?: { most: string; over: boolean };
  /** What it is made of. */
  parts?: string;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** At most `most`; a value that could not be measured is over. */
export const atMost = (value: number, most: number, unit: string): Figure['target'] => ({
  most: `≤ ${most} ${unit}`.trim(),
  over: !(value <= most),
});

/** Times (ms) of fresh processes against bare Node, by their medians. `most`: ms more than bare Node. */
export function loaded(name: string, times: number[], bare: number[], most?: number): Figure {
  const [own, floor] = [median(times), median(bare)];
  return {
    name,
    measured: `${own.toFixed(1)} ms`,
    floor: `${floor.toFixed(1)} ms`,
    against: `+ ${(own - floor).toFixed(1)} ms`,
    target: most === undefined ? undefined : atMost(own - floor, most, 'ms more'),
  };
}

const columns = { name: 58, measured: 13, floor: 10, against: 13, target: 21 };

/** The lines of one section. */
export function section(title: string, figures: readonly Figure[]): string[] {
  return ['', row(title, 'measured', 'floor', 'against it', 'target', ''), ...figures.map(lineOf)];
}

const lineOf = ({ name, measured, floor, against, target, parts }: Figure): string =>
  row(
    `  ${name}`,
    measured,
    floor,
    against,
    target?.most,
    parts ?? (target && (target.over ? 'OVER' : 'ok')),
  );

function row(name: string, ...cells: (string | undefined)[]): string {
  const [measured = '', floor = '', against = '', target = '', verdict = ''] = cells;
  return [
    name.padEnd(columns.name),
    measured.padStart(columns.measured),
    floor.padStart(columns.floor),
    against.padStart(columns.against),
    target.padStart(columns.target),
    `  ${verdict}`,
  ]
    .join('')
    .trimEnd();
}
