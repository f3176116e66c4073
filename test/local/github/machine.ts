// A machine for tests: a temporary folder with the runner program, and runners started from it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type Stage, until } from './stage.ts';

const offers = z.object({
  items: z.array(
    z.object({
      os: z.string(),
      architecture: z.string(),
      download_url: z.string(),
      filename: z.string(),
      sha256_checksum: z.string(),
    }),
  ),
});

export interface Running {
  process: ChildProcess;
  /** Its exit status, once it has ended. */
  ended: Promise<number | null>;
  output(): string;
}

export interface Machine {
  folder: string;
  start(config: string, env?: Record<string, string>): Running;
  /** Writes a job-started hook and answers its path. */
  hook(script: string): string;
  /** Command lines of processes that name this folder. */
  processes(): string[];
  /** Kills what is left and removes the folder. */
  close(): void;
}

/** Downloads the runner program for linux-x64, checks its hash and unpacks it. */
export async function machine(stage: Stage): Promise<Machine> {
  const listed = await stage.call(await stage.token(), 'GET /orgs/film/actions/runners/downloads');
  const offer = offers
    .parse(listed.body)
    .items.find(({ os, architecture }) => os === 'linux' && architecture === 'x64');
  if (!offer) throw new Error('no runner program for linux-x64');
  const bytes = Buffer.from(await (await fetch(offer.download_url)).arrayBuffer());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== offer.sha256_checksum) throw new Error(`the archive has another hash: ${sha256}`);
  const folder = mkdtempSync(join(tmpdir(), 'runner-'));
  execFileSync('tar', ['-xzf', '-', '-C', folder], { input: bytes });
  const started: ChildProcess[] = [];
  return {
    folder,
    start: (config, env = {}) => {
      const running = start(folder, config, env);
      started.push(running.process);
      return running;
    },
    hook: (script) => {
      const path = join(folder, 'hook.sh');
      writeFileSync(path, script);
      chmodSync(path, 0o755);
      return path;
    },
    processes: () => commandLines().filter((line) => line.includes(folder)),
    close: () => {
      for (const { pid } of started) killGroup(pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function start(folder: string, config: string, env: Record<string, string>): Running {
  let output = '';
  const child = spawn('./run.sh', {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/bin:/bin',
      RUNNER_ALLOW_RUNASROOT: '1',
      ACTIONS_RUNNER_INPUT_JITCONFIG: config,
      ...env,
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { process: child, ended, output: () => output };
}

/** Kills a process group without notice, as the loss of a machine does. */
export function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}

/** Waits until a job has ended and answers its conclusion. */
export async function conclusionOf(stage: Stage, id: string): Promise<string> {
  return until(() => stage.github.jobs().find((job) => job.id === id)?.conclusion ?? undefined);
}
