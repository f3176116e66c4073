// `npm run simulate -- scale`: runs a world of scale and prints its figures, or draws those that were kept.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import * as z from 'zod/mini';
import type { Io } from '../../../infra/commands/command.ts';
import { table } from '../../../infra/commands/table.ts';
import { type Figures, figuresOf, figuresSchema } from './figures.ts';
import { together } from './meter.ts';
import { type Choice, choiceOf, mostADay, usage } from './options.ts';
import { burst, growth } from './picture.ts';
import { rowsOf } from './rows.ts';
import { type Passed, runScale } from './run.ts';

/** What README shows. */
export const measured = join(import.meta.dirname, 'measured.json');

/** Answers the exit code. Throws `UsageError`. */
export async function scale(args: string[], io: Io): Promise<number> {
  const choice = choiceOf(args);
  switch (choice.what) {
    case 'help':
      io.out(usage);
      return 0;
    case 'draw':
      draw(choice.folder, figuresIn(choice.from ?? measured));
      return 0;
    case 'run':
      return run(choice, io);
  }
}

async function run({ shape, jobs, seed, into }: Extract<Choice, { what: 'run' }>, io: Io): Promise<number> {
  const told = progressOf(jobs, io);
  const passed: Passed[] = [];
  for (let left = jobs; left > 0; left -= mostADay) {
    const before = jobs - left;
    const settings = { shape, jobs: Math.min(left, shape === 'day' ? mostADay : jobs) };
    const progress = (served: number): void => told.at(before + served);
    passed.push(await runScale({ ...settings, seed: seed + passed.length, progress }));
    if (shape !== 'day') break;
  }
  told.end();
  const figures = figuresOf(shape, joined(passed));
  for (const line of table(rowsOf([figures]))) io.out(line);
  for (const complaint of figures.complaints) io.out(`  ${complaint}`);
  const broken = passed.flatMap(({ violations }) => violations);
  for (const what of broken.slice(0, 10)) io.out(`BROKEN: ${what}`);
  if (into !== undefined) {
    const others = existsSync(into) ? figuresIn(into) : [];
    const kept = others.filter((one) => one.shape !== shape || one.jobs !== jobs);
    const all = [...kept, figures].sort((a, b) => orderOf(a) - orderOf(b) || a.jobs - b.jobs);
    writeFileSync(into, `${JSON.stringify(all, null, 2)}\n`);
  }
  return figures.served === jobs && broken.length === 0 ? 0 : 1;
}

/** Days come first, then the plateau, then bursts. */
const orderOf = ({ shape }: Figures): number => ['day', 'plateau', 'burst'].indexOf(shape);

export const figuresIn = (file: string): Figures[] =>
  z.array(figuresSchema).parse(JSON.parse(readFileSync(file, 'utf8')));

function draw(folder: string, figures: readonly Figures[]): void {
  const days = figures.filter(({ shape }) => shape === 'day');
  writeFileSync(join(folder, 'scale-growth.svg'), growth(days));
  const [largest] = figures.filter(({ shape }) => shape === 'burst').toReversed();
  if (largest) writeFileSync(join(folder, 'scale-burst.svg'), burst(largest));
}

/** Days that were each a world of its own. */
const joined = (all: readonly Passed[]): Passed => ({
  jobs: sum(all, ({ jobs }) => jobs),
  served: sum(all, ({ served }) => served),
  machines: sum(all, ({ machines }) => machines),
  waits: all.flatMap(({ waits }) => waits),
  live: all.flatMap(({ live }) => live),
  meter: together(all.map(({ meter }) => meter)),
  passes: all.flatMap(({ passes }) => passes),
  sweeps: all.flatMap(({ sweeps }) => sweeps),
  complaints: new Map(all.flatMap(({ complaints }) => [...complaints])),
  violations: all.flatMap(({ violations }) => violations),
  virtualMs: sum(all, ({ virtualMs }) => virtualMs),
  ownCpuMs: sum(all, ({ ownCpuMs }) => ownCpuMs),
});

const sum = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((total, one) => total + of(one), 0);

/** A bar on a terminal, else a line for each twentieth. */
function progressOf(jobs: number, io: Io): { at(served: number): void; end(): void } {
  if (process.stderr.isTTY) {
    const format = ' {bar} {value}/{total} jobs served  {eta_formatted} left';
    const bar = new SingleBar({ format, clearOnComplete: true }, Presets.shades_classic);
    bar.start(jobs, 0);
    return { at: (served) => bar.update(served), end: () => bar.stop() };
  }
  let told = 0;
  return {
    at(served) {
      if (served < told + jobs / 20) return;
      told = served;
      io.err(`${served} of ${jobs} jobs served`);
    },
    end: () => undefined,
  };
}
