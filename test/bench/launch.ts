// From an accepted delivery to the request that starts its build: calls of AWS, and the functions' own time.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { type LoopbackCloud, loopbackCloud } from '../runtime/aws/cloud.ts';
import { config, webhookSecret } from '../runtime/aws/installation.ts';
import { delivery, sign } from '../webhook/deliveries.ts';
import { inFolder, runFresh } from './fresh.ts';
import { atMost, type Figure, median } from './table.ts';

const rounds = 7;
const warmJobs = 30;

/** Takes deliveries one by one and answers their rings at once; prints the CPU time (ms) of each job. */
const script = `
import { readFileSync } from 'node:fs';
const [file] = process.argv.slice(2);
const webhook = (await import('./webhook/index.mjs')).handler;
const dispatcher = (await import('./dispatcher/index.mjs')).handler;
const took = [];
for (const event of JSON.parse(readFileSync(file, 'utf8'))) {
  const began = process.cpuUsage();
  const { statusCode } = await webhook(event);
  if (statusCode !== 202) process.exit(1);
  const body = JSON.stringify({ pool: 'gpu', sentAt: Date.now() });
  await dispatcher({ Records: [{ messageId: 'm', body }] });
  const { user, system } = process.cpuUsage(began);
  took.push((user + system) / 1000);
}
process.stderr.write(JSON.stringify(took));
process.exit(0);
`;

const times = z.array(z.number());

/** The figures. Throws when a job gets no build. */
export async function benchLaunch(): Promise<Figure[]> {
  const starts: number[] = [];
  const cloud = await loopbackCloud((call) => {
    if (call === 'StartBuild') starts.push(performance.now());
  });
  try {
    return await inFolder(async (folder) => {
      for (const name of ['webhook', 'dispatcher'])
        await bundleFunction(`functions/${name}/index.ts`, join(folder, name), config);
      await writeFile(join(folder, 'bare.mjs'), '');
      await writeFile(join(folder, 'serve.mjs'), script);
      return [...(await cold(folder, cloud, starts)), await warm(folder, cloud)];
    });
  } finally {
    await cloud.close();
  }
}

/** Fresh processes with one job each, up to the moment at which the request for its build arrives. */
async function cold(folder: string, cloud: LoopbackCloud, starts: number[]): Promise<Figure[]> {
  const bare: number[] = [];
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await writeFile(join(folder, 'one.json'), JSON.stringify([queued(1000 + round)]));
    bare.push((await runFresh(folder, cloud.environment.AWS_ENDPOINT_URL, 'bare.mjs')).ms);
    cloud.calls.length = 0;
    const { began } = await runFresh(folder, cloud.environment.AWS_ENDPOINT_URL, 'serve.mjs', 'one.json');
    took.push((starts.at(-1) ?? Number.NaN) - began);
  }
  const calls = cloud.calls.slice(0, cloud.calls.indexOf('StartBuild') + 1);
  const accepted = calls.indexOf('SendMessage') + 1;
  const known = calls.slice(accepted).filter((call) => call !== 'GetParameter');
  const secrets = calls.filter((call) => call === 'GetParameter');
  const [own, floor] = [median(took), median(bare)];
  return [
    {
      name: 'AWS calls after the delivery is accepted, secrets known',
      measured: String(known.length),
      target: atMost(known.length, 5, ''),
      parts: known.join(', '),
    },
    { name: 'secrets read by cold functions', measured: String(secrets.length) },
    {
      name: 'both functions cold, in one process, up to StartBuild',
      measured: `${own.toFixed(0)} ms`,
      floor: `${floor.toFixed(0)} ms`,
      against: `+ ${(own - floor).toFixed(0)} ms`,
    },
  ];
}

/** CPU time of both functions, all that they do after StartBuild included. */
async function warm(folder: string, cloud: LoopbackCloud): Promise<Figure> {
  const deliveries = Array.from({ length: warmJobs }, (_, index) => queued(2000 + index));
  await writeFile(join(folder, 'many.json'), JSON.stringify(deliveries));
  const aws = cloud.environment.AWS_ENDPOINT_URL;
  const { said } = await runFresh(folder, aws, 'serve.mjs', 'many.json');
  const own = median(times.parse(JSON.parse(said)).slice(5));
  return {
    name: 'both functions warm, own time to the end of the pass',
    measured: `${own.toFixed(1)} ms CPU`,
    target: atMost(own, 200, 'ms'),
  };
}

function queued(id: number) {
  const event = delivery('workflow_job', {
    action: 'queued',
    repository: { full_name: 'film/color', private: false },
    installation: { id: Number(config.github.installations.film) },
    workflow_job: {
      id,
      run_id: id,
      name: 'bench',
      head_sha: 'f'.repeat(40),
      labels: ['gpu'],
      created_at: new Date().toISOString(),
    },
  });
  event.headers['x-hub-signature-256'] = sign(event.body ?? '', webhookSecret);
  return event;
}
