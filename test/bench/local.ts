// `npm start` from outside: from POST /local/jobs to a job's first output, and fifty jobs at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { atMost, type Figure, median } from './table.ts';

const jobsInTurn = 9;
const jobsAtOnce = 50;
const patienceMs = 120_000;
const queued = z.object({ id: z.string() });
const rows = z.array(z.object({ id: z.string(), phase: z.string(), outcome: z.nullish(z.string()) }));

/** Starts the real program, uses it as a person would, and ends it with Ctrl-C. */
export async function benchLocal(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'callsheet-bench-'));
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), TMPDIR: folder };
  const child = spawn(process.execPath, ['infra/local/main.ts'], { env, stdio: 'ignore' });
  const base = `http://127.0.0.1:${port}`;
  try {
    await settled(base, 'the sample jobs', async () => (await builders(base)).length > 0 && idle(base));
    const times = await inTurn(base);
    const burst = await atOnce(base);
    await settled(base, 'the last builder', () => idle(base));
    child.kill('SIGINT');
    await once(child, 'exit');
    return figuresOf(times, burst, (await readdir(folder)).length);
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

function figuresOf(times: number[], burst: { ms: number; good: number }, left: number): Figure[] {
  const first = median(times) / 1000;
  return [
    {
      name: 'from POST /local/jobs to the first output, median',
      measured: `${first.toFixed(2)} s`,
      target: atMost(first, 2, 's'),
    },
    {
      name: `${jobsAtOnce} jobs at once, until all have ended`,
      measured: `${(burst.ms / 1000).toFixed(1)} s`,
    },
    {
      name: 'of them not successful, or run twice; folders left after Ctrl-C',
      measured: `${jobsAtOnce - burst.good}; ${left}`,
      target: atMost(jobsAtOnce - burst.good + left, 0, ''),
    },
  ];
}

async function inTurn(base: string): Promise<number[]> {
  const times: number[] = [];
  for (let nth = 0; nth < jobsInTurn; nth += 1) {
    const began = performance.now();
    const id = await queue(base, 'echo first output');
    await settled(base, 'the first output', async () => (await logOf(base, id)).includes('first output'));
    times.push(performance.now() - began);
    await settled(base, 'the end', () => idle(base));
  }
  return times;
}

async function atOnce(base: string): Promise<{ ms: number; good: number }> {
  const began = performance.now();
  const one = (_: unknown, nth: number) => queue(base, 'echo ran', nth % 2 === 0 ? 'gpu' : 'linux-xl');
  const ids = await Promise.all(Array.from({ length: jobsAtOnce }, one));
  const mine = async () => (await jobs(base)).filter(({ id }) => ids.includes(id));
  await settled(base, 'fifty jobs', async () => (await mine()).every(({ phase }) => phase === 'done'));
  const ms = performance.now() - began;
  const successes = new Set((await mine()).filter((job) => job.outcome === 'success').map(({ id }) => id));
  const logs = await Promise.all(ids.map((id) => logOf(base, id)));
  const good = ids.filter((id, nth) => successes.has(id) && logs[nth]?.match(/^ran$/gm)?.length === 1);
  return { ms, good: good.length };
}

async function queue(base: string, run: string, label = 'gpu'): Promise<string> {
  const body = JSON.stringify({ repository: 'AcademySoftwareFoundation/OpenColorIO', labels: [label], run });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${base}/local/jobs`, { method: 'POST', headers, body });
  return queued.parse(await answer.json()).id;
}

const jobs = async (base: string) => rows.parse(await (await fetch(`${base}/api/jobs`)).json());

const builders = async (base: string) => rows.parse(await (await fetch(`${base}/api/builders`)).json());

const logOf = async (base: string, id: string): Promise<string> =>
  (await fetch(`${base}/local/jobs/${id}/log`)).text();

const idle = async (base: string): Promise<boolean> =>
  (await builders(base)).every(({ phase }) => phase === 'gone');

/** Polls until it holds; not being reached yet counts as no. */
async function settled(base: string, what: string, holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > until) throw new Error(`${base}: waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
