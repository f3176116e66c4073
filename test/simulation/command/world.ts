// One world of the long run: its options from its seed and kind, and what came of it.
import { isKind } from '../kinds.ts';
import { type Options, optionsOf, strictOptionsOf } from '../options.ts';
import { type Outcome, runScenario } from '../scenario.ts';
import type { Result } from './messages.ts';

/** Of a seed alone, or of one kind of fault. */
export const worldOptions = (seed: number, kind: string | undefined): Options =>
  kind !== undefined && isKind(kind) ? strictOptionsOf(seed, kind) : optionsOf(seed);

export const commandOf = (seed: number, kind: string | undefined): string =>
  `npm run simulate -- --seed ${seed}${kind === undefined ? '' : ` --kind ${kind}`}`;

export async function resultOf(seed: number, kind: string | undefined): Promise<Result> {
  const outcome = await runScenario(seed, worldOptions(seed, kind));
  const { violations, jobs, wanted, started, waits, start, end } = outcome;
  return {
    seed,
    violations,
    jobs,
    wanted,
    started,
    waits,
    faults: faultsIn(outcome),
    virtualMs: end - start,
  };
}

function faultsIn({ strikes }: Outcome): Record<string, number> {
  const faults: Record<string, number> = {};
  for (const { kind } of strikes) faults[kind] = (faults[kind] ?? 0) + 1;
  return faults;
}
