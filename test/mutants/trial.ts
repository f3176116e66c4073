// A trial: worlds or tests run in a copy of the sources, in a process of their own, until something breaks.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import type { Catcher } from './mutant.ts';

/** What came of a trial: what broke, in which world or test; or nothing, and whether it came to its end. */
export type Outcome =
  | { is: 'broken'; where: string; what: string }
  | { is: 'clean' }
  | { is: 'unfinished'; why: string };

/** The longest that one may take, in ms. */
const boundMs = 90_000;

/** Tries a catcher, in a copy of the sources. */
export const tried = (folder: string, catcher: Catcher, ms = boundMs): Promise<Outcome> =>
  'worlds' in catcher
    ? triedWorlds(
        folder,
        catcher.worlds.map(({ name }) => name),
        ms,
      )
    : triedTests(folder, catcher.tests, ms);

const told = z.object({ world: z.string(), broken: z.optional(z.string()) });

/** Runs the worlds of these names. */
export async function triedWorlds(folder: string, names: readonly string[], ms: number): Promise<Outcome> {
  const ran = await run(folder, [join('test', 'mutants', 'child.ts')], JSON.stringify(names), ms);
  const results = linesOf(ran.out).map((line) => told.parse(JSON.parse(line)));
  const broken = results.find((one) => one.broken !== undefined);
  if (broken) return { is: 'broken', where: broken.world, what: broken.broken ?? '' };
  if (ran.code === 0) return { is: 'clean' };
  return { is: 'unfinished', why: `${results.length} of ${names.length} worlds ran: ${whyOf(ran)}` };
}

async function triedTests(folder: string, file: string, ms: number): Promise<Outcome> {
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--reporter=dot', file];
  const ran = await run(folder, args, '', ms);
  const failed = /^ *FAIL +(.*)$/m.exec(`${ran.out}\n${ran.err}`)?.[1];
  if (failed !== undefined) return { is: 'broken', where: file, what: failed.replace(`${file} > `, '') };
  return ran.code === 0 ? { is: 'clean' } : { is: 'unfinished', why: whyOf(ran) };
}

const linesOf = (out: string): string[] => out.split('\n').filter((line) => line.startsWith('{'));

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

const whyOf = ({ code, err }: Ran): string =>
  code === null ? 'its time was over' : (err.trim().split('\n').at(-1) ?? `exit code ${code}`);

/** Runs Node in the folder. `code`: null when it was ended since its time was over. */
async function run(folder: string, args: string[], input: string, ms: number): Promise<Ran> {
  const env = { ...process.env, NO_COLOR: '1', CI: '1' };
  const child = spawn(execPath, args, { cwd: folder, env, timeout: ms, killSignal: 'SIGKILL' });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code));
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}
