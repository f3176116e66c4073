// From an accepted delivery to the request that starts its builder, or asks for its host: calls of AWS, and
// own time.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { type LoopbackCloud, loopbackCloud } from '../runtime/aws/cloud.ts';
import { queued } from '../runtime/aws/delivery.ts';
import { config, ec2Config, macConfig } from '../runtime/aws/installation.ts';
import { inFolder, runFresh } from './fresh.ts';
import { fillHosts } from './hosts.ts';
import { atMost, type Figure, median } from './table.ts';

const rounds = 7;
const warmJobs = 30;

/** How a cloud is asked for a builder, how much own time (ms) that may take, and what is there before. */
const clouds = {
  StartBuild: { config, warmMs: 200, coldMs: undefined, hosts: 0 },
  CreateFleet: { config: ec2Config, warmMs: 300, coldMs: 300, hosts: 0 },
  AllocateHosts: { config: macConfig, warmMs: 300, coldMs: 300, hosts: 0 },
  RunInstances: { config: macConfig, warmMs: 300, coldMs: 300, hosts: rounds + warmJobs },
} as const;

type Start = keyof typeof clouds;

/** CPU time (ms) of a process so far, its start included. */
const spent = `
const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
`;

const bare = `${spent}process.stderr.write(JSON.stringify([spent()]));`;

/**
 * Takes deliveries one by one and answers their rings at once; prints the CPU time after loading, and after
 * each job.
 */
const script = `
import { readFileSync } from 'node:fs';
${spent}
const [file] = process.argv.slice(2);
const webhook = (await import('./webhook/index.mjs')).handler;
const dispatcher = (await import('./dispatcher/index.mjs')).handler;
const marks = [spent()];
for (const event of JSON.parse(readFileSync(file, 'utf8'))) {
  const { statusCode } = await webhook(event);
  if (statusCode !== 202) process.exit(1);
  const body = JSON.stringify({ pool: 'gpu', sentAt: Date.now() });
  await dispatcher({ Records: [{ messageId: 'm', body }] });
  marks.push(spent());
}
process.stderr.write(JSON.stringify(marks));
process.exit(0);
`;

const times = z.array(z.number());

/** The figures. Throws when a job gets no builder. */
export async function benchLaunch(start: Start): Promise<Figure[]> {
  const cloud = await loopbackCloud();
  try {
    await fillHosts(cloud, clouds[start].hosts);
    return await inFolder(async (folder) => {
      for (const name of ['webhook', 'dispatcher'])
        await bundleFunction(`functions/${name}/index.ts`, join(folder, name), clouds[start].config);
      await writeFile(join(folder, 'bare.mjs'), bare);
      await writeFile(join(folder, 'serve.mjs'), script);
      return [...(await cold(folder, cloud, start)), await warm(folder, cloud, start)];
    });
  } finally {
    await cloud.close();
  }
}

/** Serves jobs in a fresh process: CPU times. */
async function serve(folder: string, cloud: LoopbackCloud, first: number, jobs: number): Promise<number[]> {
  const deliveries = Array.from({ length: jobs }, (_, index) => queued(first + index));
  await writeFile(join(folder, 'jobs.json'), JSON.stringify(deliveries));
  const { said } = await runFresh(folder, cloud.environment.AWS_ENDPOINT_URL, 'serve.mjs', 'jobs.json');
  return times.parse(JSON.parse(said));
}

/** Fresh processes with one job each. */
async function cold(folder: string, cloud: LoopbackCloud, start: Start): Promise<Figure[]> {
  const floors: number[] = [];
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { said } = await runFresh(folder, cloud.environment.AWS_ENDPOINT_URL, 'bare.mjs');
    floors.push(times.parse(JSON.parse(said))[0] ?? Number.NaN);
    cloud.calls.length = 0;
    took.push((await serve(folder, cloud, 1000 + round, 1)).at(-1) ?? Number.NaN);
  }
  const [own, floor] = [median(took), median(floors)];
  const { coldMs } = clouds[start];
  return [
    ...callsOf(cloud.calls, start),
    {
      name: 'both functions cold, in one process, to the end of the pass',
      measured: `${own.toFixed(0)} ms CPU`,
      floor: `${floor.toFixed(0)} ms`,
      against: `+ ${(own - floor).toFixed(0)} ms`,
      target: coldMs === undefined ? undefined : atMost(own - floor, coldMs, 'ms more'),
    },
  ];
}

/** What only a cold function asks. */
const lookUps = ['GetParameter', 'DescribeSubnets'];

function callsOf(all: readonly string[], start: Start): Figure[] {
  const calls = all.slice(0, all.indexOf(start) + 1);
  const accepted = calls.indexOf('SendMessage') + 1;
  const known = calls.slice(accepted).filter((call) => !lookUps.includes(call));
  return [
    {
      name: `AWS calls after the delivery is accepted, up to ${start}`,
      measured: String(known.length),
      target: atMost(known.length, 5, ''),
      parts: known.join(', '),
    },
    {
      name: 'in all, with those of the webhook and those of cold functions',
      measured: String(calls.length),
      parts: lookUps.map((call) => `${call} ${calls.filter((each) => each === call).length}`).join(', '),
    },
  ];
}

/** CPU time of both functions, all that they do after the request included. */
async function warm(folder: string, cloud: LoopbackCloud, start: Start): Promise<Figure> {
  const marks = await serve(folder, cloud, 2000, warmJobs);
  const took = marks.slice(1).map((mark, index) => mark - (marks[index] ?? Number.NaN));
  const own = median(took.slice(5));
  return {
    name: 'both functions warm, own time to the end of the pass',
    measured: `${own.toFixed(1)} ms CPU`,
    target: atMost(own, clouds[start].warmMs, 'ms'),
  };
}
