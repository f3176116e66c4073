// `npm run mutants`: are planted bugs caught? Shows how far it is on a terminal.
import { argv, stderr } from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import { messageOf, Problem, UsageError } from '../../infra/commands/command.ts';
import { type Advance, catchMutants } from './command.ts';

const bar = new SingleBar(
  { format: ' {bar} {value}/{total} {what}  {duration_formatted}', stream: stderr, clearOnComplete: true },
  Presets.shades_classic,
);

const advance: Advance = (done, of, what) => {
  if (!stderr.isTTY) return console.error(`${done} of ${of} ${what}`);
  if (done === 1) bar.start(of, 0, { what });
  bar.update(done, { what });
  if (done === of) bar.stop();
};

const io = { out: (line: string) => console.log(line), err: (line: string) => console.error(line) };

try {
  process.exitCode = await catchMutants(argv.slice(2), io, advance);
} catch (error) {
  bar.stop();
  const isExpected = error instanceof UsageError || error instanceof Problem;
  io.err(
    `callsheet: ${isExpected ? messageOf(error) : (error instanceof Error && error.stack) || String(error)}`,
  );
  if (error instanceof UsageError) io.err('See --help.');
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
