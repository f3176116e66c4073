// The mutants themselves: each still fits the code, all rules have one, some are really caught.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { catchMutants } from './command.ts';
import { copySources, root } from './copy.ts';
import { type Mutant, mutated } from './mutant.ts';
import { tableOf } from './print.ts';
import { mutants } from './table.ts';

vi.setConfig({ testTimeout: 120_000 });

const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

async function run(...args: string[]) {
  const out: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => out.push(line) };
  const code = await catchMutants(args, io, () => undefined);
  return { code, out: out.join('\n') };
}

describe('the table of mutants', () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s fits the code', (_, mutant) => {
    expect(mutated(mutant, sourceOf(mutant.file))).not.toBe(sourceOf(mutant.file));
  });

  it('has each name once', () => {
    const names = mutants.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('has one for each invariant, each rule, and the parts that say how it works', () => {
    const numbers = (what: string, last: number) =>
      Array.from({ length: last }, (_, nth) => `${what} ${nth + 1}`);
    const broken = new Set<string>(mutants.map(({ breaks }) => breaks));
    const wanted = [...numbers('invariant', 11), ...numbers('rule', 25), 'section 2', 'section 5'];
    expect(wanted.filter((one) => !broken.has(one))).toEqual([]);
  });

  it('compiles with each of them', () => {
    const copy = copySources();
    onTestFinished(copy.remove);
    for (const together of layers()) {
      for (const [file, text] of together) writeFileSync(join(copy.folder, file), text);
      const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
      const args = [tsc, '--noEmit', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
      expect(spawnSync(execPath, args, { cwd: copy.folder, encoding: 'utf8' }).stdout).toBe('');
    }
  });
});

/** The sources with as many mutants at once as fit: what changes the same line comes in a later layer. */
function layers(): Map<string, string>[] {
  const all: Map<string, string>[] = [];
  let left: readonly Mutant[] = mutants;
  while (left.length > 0) {
    const layer = new Map(mutants.map(({ file }) => [file, sourceOf(file)]));
    const rest: Mutant[] = [];
    for (const mutant of left) {
      const text = layer.get(mutant.file) ?? '';
      if (text.split(mutant.from).length === 2) layer.set(mutant.file, mutated(mutant, text));
      else rest.push(mutant);
    }
    all.push(layer);
    left = rest;
  }
  return all;
}

describe('npm run mutants', () => {
  it('catches some bugs, in a world and by a test', async () => {
    const { code, out } = await run('--only', 'forged-delivery-accepted', '--only', 'one-job-too-many');
    expect(out).toMatch(/^forged-delivery-accepted +invariant 6 +\d+ +quiet, seed \d: invariant 6, /m);
    expect(out).toMatch(/^one-job-too-many +rule 6 +\d+ +test\/scheduler\/demand\.test\.ts: /m);
    expect(out).toMatch(/all 2 are caught$/);
    expect(code).toBe(0);
  });

  it('names its mutants', async () => {
    const { code, out } = await run('--list');
    expect([code, out.split('\n')]).toEqual([0, expect.objectContaining({ length: mutants.length })]);
  });

  it.each([
    [['--only', 'settled-twise'], "did you mean 'settled-twice'?"],
    [['--only', 'rain'], 'see --list'],
    [['--workers', 'all'], "--workers takes a whole number from 1 to 64, not 'all'"],
  ])('refuses %j with a remedy', async (args, words) => {
    await expect(run(...args)).rejects.toThrow(words);
  });

  it('tells what was not caught', () => {
    const [mutant] = mutants;
    const rows = mutant ? [{ mutant, outcome: { is: 'clean' as const }, seconds: 61.4 }] : [];
    expect(tableOf(rows)[1]).toMatch(/ 61 +NOT CAUGHT$/);
  });

  it('a mutant whose text is gone says what to do', () => {
    const mutant: Mutant = {
      ...{ name: 'old', breaks: 'rule 1', file: 'a.ts', from: 'x', to: 'y', catcher: { tests: 'b' } },
    };
    expect(() => mutated(mutant, 'x x')).toThrow('mutant old: a.ts has its text 2 times instead of once');
  });
});
