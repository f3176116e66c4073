// One agent on this computer: a process group of its own in a folder of its own, started, and ended whole.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type Process, processesOf, processOf, signal } from './processes.ts';
import { ifThere } from './records.ts';

/** How long an agent that is asked to end may take, in ms. */
const graceMs = 5000;

/** How long processes that are killed may take to be gone, in ms. */
const killMs = 5000;

/** How much of an agent's log is kept when it ends, in bytes: the limit of the claim protocol. */
const logBytes = 4096;

/** Starts `sh <script>`, which outlives this process. Throws when it cannot be started. */
export async function startAgent(
  script: string,
  home: string,
  env: Record<string, string>,
): Promise<{ child: ChildProcess; agent: Process }> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const log = openSync(join(home, 'agent.log'), 'a', 0o600);
  try {
    const child = spawn('sh', [script], { cwd: home, env, detached: true, stdio: ['ignore', log, log] });
    child.unref();
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    return { child, agent: processOf(pid) ?? { pid, start: 'ended' } };
  } finally {
    closeSync(log);
  }
}

/** Ends everything of a builder, then removes its folder. Nothing there is success. Throws if any stays. */
export async function endAgent(
  builder: string,
  home: string,
  agent: Process | undefined,
  pace: number,
): Promise<void> {
  if (agent) await endGroup(agent, pace);
  // What has left the group, and what that starts while it is looked for.
  const until = Date.now() + killMs;
  for (let left = processesOf(home); left.length > 0; left = processesOf(home)) {
    if (Date.now() > until) throw new Error(`${builder}: process ${left[0]?.pid} cannot be killed`);
    for (const each of left) signal(each, 'SIGKILL');
    await sleep(10);
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

async function endGroup(agent: Process, pace: number): Promise<void> {
  signal(agent, 'SIGTERM', 'group');
  const until = Date.now() + graceMs / pace;
  while (isAlive(agent) && Date.now() < until) await sleep(20);
  signal(agent, 'SIGKILL', 'group');
}

/** Waits until the agent has exited, and says how. */
export async function exitOf(child: ChildProcess): Promise<string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ? `was ended by ${child.signalCode}` : `exited with ${child.exitCode}`;
}

/** The end of what an agent has said, for people who ask why it ended. */
export const endOfLog = (home: string): string =>
  ifThere(() => readFileSync(join(home, 'agent.log')))
    ?.subarray(-logBytes)
    .toString('utf8') ?? '';
