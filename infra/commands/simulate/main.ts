// The command `simulate`: a month of demand for Macs, in virtual time, under three policies.
import { writeFileSync } from 'node:fs';
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
