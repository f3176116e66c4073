// Why a world fails, for people: how to repeat it, the smallest world that fails so, what happened there.
import { kindsIn, kindWords } from './kinds.ts';
import { violationOf, wordsOf } from './named.ts';
import type { Options } from './options.ts';
import { type Outcome, runScenario } from './scenario.ts';
import { type Run, shrunk } from './shrink.ts';
import { timelineAbout } from './timeline.ts';

/** How a failure is explained. */
export interface Explaining {
  /** How long smaller worlds are looked for, in ms. */
  budgetMs?: number;
  /** The command that runs this world again, where there is one. */
  command?: string;
  run?: (seed: number, options: Options) => Promise<Outcome>;
}

/** Lines that explain why this world fails; none if it does not. */
export async function explainFailure(
  seed: number,
  options: Options,
  { budgetMs = 60_000, command, run: runWorld = runScenario }: Explaining = {},
): Promise<string[]> {
  const began = performance.now();
  const run: Run = (changed) => runWorld(seed, changed);
  const outcome = await run(options);
  const [line] = outcome.violations;
  if (line === undefined) return [];
  const violation = violationOf(line);
  const isOver = (): boolean => performance.now() - began > budgetMs;
  const smallest = await shrunk({ options, outcome }, violation.check, run, isOver);
  const found = smallest.outcome.violations.map(violationOf).find(({ check }) => check === violation.check);
  return [
    `seed ${seed} breaks ${wordsOf(violation)}`,
    ...outcome.violations.slice(1, 6).map((other) => `  and ${wordsOf(violationOf(other))}`),
    command ? `  repeat it: ${command}` : `  repeat it: runScenario(${seed}, ${JSON.stringify(options)})`,
    `  the smallest world found that breaks it, too: ${worldWords(smallest.options, smallest.outcome)}`,
    `  there it is: ${found?.what}`,
    ...timelineAbout(smallest.outcome, found?.what ?? '').map((text) => `    ${text}`),
  ];
}

/** A world in a line: its installation, its jobs, its faults. */
function worldWords(
  { ladder = 'local', pools = 1, foulMinutes, faults = {} }: Options,
  outcome: Outcome,
): string {
  const { queued, strikes } = outcome;
  const jobs = queued.length === 1 ? `job ${queued[0]}` : `${queued.length} jobs`;
  const kinds = kindsIn(faults).filter(
    (kind) => strikes.some((one) => one.kind === kind) || !isCounted(kind),
  );
  const few = strikes.length <= 5 ? `: ${strikes.map(({ name }) => name).join(', ')}` : '';
  const foul = foulMinutes === undefined ? '' : ` in the first ${foulMinutes} minutes`;
  const words = kinds.map((kind) => kindWords[kind]).join('; ');
  return [
    `${pools === 1 ? '1 pool' : `${pools} pools`} on ${ladder}, ${jobs}`,
    strikes.length === 0 ? 'no fault' : `faults${foul}: ${strikes.length}${few}`,
    ...(words ? [words] : []),
  ].join(', ');
}

/** Does this kind happen at some times? Others are a state of the whole world. */
const isCounted = (kind: string): boolean =>
  kind !== 'refusedScope' && kind !== 'staleBusy' && kind !== 'skew';
