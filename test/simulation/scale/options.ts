// The command line of a world of scale.
import { chosen, optionsOf, UsageError } from '../../../infra/commands/command.ts';
import type { Shape } from './demand.ts';

/** More are several days, each a world of its own. */
export const mostADay = 100_000;

const usual: Record<Shape, number> = { day: mostADay, burst: 10_000, plateau: 3300 };
const shapes = ['day', 'burst', 'plateau'] as const;

export const usage = `Usage: npm run simulate -- scale [--shape day|burst|plateau] [--jobs <n>] [--seed <n>]
                             [--into <file.json>]
       npm run simulate -- scale --draw <folder> [--from <file.json>]

Runs Callsheet's real functions for thousands of jobs, over tables that count what the real ones would do, and
prints what a job takes of AWS and GitHub, how long jobs wait, and how near the limits are.

  --shape <name>   day: a working day of CI (the default); burst: all within a minute; plateau: long jobs that
                   keep 3,000 machines alive for an hour
  --jobs <n>       default: ${shapes.map((shape) => `${shape} ${usual[shape]}`).join(', ')}; a day has at most
                   ${mostADay}: more jobs are several days, each of which begins with empty tables
  --seed <n>       default: 1
  --into <file>    adds the figures to this file
  --draw <folder>  draws what a file has, test/simulation/scale/measured.json if none is named`;

const options = {
  shape: { type: 'string', default: 'day' },
  jobs: { type: 'string' },
  seed: { type: 'string', default: '1' },
  into: { type: 'string' },
  draw: { type: 'string' },
  from: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

export type Choice =
  | { what: 'help' }
  | { what: 'draw'; folder: string; from: string | undefined }
  | { what: 'run'; shape: Shape; jobs: number; seed: number; into: string | undefined };

/** Throws `UsageError`. */
export function choiceOf(args: string[]): Choice {
  const { help, draw, from, into, ...values } = optionsOf(args, options);
  if (help) return { what: 'help' };
  if (draw !== undefined) return { what: 'draw', folder: draw, from };
  if (from !== undefined) throw new UsageError('--from says what to draw: add --draw <folder>');
  const shape = chosen('--shape', values.shape, shapes);
  const jobs = whole('--jobs', values.jobs ?? String(usual[shape]));
  return { what: 'run', shape, jobs, seed: whole('--seed', values.seed), into };
}

const most = 10_000_000;

function whole(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from 1 to ${most}, not '${text}'`);
}
