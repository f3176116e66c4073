// A private copy of the sources, in which one mutant after another is planted.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutant, mutated } from './mutant.ts';

/** What the functions, worlds and tests are made of. */
const folders = ['shared', 'functions', 'infra', 'test'];
const files = ['callsheet.config.ts', 'package.json', 'tsconfig.json', 'cdk.json', 'README.md'];

export const root = join(import.meta.dirname, '..', '..');

export interface Copy {
  folder: string;
  /** Does some work while the mutant is planted. Throws when it does not fit. */
  with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T>;
  remove(): void;
}

/** Copies the sources as they are now. The dependencies are those of the original. */
export function copySources(): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-mutants-'));
  for (const name of [...folders, ...files])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    async with(mutant, work) {
      const file = join(folder, mutant.file);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, mutated(mutant, text));
      try {
        return await work();
      } finally {
        writeFileSync(file, text);
      }
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
