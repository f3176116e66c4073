// A sweep of the reaper's bundle over thousands of machines and jobs, or over hosts of Macs: its calls, its
// own time.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { bundleFunction } from '../../infra/aws/bundle.ts';
import { machineTags } from '../../shared/contract/machine.ts';
import { runnerName } from '../../shared/contract/names.ts';
import { freshBuilder } from '../../shared/operations/record.ts';
import type { Config } from '../../shared/policy/schema.ts';
import type { Item } from '../../shared/scheduler/records.ts';
import { job } from '../local/records.ts';
import { type LoopbackCloud, loopbackCloud } from '../runtime/aws/cloud.ts';
import { config, ec2Config, macConfig, project, zones } from '../runtime/aws/installation.ts';
import { inFolder, runFresh } from './fresh.ts';
import { fill, fillWorking } from './hosts.ts';
import { atMost, type Figure, median } from './table.ts';

const warmSweeps = 20;
const [ec2Region = ''] = Object.keys(zones);

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

/** What a sweep finds, and what it may take. */
interface Found {
  config: Config;
  put(cloud: LoopbackCloud): Promise<unknown>;
  mostCalls: number;
  /** At 256 MB; or of a whole core. */
  mostMs: { at256Mb: number } | { cpu: number };
  warm?: number;
}

const builds = 1000;

/** Over 1,000 builds. Throws when a sweep meets a problem. */
export const benchSweep = (): Promise<Figure[]> =>
  figuresOf({ config, put: putBuilds, mostCalls: 50, mostMs: { at256Mb: 1000 } });

const machines = 5000;

/** Over 5,000 machines of EC2 that were heard of just now, each with a job that runs. */
export const benchLargeSweep = (): Promise<Figure[]> =>
  figuresOf({ config: ec2Config, put: putMachines, mostCalls: 30, mostMs: { cpu: 2000 }, warm: 10 });

const hosts = 50;

/** Over 50 hosts of Macs, each of which runs a job. What is seen of a host is written down. */
export const benchHosts = (): Promise<Figure[]> =>
  figuresOf({
    config: macConfig,
    put: (cloud) => fillWorking(cloud, hosts),
    mostCalls: hosts + 25,
    mostMs: { at256Mb: 1000 },
  });

async function figuresOf({
  config: of,
  put,
  mostCalls,
  mostMs,
  warm = warmSweeps,
}: Found): Promise<Figure[]> {
  const cloud = await loopbackCloud();
  try {
    await put(cloud);
    return await inFolder(async (folder) => {
      await bundleFunction('functions/reaper/index.ts', join(folder, 'reaper'), of);
      await writeFile(join(folder, 'sweep.mjs'), script);
      const cold = await sweeps(folder, cloud, 1);
      const both = await sweeps(folder, cloud, 1 + warm);
      const ofOne = (all: Calls, first: Calls): Calls =>
        new Map([...all].map(([call, n]) => [call, (n - (first.get(call) ?? 0)) / warm]));
      const first = ownTime('own time of a first sweep, code being compiled', cold.took, mostMs);
      return [
        callsOf('AWS calls of a first sweep', cold.calls, mostCalls),
        callsOf('AWS calls of a later one', ofOne(both.calls, cold.calls), mostCalls),
        callsOf('GitHub calls of a later one', ofOne(both.gitHub, cold.gitHub)),
        'cpu' in mostMs ? first : { ...first, target: undefined },
        ownTime('own time of a later one', both.took.slice(1), mostMs),
      ];
    });
  } finally {
    await cloud.close();
  }
}

type Calls = ReadonlyMap<string, number>;

async function sweeps(folder: string, cloud: LoopbackCloud, n: number) {
  cloud.calls.length = 0;
  cloud.gitHubCalls.length = 0;
  const { said } = await runFresh(folder, cloud.environment.AWS_ENDPOINT_URL, 'sweep.mjs', String(n));
  const calls = counted(cloud.calls.filter((call) => call !== 'GetParameter'));
  return { took: times.parse(JSON.parse(said)), calls, gitHub: counted(cloud.gitHubCalls) };
}

const counted = (calls: readonly string[]): Calls =>
  new Map([...Map.groupBy(calls, (call) => call)].map(([call, { length }]) => [call, length]));

/** Some calls are made at some sweeps only. */
function callsOf(name: string, calls: Calls, most?: number): Figure {
  const total = [...calls.values()].reduce((sum, n) => sum + n, 0);
  const made = [...calls].filter(([, n]) => n > 0);
  const parts = made.map(([call, n]) => `${call} ${round(n)}`).join(', ');
  const target = most === undefined ? undefined : atMost(total, most, '');
  return { name, measured: round(total), target, parts };
}

const round = (n: number): string => String(Math.round(n * 10) / 10);

function ownTime(name: string, took: readonly number[], most: Found['mostMs']): Figure {
  const cpu = median(took);
  const at256Mb = cpu / share;
  const said = { name, measured: `${at256Mb.toFixed(0)} ms`, against: `${cpu.toFixed(0)} ms CPU` };
  return 'cpu' in most
    ? { ...said, target: atMost(cpu, most.cpu, 'ms CPU') }
    : { ...said, target: atMost(at256Mb, most.at256Mb, 'ms at 256 MB') };
}

/** Each build runs a job, and all of them are known. */
const putBuilds = (cloud: LoopbackCloud): Promise<void> =>
  fill(
    cloud,
    Array.from({ length: builds }, (_, index) => {
      const id = `cb-gpu-1-${index}`;
      cloud.codebuild.plant(project, { CALLSHEET_BUILDER: id, CALLSHEET_LAUNCH: 'gpu-1' });
      return working(index, { id, launch: 'gpu-1', provider: 'codebuild' });
    }).flat(),
  );

/** As they come in launches of 50. */
const putMachines = (cloud: LoopbackCloud): Promise<void> =>
  fill(
    cloud,
    Array.from({ length: machines }, (_, index) => {
      const launch = `gpu-${1 + Math.floor(index / 50)}`;
      const tags = {
        [machineTags.installation]: ec2Config.installation,
        [machineTags.pool]: 'gpu',
        [machineTags.launch]: launch,
      };
      const { id } = cloud.ec2.plant(tags, { region: ec2Region });
      return working(index, { id, launch, provider: 'ec2' });
    }).flat(),
  );

/** A builder and its job. */
function working(index: number, of: { id: string; launch: string; provider: string }): Item[] {
  const now = Date.now();
  const id = String(index);
  const runner = runnerName(config.installation, of.id, 1, 1);
  const times = { askedAt: now, claimedAt: now, readyAt: now, startedAt: now, heardAt: now };
  const known = { ...times, runner, runnerId: id, keyHash: 'f'.repeat(64), run: '77', provisionedAt: now };
  const machine = { pool: 'gpu', ...of };
  const builder = freshBuilder(machine, { rung: 0, usdPerHour: 1, queueMs: 900_000 }, now);
  const running = { phase: 'running', repository: 'film/color', runner, startedAt: now } as const;
  const seat = { project: 'color', scope: 'group/film/callsheet-color' };
  return [
    { ...builder, ...known, phase: 'ready', scope: seat.scope, job: id },
    job({ id, version: 0, ...running, queuedAt: now, heardAt: now, ...seat }),
  ];
}
