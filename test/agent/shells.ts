// The shells that the agent is tried under: each plays `sh` in a folder of its own.
import { accessSync, constants, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';

/** Where a program is, or undefined. */
export function programAt(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** dash; busybox sh; bash, which is `bash --posix` when it is called sh. */
const shells = ['dash', 'busybox', 'bash'];

/** Runs a chapter of tests under each shell. `path` is a PATH on which `sh` is that shell. */
export function underEachShell(title: string, tests: (path: string) => void): void {
  for (const shell of shells) {
    const program = programAt(shell);
    const note = program ? '' : ' SKIPPED: THIS SHELL IS NOT INSTALLED';
    describe.skipIf(!program)(`${title} (${shell})${note}`, { concurrent: true, timeout: 30_000 }, () => {
      const folder = mkdtempSync(join(tmpdir(), `callsheet-${shell}-`));
      if (program) symlinkSync(program, join(folder, 'sh'));
      afterAll(() => rmSync(folder, { recursive: true, force: true }));
      tests(`${folder}:${process.env.PATH}`);
    });
  }
}
