// How fast the webhook is: loading in fresh processes, a warm delivery against its floor, and its AWS calls.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { config } from '../../shared/runtime/config.ts';

const rounds = 15;
const secret = 'bench';

/** Answers SSM, DynamoDB and SQS, and keeps what was asked and when (ms). */
async function standInForAws() {
  const calls: { target: string; at: number }[] = [];
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

/** A queued job of the first project, 25 kB long; without `labels` it asks for the project's first pool. */
function queued(labels?: string[]): object {
  const project = Object.values(config.projects)[0];
  const repository = project?.repositories[0] ?? '';
  const owner = repository.split('/')[0] ?? '';
  const job = {
    id: 29679449526,
    run_id: 10723461245,
    run_attempt: 1,
    name: 'bench',
    head_sha: '3484a3fb816e0859fd6e1cea078d76385ff50625',
    labels: labels ?? config.pools[project?.pools[0] ?? '']?.labels.slice(0, 1),
    status: 'queued',
    created_at: new Date().toISOString(),
    steps: Array.from({ length: 170 }, (_, number) => ({
      name: `Step ${number} of a long build`,
      status: 'completed',
      conclusion: 'success',
      number,
      started_at: '2026-11-21T10:00:00Z',
    })),
  };
  const installation = { id: Number(config.github.installations[owner]) };
  const body = JSON.stringify({
    action: 'queued',
    repository: { full_name: repository },
    installation,
    workflow_job: job,
  });
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'workflow_job',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  return { version: '2.0', headers, body, isBase64Encoded: false };
}

/** Loads the bundle and handles one delivery. */
const single = `
import { readFileSync } from 'node:fs';
const event = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { handler } = await import('./index.mjs');
const { statusCode } = await handler(event);
process.exit(statusCode === 202 ? 0 : 1);
`;

/** Prints the CPU time (µs) of a delivery that is ignored, of the floor, and of one that is accepted. */
const warm = `
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { handler } from './index.mjs';
const [ignored, accepted] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const { body } = ignored;
const floor = async () => [createHmac('sha256', '${secret}').update(body).digest('hex'), JSON.parse(body)];
async function cost(count, work) {
  const began = process.cpuUsage();
  for (let n = 0; n < count; n += 1) await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / count;
}
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
const result = { ignored: [], floor: [], accepted: [] };
for (let round = 0; round < 12; round += 1) {
  result.floor.push(await cost(300, floor));
  result.ignored.push(await cost(300, () => handler(ignored)));
  result.accepted.push(await cost(50, () => handler(accepted)));
}
const medians = Object.entries(result).map(([name, times]) => [name, median(times.slice(2))]);
process.stderr.write(JSON.stringify(Object.fromEntries(medians)));
process.exit(0);
`;

const medians = z.object({ ignored: z.number(), floor: z.number(), accepted: z.number() });

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

/** Runs a script to its end: when it began (ms), how long it took, and what it wrote to stderr. */
async function run(folder: string, aws: string, script: string, ...files: string[]) {
  const began = performance.now();
  const child = spawn(process.execPath, [script, ...files], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: aws,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      OPEN_TABLE: 'open',
      HISTORY_TABLE: 'history',
      QUEUE_URL: `${aws}/queue.fifo`,
      WEBHOOK_SECRETS_PARAMETER: '/bench',
    },
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${said}`);
  return { began, ms: performance.now() - began, said };
}

/** Prints the webhook's figures, one line each. Throws when a delivery is not answered as expected. */
export async function benchWebhook(print: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'callsheet-bench-'));
  const aws = await standInForAws();
  try {
    await bundleFunction('functions/webhook/index.ts', folder);
    await bundleFunction('test/bench/webhook-entry.ts', join(folder, 'at-hand'));
    await writeFile(join(folder, 'bare.mjs'), '');
    await writeFile(join(folder, 'single.mjs'), single);
    await writeFile(join(folder, 'at-hand', 'single.mjs'), single);
    await writeFile(join(folder, 'warm.mjs'), warm);
    await writeFile(join(folder, 'ignored.json'), JSON.stringify(queued(['ubuntu-latest'])));
    await writeFile(join(folder, 'accepted.json'), JSON.stringify(queued()));
    await loading(folder, aws, print);
    await working(folder, aws, print);
  } finally {
    aws.close();
    await rm(folder, { recursive: true });
  }
}

type Aws = Awaited<ReturnType<typeof standInForAws>>;

async function loading(folder: string, aws: Aws, print: (line: string) => void): Promise<void> {
  const times: Record<'bare' | 'atHand' | 'read' | 'accepted', number[]> = {
    bare: [],
    atHand: [],
    read: [],
    accepted: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    times.bare.push((await run(folder, aws.url, 'bare.mjs')).ms);
    times.atHand.push((await run(folder, aws.url, 'at-hand/single.mjs', 'ignored.json')).ms);
    times.read.push((await run(folder, aws.url, 'single.mjs', 'ignored.json')).ms);
    aws.calls.length = 0;
    const { began } = await run(folder, aws.url, 'single.mjs', 'accepted.json');
    times.accepted.push((aws.calls.find(isRecording)?.at ?? Number.NaN) - began);
  }
  const bare = median(times.bare);
  const over = (list: number[]) => `bare Node + ${(median(list) - bare).toFixed(1)} ms`;
  print(`webhook: bare Node ${bare.toFixed(1)} ms (medians of ${rounds} fresh processes)`);
  print(`webhook: loaded, one delivery ignored, secret at hand: ${over(times.atHand)} (target 20)`);
  print(`webhook: loaded, one delivery ignored, secret read from SSM: ${over(times.read)}`);
  print(
    `webhook: loaded, secret read, up to the first request of recording: ${over(times.accepted)} (target 50)`,
  );
  const targets = aws.calls.filter(isRecording).map(({ target }) => target);
  print(`webhook: AWS calls to record a delivery: ${targets.length}, ${targets.join(', ')} (target 2)`);
}

const isRecording = ({ target }: { target: string }): boolean => target !== 'GetParameter';

async function working(folder: string, aws: Aws, print: (line: string) => void): Promise<void> {
  const { said } = await run(folder, aws.url, 'warm.mjs', 'ignored.json', 'accepted.json');
  const { ignored, floor, accepted } = medians.parse(JSON.parse(said));
  const ratio = `${(ignored / floor).toFixed(2)} x the floor of ${floor.toFixed(0)} µs`;
  print(`webhook: warm, 25 kB ignored: ${ratio} (target 3)`);
  print(`webhook: warm, 25 kB accepted: ${(accepted / 1000).toFixed(2)} ms of CPU (target 1)`);
}
