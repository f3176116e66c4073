// A sweep of the reaper's bundle over 1,000 builds and 1,000 jobs, or over 50 hosts of Macs: its calls, its
// own time.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { runnerName } from '../../shared/contract/names.ts';
import { freshBuilder } from '../../shared/operations/record.ts';
import type { Config } from '../../shared/policy/schema.ts';
import type { Item } from '../../shared/scheduler/records.ts';
import { job } from '../local/records.ts';
import { type LoopbackCloud, loopbackCloud } from '../runtime/aws/cloud.ts';
import { config, macConfig, project } from '../runtime/aws/installation.ts';
import { inFolder, runFresh } from './fresh.ts';
import { fill, fillWorking } from './hosts.ts';
import { atMost, type Figure, median } from './table.ts';

const size = 1000;
const warmSweeps = 20;

/**
 * Lambda gives CPU by memory: one core at 1,769 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
const share = 256 / 1769;

/** Prints the CPU time (ms) of each sweep. */
const script = `
const { handler } = await import('./reaper/index.mjs');
const took = [];
for (let left = Number(process.argv[2]); left > 0; left -= 1) {
  const began = process.cpuUsage();
  await handler();
  const { user, system } = process.cpuUsage(began);
  took.push((user + system) / 1000);
}
process.stderr.write(JSON.stringify(took));
process.exit(0);
`;

const times = z.array(z.number());

/** What a sweep finds, and how many calls of AWS it may make. */
interface Found {
  config: Config;
  put(cloud: LoopbackCloud): Promise<unknown>;
  mostCalls: number;
}

/** Over 1,000 builds. Throws when a sweep meets a problem. */
export const benchSweep = (): Promise<Figure[]> => figuresOf({ config, put: putBuilds, mostCalls: 50 });

const hosts = 50;

/** Over 50 hosts of Macs, each of which runs a job. What is seen of a host is written down. */
export const benchHosts = (): Promise<Figure[]> =>
  figuresOf({ config: macConfig, put: (cloud) => fillWorking(cloud, hosts), mostCalls: hosts + 25 });

async function figuresOf({ config: of, put, mostCalls }: Found): Promise<Figure[]> {
  const cloud = await loopbackCloud();
  try {
    await put(cloud);
    return await inFolder(async (folder) => {
      await bundleFunction('functions/reaper/index.ts', join(folder, 'reaper'), of);
      await writeFile(join(folder, 'sweep.mjs'), script);
      const cold = await sweeps(folder, cloud, 1);
      const both = await sweeps(folder, cloud, 1 + warmSweeps);
      const calls = new Map(
        [...both.calls].map(([call, n]) => [call, (n - (cold.calls.get(call) ?? 0)) / warmSweeps]),
      );
      return [
        callsOf('AWS calls of a first sweep', cold.calls, mostCalls),
        callsOf('AWS calls of a later one', calls, mostCalls),
        { ...ownTime('own time of a first sweep, code being compiled', cold.took), target: undefined },
        ownTime('own time of a later one', both.took.slice(1)),
      ];
    });
  } finally {
    await cloud.close();
  }
}

async function sweeps(folder: string, cloud: LoopbackCloud, n: number) {
  cloud.calls.length = 0;
  const { said } = await runFresh(folder, cloud.environment.AWS_ENDPOINT_URL, 'sweep.mjs', String(n));
  const calls = new Map<string, number>();
  for (const call of cloud.calls) if (call !== 'GetParameter') calls.set(call, (calls.get(call) ?? 0) + 1);
  return { took: times.parse(JSON.parse(said)), calls };
}

function callsOf(name: string, calls: ReadonlyMap<string, number>, most: number): Figure {
  const total = [...calls.values()].reduce((sum, n) => sum + n, 0);
  const parts = [...calls].map(([call, n]) => `${call} ${n}`).join(', ');
  return { name, measured: String(total), target: atMost(total, most, ''), parts };
}

function ownTime(name: string, took: readonly number[]): Figure {
  const cpu = median(took);
  return {
    name,
    measured: `${(cpu / share).toFixed(0)} ms`,
    against: `${cpu.toFixed(0)} ms CPU`,
    target: atMost(cpu / share, 1000, 'ms at 256 MB'),
  };
}

/** Each build runs a job, and all of them are known. */
async function putBuilds(cloud: LoopbackCloud): Promise<void> {
  const now = Date.now();
  const items = Array.from({ length: size }, (_, index): Item[] => {
    const id = `cb-gpu-1-${index}`;
    cloud.codebuild.plant(project, { CALLSHEET_BUILDER: id, CALLSHEET_LAUNCH: 'gpu-1' });
    const runner = runnerName(config.installation, id, 1, 1);
    const known = { runner, readyAt: now, heardAt: now, startedAt: now, provisionedAt: now };
    const machine = { pool: 'gpu', id, launch: 'gpu-1', provider: 'codebuild' };
    const builder = freshBuilder(machine, { rung: 0, usdPerHour: 1, queueMs: 900_000 }, now);
    const running = { phase: 'running', repository: 'film/color', runner, startedAt: now } as const;
    const scope = 'group/film/callsheet-color';
    return [
      { ...builder, ...known, phase: 'ready', scope, job: String(index) },
      job({
        id: String(index),
        version: 0,
        ...running,
        queuedAt: now,
        heardAt: now,
        project: 'color',
        scope,
      }),
    ];
  });
  await fill(cloud, items.flat());
}
