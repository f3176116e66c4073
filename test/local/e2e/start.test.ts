// The real `npm start`: it serves, tells its story, and Ctrl-C leaves nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { closed, listening } from '../../store/server.ts';
import { node } from '../github/stage.ts';
import { longest } from './harness.ts';
import { processesIn } from './processes.ts';
import { freePort } from './running.ts';
import { until } from './until.ts';
import { readReceipts } from './views.ts';

const program = fileURLToPath(new URL('../../../infra/local/main.ts', import.meta.url));

it('serves jobs of POST /local/jobs, tells their story, and leaves nothing at Ctrl-C', longest, async () => {
  const port = await freePort();
  const started = start(String(port));
  const { said, folder } = started;
  await until(
    () => said().includes(`Callsheet is on set: http://127.0.0.1:${port}\n`),
    'it says where it is',
  );
  const hosts = await fetch(`http://127.0.0.1:${port}/api/hosts`);
  expect(await hosts.json()).toEqual([]);
  const short = await queue(port, 'echo "a short job"');
  const long = await queue(port, 'echo "a long job"; sleep 600');
  await until(() => said().includes('serves no forks'), 'the sample of a fork is refused');
  const steps = [
    `job ${short} OpenColorIO "build" queued`,
    `runs job ${short} OpenColorIO "build"`,
    `job ${short} │ a short job`,
    `job ${short} OpenColorIO "build" success in`,
    `runs job ${long} OpenColorIO "build"`,
    `job ${long} │ a long job`,
  ];
  for (const step of steps) await until(() => said().includes(step), `it tells: ${step}`);
  expect(processesIn(folder)).not.toEqual([]);
  const newest = async () => (await readReceipts(`http://127.0.0.1:${port}`))[0];
  const isClean = async () => (await newest())?.words === 'nothing leaked so far';
  await until(isClean, 'today has a receipt so far, and it is clean');

  started.child.kill('SIGINT');
  expect(await started.ended).toBe(0);
  expect(processesIn(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  expect(said()).toContain('wrapping: builders end, folders go');
  expect(said()).not.toMatch(/^error:/m);
});

it.each(['SIGINT', 'SIGHUP'] as const)('wraps once, however often %s comes', longest, async (signal) => {
  const port = await freePort();
  const { child, ended, said, folder } = start(String(port));
  await until(() => said().includes('Callsheet is on set'), 'it is on set');
  await queue(port, "trap '' TERM HUP; echo hangs on; sleep 600");
  await until(() => said().includes('│ hangs on'), 'the job runs');

  child.kill(signal);
  await until(() => said().includes('wrapping'), 'it wraps');
  for (let more = 0; more < 3 && child.exitCode === null; more++) {
    child.kill(signal);
    await sleep(100);
  }
  expect(await ended).toBe(0);
  expect(said()).toContain('still wrapping');
  expect(processesIn(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

it('leaves nothing when it is interrupted while it starts', longest, async () => {
  const { child, ended, said, folder } = start(String(await freePort()));
  await until(() => readdirSync(folder).length > 0, 'it has a folder');
  child.kill('SIGINT');
  expect(await ended, said()).toBe(0);
  expect(processesIn(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

it('wraps when it breaks, and says why', longest, async () => {
  const fault = 'process.once("SIGUSR2", () => { void Promise.reject(new Error("a broken lamp")) })';
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(fault)}`];
  const port = await freePort();
  const { child, ended, said, folder } = start(String(port), flags);
  await until(() => said().includes('Callsheet is on set'), 'it is on set');
  await queue(port, 'echo goes on; sleep 600');
  await until(() => said().includes('│ goes on'), 'the job runs');
  child.kill('SIGUSR2');
  expect(await ended).toBe(1);
  expect(said()).toContain('callsheet: a broken lamp\n');
  expect(processesIn(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

it('wraps when nobody reads its words any more, as behind `| head`', longest, async () => {
  const { child, ended, said, folder } = start(String(await freePort()));
  await until(() => said().includes('Callsheet is on set'), 'it is on set');
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect(await ended).toBe(0);
  expect(processesIn(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

it.each(['port', '65536'])('refuses PORT=%s in words', longest, async (port) => {
  const { ended, said } = start(port);
  expect(await ended).toBe(1);
  expect(said()).toBe('callsheet: PORT must be a whole number from 1 to 65535\n');
});

it('says so when its port is taken, and leaves nothing', longest, async () => {
  const other = createServer();
  const port = await listening(other);
  const { ended, said, folder } = start(String(port));
  expect(await ended).toBe(1);
  expect(said()).toBe(
    `callsheet: cannot listen on 127.0.0.1:${port}: end the other program there, or set PORT\n`,
  );
  expect(readdirSync(folder)).toEqual([]);
  await closed(other);
});

/** Starts it with a folder of its own for all that it makes. It ends with the test. */
function start(port: string, flags: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-start-'));
  const env = { ...process.env, PORT: port, TMPDIR: folder, NO_COLOR: '1' };
  const child: ChildProcess = spawn(node, [...flags, program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  const ended = once(child, 'close').then(([status]: unknown[]) => status);
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(text);
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return { child, folder, ended, said: () => text };
}

const answered = z.object({ id: z.string() });

/** Queues a job, and answers its id. */
async function queue(port: number, run: string): Promise<string> {
  const body = JSON.stringify({ repository: 'AcademySoftwareFoundation/OpenColorIO', labels: ['gpu'], run });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}/local/jobs`, { method: 'POST', headers, body });
  expect(answer.status).toBe(201);
  return answered.parse(await answer.json()).id;
}
