// A stage for the real agent script: a folder, a builder-api, and a runner program that obeys the test.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Work } from '../../shared/contract/claim.ts';
import { type Answers, type Server, serve } from './server.ts';

export const agentFolder = join(import.meta.dirname, '../../shared/agent');
export const agentScript = join(agentFolder, 'agent.sh');
export const jitConfig = Buffer.from('{".runner":"a secret"}').toString('base64');

export interface Stage {
  server: Server;
  home: string;
  /** The builder's id: no other process on this computer carries it. */
  builder: string;
  /** The proof that it is started with: no other agent has it. */
  ticket: string;
  /** Starts the agent. */
  start(env?: Record<string, string>): { pid: number; ended: Promise<number> };
  /** The work that a claim is answered with. */
  work(change?: Partial<Work>): { work: Work };
  sha256: string;
  archive: string;
  /** Text of a file in the agent's folder; '' when it is not there. */
  read(path: string): string;
  /** All that the agent has said. */
  said(): string;
  /** Processes that carry the builder's id in their environment, or its folder in their arguments. */
  processes(): number[];
}

interface Scene {
  path: string;
  /** The text of the runner's run.sh and of its worker. */
  run?: string;
  worker?: string;
  /** What is started: the agent, when absent. */
  script?: string;
  answers?: Partial<Answers>;
}

let count = 0;

/** Builds the stage, plays, and leaves nothing behind. Fails when the agent broke the claim protocol. */
export async function play(scene: Scene, test: (stage: Stage) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'callsheet-agent-'));
  const stage = await build(scene, root);
  try {
    await test(stage);
    if (stage.server.faults.length > 0) throw new Error(stage.server.faults.join('\n'));
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.stack : error}\nThe agent said:\n${stage.said()}`);
  } finally {
    for (let left = stage.processes(); left.length > 0; left = stage.processes()) left.forEach(kill);
    await stage.server.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function build({ path, run, worker, script, answers }: Scene, root: string): Promise<Stage> {
  count += 1;
  const builder = `local-test-${process.pid}-${count}`;
  const home = join(root, 'home');
  mkdirSync(home);
  const archive = packRunner(root, run ?? 'exit 0', worker ?? 'sleep 600; exit');
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const usual: Answers = {
    claim: () => stage.work(),
    job: () => ({ allow: true, notes: '' }),
    progress: () => ({ next: 'continue' }),
    finished: () => ({ next: 'shutdown' }),
  };
  const server = await serve({ ...usual, ...answers }, archive);
  const runner = { url: `${server.url}/runner.tar.gz`, sha256 };
  const env = { CALLSHEET_POOL: 'test', CALLSHEET_NOTE: 'a {b}, c:d = $(e) `f` *' };
  const stage: Stage = {
    server,
    home,
    builder,
    ticket: createHash('sha256').update(`ticket of ${builder}`).digest('hex'),
    sha256,
    archive: join(root, 'runner.tar.gz'),
    start: (more) => startAgent(script ?? agentScript, path, root, { ...settings(stage), ...more }),
    work: (change) => ({
      work: { kind: 'actions', jitConfig, runner, env, deadline: inOneHour(), ...change },
    }),
    read: (file) => textOf(join(home, file)),
    said: () => textOf(join(root, 'said')),
    processes: () => processesOf(builder, home),
  };
  return stage;
}

const inOneHour = () => Math.floor(Date.now() / 1000) + 3600;

/** Waits until `holds` answers something that is true, at most twenty seconds. */
export async function until<T>(holds: () => T | undefined | false | ''): Promise<T> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const answer = holds();
    if (answer) return answer;
    await sleep(20);
  }
  throw new Error(`never came true: ${holds}`);
}

/** What /proc says of a process, all of it at once; '' when it is gone. */
export const environmentOf = (pid: number | string): string => textOf(`/proc/${pid}/environ`);
export const argumentsOf = (pid: number | string): string => textOf(`/proc/${pid}/cmdline`);
export const allPids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const settings = ({ server, builder, home, ticket }: Stage): Record<string, string> => ({
  CALLSHEET_URL: server.url,
  CALLSHEET_BUILDER: builder,
  CALLSHEET_LAUNCH: 'test-1',
  CALLSHEET_TICKET: ticket,
  CALLSHEET_HOME: home,
  CALLSHEET_PLATFORM: 'local',
  CALLSHEET_PACE: '100',
});

function startAgent(script: string, path: string, root: string, env: Record<string, string>) {
  const said = join(root, 'said');
  const command = `exec sh '${script}' > '${said}' 2>&1`;
  const child = spawn('sh', ['-c', command], {
    env: { PATH: path, ...env },
    detached: true,
    stdio: 'ignore',
  });
  const ended = new Promise<number>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ? 128 : (code ?? 255)));
  });
  return { pid: child.pid ?? 0, ended };
}

/** Packs an archive like GitHub's with these two scripts: `<root>/runner.tar.gz`. Answers its bytes. */
export function packRunner(root: string, run: string, worker: string): Buffer {
  const folder = join(root, 'program');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const [name, text] of Object.entries({ 'run.sh': run, 'bin/Runner.Worker': worker })) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const archive = join(root, 'runner.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', folder, '.']);
  return readFileSync(archive);
}

function processesOf(builder: string, home: string): number[] {
  const mark = `CALLSHEET_BUILDER=${builder}\0`;
  return allPids()
    .filter((pid) => environmentOf(pid).includes(mark) || argumentsOf(pid).includes(home))
    .map(Number);
}

/** Ends a process without notice. One that has ended meanwhile is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
