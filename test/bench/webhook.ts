// How fast the webhook is: loading in fresh processes, a warm delivery against its floor, and its AWS calls.
import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { config } from '../../shared/runtime/config.ts';
import { inFolder, runFresh, type StandIn, secret, standInForAws } from './fresh.ts';
import { atMost, type Figure, loaded } from './table.ts';

const rounds = 15;

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

/** The floor: bare Node that is given the same delivery and answers 202 to everything. */
const bare = 'export const handler = async () => ({ statusCode: 202 });';

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
  result.floor.push(await cost(1000, floor));
  result.ignored.push(await cost(1000, () => handler(ignored)));
  result.accepted.push(await cost(150, () => handler(accepted)));
}
const medians = Object.entries(result).map(([name, times]) => [name, median(times.slice(2))]);
process.stderr.write(JSON.stringify(Object.fromEntries(medians)));
process.exit(0);
`;

const medians = z.object({ ignored: z.number(), floor: z.number(), accepted: z.number() });

/** The webhook's figures. Throws when a delivery is not answered as expected. */
export async function benchWebhook(): Promise<Figure[]> {
  const aws = await standInForAws();
  try {
    return await inFolder(async (folder) => {
      await bundleFunction('functions/webhook/index.ts', folder);
      await bundleFunction('test/bench/webhook-entry.ts', join(folder, 'at-hand'));
      await mkdir(join(folder, 'bare'));
      await writeFile(join(folder, 'bare', 'index.mjs'), bare);
      await writeFile(join(folder, 'bare', 'single.mjs'), single);
      await writeFile(join(folder, 'single.mjs'), single);
      await writeFile(join(folder, 'at-hand', 'single.mjs'), single);
      await writeFile(join(folder, 'warm.mjs'), warm);
      await writeFile(join(folder, 'ignored.json'), JSON.stringify(queued(['ubuntu-latest'])));
      await writeFile(join(folder, 'accepted.json'), JSON.stringify(queued()));
      return [...(await loading(folder, aws)), ...(await working(folder, aws))];
    });
  } finally {
    aws.close();
  }
}

async function loading(folder: string, aws: StandIn): Promise<Figure[]> {
  const times: Record<'bare' | 'atHand' | 'read' | 'accepted', number[]> = {
    bare: [],
    atHand: [],
    read: [],
    accepted: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    times.bare.push((await runFresh(folder, aws.url, 'bare/single.mjs', 'ignored.json')).ms);
    times.atHand.push((await runFresh(folder, aws.url, 'at-hand/single.mjs', 'ignored.json')).ms);
    times.read.push((await runFresh(folder, aws.url, 'single.mjs', 'ignored.json')).ms);
    aws.calls.length = 0;
    const { began } = await runFresh(folder, aws.url, 'single.mjs', 'accepted.json');
    times.accepted.push((aws.calls.find(isRecording)?.at ?? Number.NaN) - began);
  }
  const targets = aws.calls.filter(isRecording).map(({ target }) => target);
  return [
    loaded('loaded, one delivery ignored, secret at hand', times.atHand, times.bare, 20),
    loaded('loaded, one delivery ignored, secret read from SSM', times.read, times.bare),
    loaded('loaded, secret read, up to the first request', times.accepted, times.bare, 50),
    {
      name: `AWS calls to record one: ${targets.join(', ')}`,
      measured: String(targets.length),
      target: atMost(targets.length, 2, 'calls'),
    },
  ];
}

const isRecording = ({ target }: { target: string }): boolean => target !== 'GetParameter';

async function working(folder: string, aws: StandIn): Promise<Figure[]> {
  const { said } = await runFresh(folder, aws.url, 'warm.mjs', 'ignored.json', 'accepted.json');
  const { ignored, floor, accepted } = medians.parse(JSON.parse(said));
  const warmOne = (name: string, took: number): Figure => ({
    name,
    measured: `${took.toFixed(0)} µs CPU`,
    floor: `${floor.toFixed(0)} µs`,
    against: `× ${(took / floor).toFixed(2)}`,
  });
  return [
    { ...warmOne('warm, 25 kB ignored', ignored), target: atMost(ignored / floor, 3, '× floor') },
    { ...warmOne('warm, 25 kB accepted', accepted), target: atMost(accepted / 1000, 1, 'ms') },
  ];
}
