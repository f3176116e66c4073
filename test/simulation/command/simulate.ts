// The long run: many worlds at a time, a table of what was in them, and each failure explained.
import { writeFileSync } from 'node:fs';
import { type Io, messageOf, Problem } from '../../../infra/commands/command.ts';
import { explainFailure } from '../explained.ts';
import { runScenario } from '../scenario.ts';
import { timeline } from '../timeline.ts';
import { perform } from './crew.ts';
import type { Result } from './messages.ts';
import { type Choice, choiceOf, usage } from './options.ts';
import { progressOf } from './progress.ts';
import { add, emptyTally, type Tally, tallyLines } from './tally.ts';
import { commandOf, worldOptions } from './world.ts';

/** Failures beyond these are only named: they have mostly the same reason. */
const mostExplained = 3;

/** Answers the exit code: 0 all invariants hold, 1 some do not. Throws `UsageError`. */
export async function simulateWorlds(args: string[], io: Io): Promise<number> {
  const choice = choiceOf(args);
  switch (choice.what) {
    case 'help':
      io.out(usage);
      return 0;
    case 'one':
      return one(choice, io);
    case 'many':
      return many(choice, io);
  }
}

type One = Extract<Choice, { what: 'one' }>;
type Many = Extract<Choice, { what: 'many' }>;

async function one({ seed, kind }: One, io: Io): Promise<number> {
  const outcome = await runScenario(seed, worldOptions(seed, kind));
  for (const line of timeline(outcome)) io.out(line);
  if (outcome.violations.length === 0) {
    io.out(`seed ${seed}: all invariants hold, ${outcome.jobs} jobs, ${outcome.started} machines`);
    return 0;
  }
  await explain({ seed }, kind, io);
  return 1;
}

async function many({ seeds, kind, workers, report }: Many, io: Io): Promise<number> {
  const began = performance.now();
  const tally = emptyTally();
  const progress = progressOf(seeds.length, process.stderr, (line) => io.err(line));
  const tasks = seeds.map((seed) => ({ seed, kind }));
  try {
    await perform(tasks, workers, (result) => {
      add(tally, result);
      progress.advance(tally.failed.length);
    });
  } finally {
    progress.end();
  }
  for (const line of tallyLines(tally, performance.now() - began)) io.out(line);
  if (report !== undefined) writeReport(report, tally);
  const failed = tally.failed.toSorted((a, b) => a.seed - b.seed);
  for (const result of failed.slice(0, mostExplained)) await explain(result, kind, io);
  for (const { seed, violations } of failed.slice(mostExplained))
    io.out(`seed ${seed}: ${violations[0]} (${commandOf(seed, kind)})`);
  return failed.length === 0 ? 0 : 1;
}

async function explain({ seed }: Pick<Result, 'seed'>, kind: string | undefined, io: Io): Promise<void> {
  const command = commandOf(seed, kind);
  for (const line of await explainFailure(seed, worldOptions(seed, kind), { command })) io.out(line);
}

/** As other test runs report. Throws `Problem`. */
function writeReport(file: string, { worlds, failed }: Tally): void {
  const numFailedTests = failed.length;
  const numPassedTests = worlds - numFailedTests;
  try {
    writeFileSync(file, JSON.stringify({ numPassedTests, numFailedTests, success: numFailedTests === 0 }));
  } catch (error) {
    throw new Problem(`--report: ${file} is not written: ${messageOf(error)}`);
  }
}
