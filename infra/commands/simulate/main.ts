// The command `simulate`: a month of demand for Macs, in virtual time, under three policies.
import { statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { comparison, type Question, type Row, rowsOf } from '../../../shared/forecast/comparison.ts';
import { type Io, type Main, messageOf, Problem } from '../command.ts';
import { table } from '../table.ts';
import { type Choice, choiceOf, usage } from './options.ts';
import { settingsOf } from './pool.ts';
import { type Progress, progressOf } from './progress.ts';
import { aboutLines, adviceLines, cellsOf } from './rows.ts';

export const simulate: Main = async (args, _environment, io, config) => {
  const choice = choiceOf(args);
  if (!choice) {
    io.out(usage);
    return 0;
  }
  const { patterns, days, seed } = choice;
  const { pool, settings } = settingsOf(config, choice.pool);
  const question = { settings, patterns, days, seed };
  if (choice.plot !== undefined) checkPlace(choice.plot);
  const rows = await answered(question, progressOf(rowsOf(question), process.stderr, io));
  if (choice.json) io.out(JSON.stringify(rows, undefined, 2));
  else {
    const lines = [aboutLines(pool, question), table(cellsOf(rows)), adviceLines(rows)];
    io.out(lines.map((some) => some.join('\n')).join('\n\n'));
  }
  await plotted(choice, rows, io);
  return 0;
};

async function answered(question: Question, progress: Progress): Promise<Row[]> {
  const rows: Row[] = [];
  try {
    for (const row of comparison(question)) {
      rows.push(row);
      progress.advance(row);
      // A signal ends the command between two months.
      await setImmediate();
    }
  } finally {
    progress.end();
  }
  return rows;
}

/** Before the months are run, which takes a while. Throws `Problem`. */
function checkPlace(plot: string): void {
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory();
  const folder = dirname(plot);
  if (!isFolder(folder)) throw new Problem(`--plot: ${folder} is no folder; make it, or name another`);
  if (isFolder(plot)) throw new Problem(`--plot: ${plot} is a folder; name a file in it`);
}

/** Draws what was asked for; the library is loaded only then. */
async function plotted({ plot }: Choice, rows: readonly Row[], io: Io): Promise<void> {
  if (plot === undefined) return;
  const { picture } = await import('./picture.ts');
  try {
    writeFileSync(plot, picture(rows));
  } catch (error) {
    throw new Problem(`--plot: ${plot} is not written: ${messageOf(error)}`);
  }
  io.err(`The plot is in ${plot}.`);
}
