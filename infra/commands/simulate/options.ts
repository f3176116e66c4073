// The command line of `simulate`.
import { parseArgs } from 'node:util';
import { type PatternName, patternNames } from '../../../shared/forecast/demand.ts';
import { nearest } from '../../../shared/policy/nearest.ts';
import { messageOf, UsageError } from '../command.ts';

export const usage = `Usage: npm run simulate -- mac [--pool <name>] [--pattern <name>] [--days <n>]
                             [--seed <n>] [--json] [--plot <file.svg>]

Simulates a month of demand for Macs against Callsheet's own planner: what it costs, and how long jobs wait,
with a host for each job, with hosts that are always on, and with Callsheet. Asks nobody, and costs nothing.

  --pool <name>     takes kinds of Macs, prices and settings from this pool; default: the one that has Macs
  --pattern <name>  ${patternNames.join(', ')}; default: all
  --days <n>        1 to 366; default: 30
  --seed <n>        chance: the same seed is the same month; default: 1
  --json            all numbers, as JSON
  --plot <file>     draws cost against waiting time, as SVG`;

const options = {
  pool: { type: 'string' },
  pattern: { type: 'string', multiple: true },
  days: { type: 'string', default: '30' },
  seed: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
  plot: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

export interface Choice {
  pool: string | undefined;
  patterns: readonly PatternName[];
  days: number;
  seed: number;
  json: boolean;
  plot: string | undefined;
}

/** What is asked for; undefined: how to ask. Throws `UsageError`. */
export function choiceOf(args: string[]): Choice | undefined {
  const { values, what } = read(args);
  if (values.help) return undefined;
  if (what !== 'mac') throw new UsageError(whatInstead(what));
  if (values.plot !== undefined && !values.plot.endsWith('.svg')) {
    throw new UsageError(`--plot takes the name of a file that ends in .svg, not '${values.plot}'`);
  }
  return {
    pool: values.pool,
    patterns: values.pattern ? [...new Set(values.pattern.map(patternNamed))] : patternNames,
    days: whole('--days', values.days, 1, 366),
    seed: whole('--seed', values.seed, 0, 4294967295),
    json: values.json,
    plot: values.plot,
  };
}

function read(args: string[]) {
  try {
    const { values, positionals } = parseArgs({ args, options, strict: true, allowPositionals: true });
    if (positionals.length > 1) throw new Error(`Name one thing to simulate, not ${positionals.length}`);
    return { values, what: positionals[0] };
  } catch (error) {
    throw new UsageError(messageOf(error).split('. ')[0]);
  }
}

const whatInstead = (what: string | undefined): string =>
  what === undefined
    ? 'say what to simulate: npm run simulate -- mac'
    : `only mac can be simulated, not '${what}'; a pool is named with --pool`;

function patternNamed(name: string): PatternName {
  const pattern = patternNames.find((one) => one === name);
  if (pattern) return pattern;
  const meant = nearest(name, patternNames);
  const remedy = meant ? `did you mean '${meant}'?` : `there are ${patternNames.join(', ')}`;
  throw new UsageError(`no pattern is called '${name}'; ${remedy}`);
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not '${text}'`);
}
