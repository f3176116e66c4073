// Programs that stand in for those of a machine: small scripts in a folder that comes first in PATH.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the scripts, by name, into `<root>/stubs`, which everybody can reach. Answers a PATH with them. */
export function stubs(root: string, path: string, programs: Record<string, string>): string {
  const folder = join(root, 'stubs');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  chmodSync(root, 0o711);
  return `${folder}:${path}`;
}
