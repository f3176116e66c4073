// The runner's worker: runs one job's hook and command, streams their output, reports how the job ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { insist, type Server } from './call.ts';

/** The first line of the input, from the listener. */
interface Work {
  server: Server;
  id: string;
  run: string;
  /** The command runs also after a hook that has failed. */
  always: boolean;
  repository: string;
  workFolder: string;
  /** From SIGINT to SIGTERM; a third of it from there to SIGKILL. */
  graceMs: number;
  env: Record<string, string>;
}

let work: Work | undefined;
let step: ChildProcess | undefined;
/** Why no further step may begin. */
let stopped: 'cancelled' | 'failure' | undefined;
let unsent = '';
let sending: Promise<void> | undefined;

/** Sends what there is, then what has come meanwhile. Output that cannot be sent is lost, the job is not. */
async function send({ server, id }: Work): Promise<void> {
  while (unsent) {
    const text = unsent;
    unsent = '';
    await insist(server, 'POST', `jobs/${id}/log`, text).catch(() => {});
  }
  sending = undefined;
}

function say(text: string): void {
  unsent += text;
  if (work) sending ??= send(work);
}

/** Signals everything in the step's process group. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, name);
  } catch {
    // It has ended.
  }
}

function stop(conclusion: 'cancelled' | 'failure', why: string): void {
  if (stopped) return;
  stopped = conclusion;
  say(`${why}\n`);
  const child = step;
  const graceMs = work?.graceMs ?? 0;
  if (!child) return;
  signal(child, 'SIGINT');
  setTimeout(() => signal(child, 'SIGTERM'), graceMs);
  setTimeout(() => signal(child, 'SIGKILL'), (graceMs * 4) / 3);
}

/** Runs a step in a process group of its own, of which nothing is left afterwards. Answers its status. */
function execute(args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('sh', args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    step = child;
    let status = 1;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', say);
    child.on('error', (error) => say(`${error.message}\n`));
    child.on('exit', (code) => {
      status = code ?? 1;
      signal(child, 'SIGKILL');
      // What has left the group may still hold the output.
      setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), 1000).unref();
    });
    child.on('close', () => {
      step = undefined;
      resolve(status);
    });
  });
}

/** Runs the hook, then the command. As on GitHub a hook that fails stops no step with `if: always()`. */
async function runSteps({ run, always, repository, workFolder, env: variables }: Work): Promise<string> {
  const cwd = join(workFolder, repository, repository);
  const temp = join(workFolder, '_temp');
  mkdirSync(cwd, { recursive: true });
  mkdirSync(temp, { recursive: true });
  const env = { ...process.env, ...variables, GITHUB_WORKSPACE: cwd, RUNNER_TEMP: temp };
  const hook = process.env.ACTIONS_RUNNER_HOOK_JOB_STARTED;
  let good = true;
  const perform = async (args: string[]): Promise<void> => {
    const status = await execute(args, cwd, env);
    if (status !== 0) say(`Process completed with exit code ${status}.\n`);
    good &&= status === 0;
  };
  if (hook && !stopped) {
    say(`A job started hook has been configured by the self-hosted runner administrator\n`);
    await perform([hook]);
  }
  if (!stopped && (good || always)) await perform(['-e', '-c', run]);
  return stopped ?? (good ? 'success' : 'failure');
}

async function main(given: Work): Promise<void> {
  work = given;
  const conclusion = await runSteps(given);
  await sending;
  await insist(given.server, 'POST', `jobs/${given.id}/end`, JSON.stringify({ conclusion }));
  process.exit(0);
}

const shutdown = 'The runner has received a shutdown signal.';
process.on('SIGINT', () => stop('failure', shutdown));
process.on('SIGTERM', () => stop('failure', shutdown));
const input = createInterface({ input: process.stdin });
input.on('close', () => stop('failure', 'The listener is gone.'));
input.on('line', (line) => {
  if (line === 'cancel') stop('cancelled', 'The operation was canceled.');
  else if (line === 'shutdown') stop('failure', shutdown);
  else main(JSON.parse(line)).catch(() => process.exit(1));
});
