// Scripts in fresh processes, as a cold start is one, with a server that stands in for AWS.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { environmentOf } from '../runtime/aws/installation.ts';

/** The webhook's secret, and all others. */
export const secret = 'bench';

export interface StandIn {
  url: string;
  /** What was asked and when (ms). */
  calls: { target: string; at: number }[];
  close(): void;
}

/** Answers SSM, DynamoDB and SQS. */
export async function standInForAws(): Promise<StandIn> {
  const calls: StandIn['calls'] = [];
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    calls.push({ target, at: performance.now() });
    await text(request);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(target === 'GetParameter' ? { Parameter: { Value: secret } } : {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, calls, close: () => server.close() };
}

/** Does the work in a new folder, which is deleted afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'callsheet-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Runs a script to its end: when it began (ms), how long it took, and what it wrote to stderr. Throws when it
 * fails.
 */
export async function runFresh(folder: string, aws: string, script: string, ...files: string[]) {
  const began = performance.now();
  const child = spawn(process.execPath, [script, ...files], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environmentOf(aws),
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${said}`);
  return { began, ms: performance.now() - began, said };
}
