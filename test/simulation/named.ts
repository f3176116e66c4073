// What broke, by the invariant that says so: its number, its words, and which check has noticed.

/** The invariants of the design by number, shortly. */
export const invariants = {
  1: 'a waiting, admitted job gets a builder',
  2: 'nothing outlives its limit, its job or its owner',
  3: 'a busy builder is not stopped',
  4: 'twice equals once',
  5: 'no credential is where it does not belong',
  6: 'nothing is believed that is not proven',
  7: 'a refused job runs no step',
  8: 'money is reserved first, and settled to the micro-dollar',
  10: 'surplus and waiting are bounded',
  11: 'what belongs to others is left alone',
} as const;

export type InvariantNumber = keyof typeof invariants;

export interface Violation {
  number: InvariantNumber;
  /** The check that has noticed: `what` without its ids and figures. */
  check: string;
  what: string;
}

/** A line that names its invariant: `invariant 2: machine left: …`. */
export const broken = (number: InvariantNumber, what: string): string => `invariant ${number}: ${what}`;

/** Which invariant a line is about that does not name it. The first that fits is it. */
const words: [InvariantNumber, RegExp][] = [
  [3, /^busy builder/],
  [7, /refused job/],
  [8, /paid|settled|reserved|money|the cap of|machine \S+ costs|was never on record|daily limit/],
  [4, /asked (again|with another)|has started \d+/],
  [5, /secret|token|credential/],
  [11, /foreign|protected/],
];

/** Reads a line. What fits nothing says that a job may not get its builder: an error that escaped, say. */
export function violationOf(line: string): Violation {
  const [, named, what = line] = /^invariant (\d+): (.*)$/s.exec(line) ?? [];
  const number = numbers.find((one) => String(one) === named);
  const found = number ?? words.find(([, pattern]) => pattern.test(what))?.[0] ?? 1;
  return { number: found, check: `${found}: ${checkOf(what)}`, what };
}

const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11] as const satisfies InvariantNumber[];

/** Ids have a digit somewhere, figures have nothing else. */
const checkOf = (what: string): string => what.replaceAll(/\S*\d\S*/g, '…').slice(0, 60);

export const wordsOf = ({ number, what }: Violation): string =>
  `invariant ${number} (${invariants[number]}): ${what}`;
