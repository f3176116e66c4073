// The command line of the mutants: first the same trials without a mutant, then one mutant after another.
import { availableParallelism } from 'node:os';
import { type Io, optionsOf, Problem, UsageError } from '../../infra/commands/command.ts';
import { nearest } from '../../shared/policy/nearest.ts';
import { type Copy, copySources } from './copy.ts';
import type { Mutant } from './mutant.ts';
import { type Row, tableOf } from './print.ts';
import { mutants } from './table.ts';
import { type Outcome, tried, triedWorlds } from './trial.ts';

export const usage = `Usage: npm run mutants [-- --only <name>]… [--workers <n>] [--list]

Plants bugs into a copy of Callsheet, one at a time: at least one for each invariant and each rule of its
design. Runs simulated worlds, or tests where no world can see it, until one of them breaks. Before that the
same worlds and tests run without a mutant, and must be clean. The exit code is 1 when one is not caught.

  --only <name>    this mutant; may be given several times
  --workers <n>    so many at a time; default: one for each core
  --list           names the mutants, and what each of them breaks`;

const options = {
  only: { type: 'string', multiple: true },
  workers: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Hears that one more trial has ended. */
export type Advance = (done: number, of: number, what: string) => void;

/**
 * Answers the exit code. Throws `UsageError`, and `Problem` when a mutant does not fit, or something is
 * broken without one.
 */
export async function catchMutants(args: string[], io: Io, advance: Advance): Promise<number> {
  const { only, workers, list, help } = optionsOf(args, options);
  if (help) io.out(usage);
  if (help) return 0;
  const chosen = only ? only.map(named) : mutants;
  if (list) for (const { name, breaks, file } of chosen) io.out(`${name}: ${breaks}, in ${file}`);
  if (list) return 0;
  const copies = Array.from({ length: widthOf(workers) }, copySources);
  try {
    for (const mutant of chosen) await copies[0]?.with(mutant, async () => undefined);
    await provenClean(copies, chosen, advance);
    const rows = await tryAll(copies, chosen, advance);
    for (const line of tableOf(rows)) io.out(line);
    const left = rows.filter(({ outcome }) => outcome.is !== 'broken').length;
    io.out(left === 0 ? `all ${rows.length} are caught` : `${left} of ${rows.length} are NOT CAUGHT`);
    return left === 0 ? 0 : 1;
  } finally {
    for (const copy of copies) copy.remove();
  }
}

function named(name: string): Mutant {
  const names = mutants.map((mutant) => mutant.name);
  const found = mutants.find((mutant) => mutant.name === name);
  if (found) return found;
  const meant = nearest(name, names);
  throw new UsageError(`no mutant is called '${name}'; ${meant ? `did you mean '${meant}'?` : 'see --list'}`);
}

function widthOf(workers: string | undefined): number {
  if (workers === undefined) return availableParallelism();
  const width = Number(workers);
  if (/^\d+$/.test(workers) && width >= 1 && width <= 64) return width;
  throw new UsageError(`--workers takes a whole number from 1 to 64, not '${workers}'`);
}

/** Worlds of one child process that shall be clean: small, so that none of the copies has to wait. */
const perChild = 12;
const cleanMs = 300_000;

/** Without a mutant nothing may break: else what is caught would say nothing. */
async function provenClean(
  copies: readonly Copy[],
  chosen: readonly Mutant[],
  advance: Advance,
): Promise<void> {
  const catchers = chosen.map(({ catcher }) => catcher);
  const worlds = new Set(
    catchers.flatMap((one) => ('worlds' in one ? one.worlds : [])).map(({ name }) => name),
  );
  const tests = new Set(catchers.flatMap((one) => ('tests' in one ? one.tests : [])));
  const trials = [
    ...parts([...worlds], perChild).map((names) => (folder: string) => triedWorlds(folder, names, cleanMs)),
    ...[...tests].map((file) => (folder: string) => tried(folder, { tests: file }, cleanMs)),
  ];
  let done = 0;
  await share(copies, trials, async ({ folder }, trial) => {
    const outcome = await trial(folder);
    if (outcome.is === 'broken')
      throw new Problem(`without a mutant: ${outcome.where}: ${outcome.what}: mend that first`);
    if (outcome.is === 'unfinished') throw new Problem(`without a mutant: ${outcome.why}: mend that first`);
    done += 1;
    advance(done, trials.length, 'clean');
  });
}

const parts = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, nth) => all.slice(nth * size, (nth + 1) * size));

/** Answers the rows in the order of the mutants. */
async function tryAll(copies: readonly Copy[], chosen: readonly Mutant[], advance: Advance): Promise<Row[]> {
  const rows = new Map<Mutant, Row>();
  await share(copies, chosen, async (copy, mutant) => {
    const began = performance.now();
    const outcome: Outcome = await copy.with(mutant, () => tried(copy.folder, mutant.catcher));
    rows.set(mutant, { mutant, outcome, seconds: (performance.now() - began) / 1000 });
    advance(rows.size, chosen.length, 'mutants');
  });
  return chosen.flatMap((mutant) => rows.get(mutant) ?? []);
}

/** Each copy takes the next item as soon as it has done with one. The first error ends all. */
async function share<T>(
  copies: readonly Copy[],
  items: readonly T[],
  work: (copy: Copy, item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await Promise.all(
    copies.map(async (copy) => {
      for (const item of left) await work(copy, item);
    }),
  );
}
