// `npm run simulate`: worlds with faults, with `scale` worlds with many jobs, with `mac` the forecast of what
// Macs cost.
import { argv } from 'node:process';
import { type Io, messageOf, Problem, runCommand, UsageError } from '../../../infra/commands/command.ts';
import { simulate } from '../../../infra/commands/simulate/main.ts';
import { scale } from '../scale/main.ts';
import { simulateWorlds } from './simulate.ts';

const io: Io = { out: (line) => console.log(line), err: (line) => console.error(line) };

const [verb, ...rest] = argv.slice(2);

if (argv.includes('mac')) await runCommand(simulate);
else if (verb === 'scale') process.exitCode = await scale(rest, io).catch(told);
else process.exitCode = await simulateWorlds(argv.slice(2), io).catch(told);

/** An error that nobody expected is told with its stack: it is a bug of a world, or one that it has found. */
function told(error: unknown): number {
  const isExpected = error instanceof UsageError || error instanceof Problem;
  io.err(isExpected ? `callsheet: ${messageOf(error)}` : `callsheet: ${stackOf(error)}`);
  if (!(error instanceof UsageError)) return 1;
  io.err('See --help.');
  return 2;
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? '') : String(error));
