// The shells that the agent is tried under: each plays `sh` in a folder of its own.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, it, vi } from 'vitest';
import { programAt } from './programs.ts';

export { programAt } from './programs.ts';

function shell(name: string) {
  const program = programAt(name);
  const folder = mkdtempSync(join(tmpdir(), `callsheet-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  if (program) symlinkSync(program, join(folder, 'sh'));
  return {
    name: program ? name : `${name}: SKIPPED, THIS SHELL IS NOT INSTALLED`,
    /** A PATH on which `sh` is this shell. */
    path: `${folder}:${process.env.PATH}`,
    /** A test that is left out when the shell is missing. */
    test: it.skipIf(!program),
  };
}

/** dash; busybox sh; bash, which is `bash --posix` when it is called sh. */
export const shells = ['dash', 'busybox', 'bash'].map(shell);

/** For chapters of agents: they mostly wait, so they do it together. */
vi.setConfig({ maxConcurrency: 10 });
export const together = { concurrent: true, timeout: 30_000 } as const;
