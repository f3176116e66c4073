// The command line of the long run: which worlds, how many at a time, and where the report goes.
import { availableParallelism } from 'node:os';
import { optionsOf, UsageError } from '../../../infra/commands/command.ts';
import { nearest } from '../../../shared/policy/nearest.ts';
import { isKind, kinds, kindWords } from '../kinds.ts';
import type { Faults } from '../world.ts';

export const usage = `Usage: npm run simulate -- --seeds <n> [--from <seed>] [--workers <n>] [--kind <name>]
                             [--report <file.json>]
       npm run simulate -- --seed <seed> [--kind <name>]
       npm run simulate -- scale [--help]
       npm run simulate -- mac [--help]

Runs Callsheet's real functions in worlds of simulated clouds and a simulated GitHub, in virtual time, and
looks at each step whether its invariants hold. A seed decides everything in a world. What fails is made
smaller and explained, and the exit code is 1. \`scale\` counts what thousands of jobs take, \`mac\` is the
forecast of what Macs cost.

  --seeds <n>        runs so many worlds
  --from <seed>      the first of them; default: 1
  --seed <seed>      runs this world and prints what happened in it
  --kind <name>      no faults but of this kind, and the strict bounds that hold then
  --workers <n>      so many at a time; default: one for each core
  --report <file>    writes {"numPassedTests", "numFailedTests", "success"} there, as JSON

Kinds of faults:
${kinds.map((kind) => `  ${kind.padEnd(17)}  ${kindWords[kind]}`).join('\n')}`;

const options = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  seed: { type: 'string' },
  kind: { type: 'string' },
  workers: { type: 'string' },
  report: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Kind = keyof Faults | undefined;

/** What is asked for. */
export type Choice =
  | { what: 'help' }
  | { what: 'one'; seed: number; kind: Kind }
  | { what: 'many'; seeds: number[]; kind: Kind; workers: number; report: string | undefined };

const mostSeeds = 10_000_000;
const lastSeed = 4_294_967_295;

/** Reads the command line. Throws `UsageError`. */
export function choiceOf(args: string[]): Choice {
  const values = optionsOf(args, options);
  if (values.help) return { what: 'help' };
  const kind = values.kind === undefined ? undefined : kindNamed(values.kind);
  if (values.seed !== undefined) {
    const other = (['seeds', 'from', 'workers', 'report'] as const).find(
      (name) => values[name] !== undefined,
    );
    if (other) throw new UsageError(`--seed runs one world: leave --${other} out, or write --seeds`);
    return { what: 'one', seed: whole('--seed', values.seed, 0, lastSeed), kind };
  }
  if (values.seeds === undefined)
    throw new UsageError('say what to simulate: --seeds 1000, --seed 42, or mac');
  const count = whole('--seeds', values.seeds, 1, mostSeeds);
  const from = whole('--from', values.from ?? '1', 0, lastSeed - count + 1);
  const workers = whole('--workers', values.workers ?? String(availableParallelism()), 1, 256);
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  return { what: 'many', seeds, kind, workers: Math.min(workers, count), report: values.report };
}

function kindNamed(name: string): keyof Faults {
  if (isKind(name)) return name;
  const meant = nearest(name, kinds);
  const remedy = meant ? `did you mean '${meant}'?` : `there are ${kinds.join(', ')}`;
  throw new UsageError(`no kind of fault is called '${name}'; ${remedy}`);
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not '${text}'`);
}
