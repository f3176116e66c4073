// The runner program's archive: packed once at the start, kept in memory.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as z from 'zod/mini';

export interface RunnerArchive {
  version: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** Hexadecimal. The same sources and Node path make the same archive. */
  sha256: string;
  /** The systems for which it is offered: it is the same file for all. */
  platforms: { os: string; architecture: string; filename: string }[];
}

const run = promisify(execFile);
const version = '2.337.0';

const source = (name: string): string => fileURLToPath(new URL(`./runner/${name}`, import.meta.url));

const programs = { 'bin/Runner.Listener': 'listener', 'bin/Runner.Worker': 'worker' };
const modules = ['call', 'listener', 'worker'];

/** In single quotes, as one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Path in the archive → content. */
async function contents(node: string): Promise<Map<string, string>> {
  const files = new Map([['run.sh', await readFile(source('run.sh'), 'utf8')]]);
  const program = await readFile(source('program.sh'), 'utf8');
  for (const [path, name] of Object.entries(programs)) {
    files.set(path, program.replace('@NODE@', () => quoted(node)).replace('@MODULE@', name));
  }
  const typed = modules.map((name) => source(`${name}.ts`));
  const strip = fileURLToPath(new URL('./strip.ts', import.meta.url));
  const { stdout } = await run(node, ['--disable-warning=ExperimentalWarning', strip, ...typed]);
  const plain = z.array(z.string()).parse(JSON.parse(stdout));
  for (const [index, name] of modules.entries()) {
    const text = (plain[index] ?? '').replaceAll(/ from '(\.\/\w+)\.ts'/g, " from '$1.mjs'");
    files.set(`bin/${name}.mjs`, text.replace('@VERSION@', version));
  }
  return files;
}

/** Packs the runner program, which will run on the given Node binary. Leaves no folder behind. */
export async function runnerArchive(node: string): Promise<RunnerArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-github-'));
  try {
    const files = await contents(node);
    await mkdir(join(folder, 'bin'));
    for (const [path, text] of files) {
      await writeFile(join(folder, path), text, { mode: 0o755 });
      await utimes(join(folder, path), 0, 0);
    }
    const { stdout } = await run('tar', ['-cf', '-', '-C', folder, ...files.keys()], { encoding: 'buffer' });
    const bytes = new Uint8Array(gzipSync(stdout));
    const platforms = ['linux', 'osx'].flatMap((os) =>
      ['x64', 'arm64'].map((architecture) => ({
        os,
        architecture,
        filename: `actions-runner-${os}-${architecture}-${version}.tar.gz`,
      })),
    );
    return { version, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), platforms };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
