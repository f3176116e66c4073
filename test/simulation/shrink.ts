// Makes a failing world smaller, as long as the same check fails in it: fewer kinds of faults, a simpler
// installation, fewer jobs, less time, and in the end fewer single faults.
import { kindsIn } from './kinds.ts';
import { violationOf } from './named.ts';
import { ladderNames, type Options } from './options.ts';
import type { Outcome } from './scenario.ts';
import type { Faults } from './world.ts';

/** A world and what came of it. */
export interface Ran {
  options: Options;
  outcome: Outcome;
}

/** Runs the world of the seed that is shrunk. */
export type Run = (options: Options) => Promise<Outcome>;

/** Does the world break this check? */
export const breaks = ({ violations }: Outcome, check: string): boolean =>
  violations.some((line) => violationOf(line).check === check);

/** `isOver`: time is up, the smallest world so far is good enough. */
export async function shrunk(first: Ran, check: string, run: Run, isOver: () => boolean): Promise<Ran> {
  let best = first;
  /** Keeps the smaller world if it fails in the same way. */
  const fails = async (change: Options): Promise<boolean> => {
    if (isOver()) return false;
    const options = { ...best.options, ...change };
    const outcome = await run(options);
    if (!breaks(outcome, check)) return false;
    best = { options, outcome };
    return true;
  };
  const minutes = brokenAfter(first.outcome, check);
  if (minutes !== undefined) await fails({ minutes });
  await least(kindsIn(first.options.faults ?? {}), (kinds) =>
    fails({ faults: onlyOf(first.options, kinds) }),
  );
  for (const choices of simpler(first.options)) await firstThat(choices, fails);
  const jobs = best.outcome.queued;
  await least(jobs, (some) => fails({ without: jobs.filter((id) => !some.includes(id)) }));
  await firstThat([5, 10, 20], (foulMinutes) => fails({ foulMinutes }));
  await least(
    best.outcome.strikes.map(({ name }) => name),
    (strikes) => fails({ strikes }),
  );
  return best;
}

/** How many minutes a world goes on until this check fails. Undefined: it fails when all is over. */
function brokenAfter({ story }: Outcome, check: string): number | undefined {
  const told = /^ *([\d.]+)s {2}BROKEN: (.*)$/s;
  const found = story
    .map((line) => told.exec(line))
    .find((line) => violationOf(line?.[2] ?? '').check === check);
  return found ? Math.ceil(Number(found[1]) / 60) + 1 : undefined;
}

const onlyOf = ({ faults = {} }: Options, kinds: readonly (keyof Faults)[]): Partial<Faults> =>
  Object.fromEntries(kinds.map((kind) => [kind, faults[kind]]));

/** What may be left out of an installation and its jobs: of each, what may be instead, the simplest first. */
function simpler({ ladder = 'local', pools = 1, regions = 1, ...options }: Options): Options[][] {
  const ladders = ladderNames.slice(0, ladderNames.indexOf(ladder));
  const shares = ['cancelled', 'forks', 'matrices', 'environments', 'failures', 'reruns'] as const;
  return [
    pools > 1 ? [{ pools: 1 }] : [],
    regions > 1 ? [{ regions: 1 }] : [],
    options.capped ? [{ capped: false }] : [],
    ladders.map((one) => ({ ladder: one })),
    options.burst ? [{ burst: false }] : [],
    ...shares.map((share) => (options[share] ? [{ [share]: 0 }] : [])),
  ];
}

/**
 * The fewest of `items` with which it still fails, as far as they are found by leaving out halves, then
 * quarters, then smaller parts (delta debugging: Zeller and Hildebrandt, 2002). With all of them it fails.
 */
export async function least<T>(items: readonly T[], fails: (some: T[]) => Promise<boolean>): Promise<T[]> {
  if (items.length > 0 && (await fails([]))) return [];
  let left = [...items];
  for (let parts = 2; left.length > 1; ) {
    const size = Math.ceil(left.length / parts);
    const rest = await firstThat(restsOf(left, size), fails);
    if (!rest && size === 1) break;
    parts = rest ? Math.max(2, parts - 1) : Math.min(left.length, parts * 2);
    left = rest ?? left;
  }
  return left;
}

async function firstThat<T>(
  choices: readonly T[],
  fails: (choice: T) => Promise<boolean>,
): Promise<T | undefined> {
  for (const choice of choices) if (await fails(choice)) return choice;
  return undefined;
}

/** All items but those from the n-th on, as many as `size`. */
const restsOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.toSpliced(n * size, size));
