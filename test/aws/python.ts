// The programs of others that these tests use: pinned, from PyPI, in a virtual environment of our own.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const requirements = join(import.meta.dirname, 'requirements.txt');
const folder = join(import.meta.dirname, '../../node_modules/.cache/callsheet-aws');

/** Its Python: `python -m ministack` runs what is installed. */
export const python = join(folder, 'bin/python');

/** The checker of templates, which is no module that Python runs. */
export const cfnLint = join(folder, 'bin/cfn-lint');

/** Says what the environment holds; written when all of it is there. */
const seal = join(folder, 'installed.txt');

/** Makes the environment unless it is there with these very pins. Throws when Python or PyPI is missing. */
export function installPython(say: (line: string) => void): void {
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(seal) && readFileSync(seal, 'utf8') === wanted) return;
  say('test:aws installs MiniStack, moto and cfn-lint from PyPI: about half a minute');
  rmSync(folder, { recursive: true, force: true });
  run(systemPython(), ['-m', 'venv', folder], 'install the package python3-venv');
  run(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements],
    'PyPI must be reachable: see the variable PIP_INDEX_URL for a mirror',
  );
  writeFileSync(seal, wanted);
}

/** The newest of the usual names that is 3.11 or later. */
function systemPython(): string {
  const found = ['python3', 'python3.13', 'python3.12', 'python3.11'].find(isRecent);
  if (!found) throw new Error('test:aws needs Python 3.11 or later as python3: install it (Debian: python3)');
  return found;
}

function isRecent(program: string): boolean {
  try {
    const check = 'import sys; sys.exit(sys.version_info < (3, 11))';
    execFileSync(program, ['-c', check], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function run(program: string, args: string[], remedy: string): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed: ${remedy}`, { cause: error });
  }
}
