// The figures of a world of scale: what a job took, how long it waited, how near the limits came.
import * as z from 'zod/mini';
import { sharedPartition } from '../../../shared/scheduler/shared-records.ts';
import { cost } from '../../infra/idle-prices.ts';
import { accounts } from './counted.ts';
import { pools } from './foundation.ts';
import type { Read } from './meter.ts';
import type { Passed } from './run.ts';
import { memoryOf } from './units.ts';

const spread = z.object({ median: z.number(), most95: z.number(), most99: z.number(), longest: z.number() });
export type Spread = z.infer<typeof spread>;

const perService = z.record(z.string(), z.number());

export const figuresSchema = z.object({
  shape: z.enum(['day', 'burst', 'plateau']),
  jobs: z.number(),
  served: z.number(),
  machines: z.number(),
  mostLive: z.number(),
  /** Calls for each job, by service. */
  calls: perService,
  /** Read and write units for each job. */
  units: z.object({ read: z.number(), write: z.number() }),
  /** The worst second of one partition: of a pool, and of the one that all share. */
  worst: z.object({
    poolRead: z.number(),
    poolWrite: z.number(),
    sharedRead: z.number(),
    sharedWrite: z.number(),
  }),
  /** The largest item that all pools share, in bytes. */
  sharedBytes: z.number(),
  /** Minutes from queued to started. */
  queue: spread,
  /** The most of an installation in an hour, of configurations also in a minute; and of the App itself. */
  gitHub: z.object({
    coreHour: z.number(),
    jitHour: z.number(),
    jitMinute: z.number(),
    appHour: z.number(),
  }),
  /** Of EC2 in a minute, and functions at once. */
  ec2Minute: z.number(),
  functionsAtOnce: z.number(),
  /** Requests that API Gateway refused, by route. */
  refused: perService,
  /** US dollars for a thousand jobs, by service. */
  usd: perService,
  /** CPU of Callsheet's own code for each job, in ms, on the machine that ran the world. */
  ownCpuMs: z.number(),
  passes: z.object({ count: z.number(), ms: spread, items: z.number() }),
  sweeps: z.object({ count: z.number(), ms: spread }),
  /** What functions reported as wrong, most frequent first. */
  complaints: z.array(z.string()),
  /** Not of days: jobs that have started until the end of each minute, and machines alive then. */
  minutes: z.array(z.object({ started: z.number(), live: z.number() })),
});

export type Figures = z.infer<typeof figuresSchema>;

/** The value that a share of the sorted ones does not exceed. */
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [median = 0, most95 = 0, most99 = 0, longest = 0] = [0.5, 0.95, 0.99, 1].map((share) =>
    rounded(at(sorted, share)),
  );
  return { median, most95, most99, longest };
}

const rounded = (value: number): number => Number(value.toPrecision(4));

const services = ['DynamoDB', 'SQS', 'EC2', 'GitHub'] as const;
const functions = ['webhook', 'dispatcher', 'builder-api', 'cloud-events', 'reaper'] as const;

const sumOf = (meter: Read, names: readonly string[]): number =>
  names.reduce((all, name) => all + meter.sum(name), 0);

export function figuresOf(shape: Figures['shape'], passed: Passed): Figures {
  const { jobs, served, machines, live, meter, passes, sweeps } = passed;
  const each = (amount: number): number => rounded(amount / jobs);
  const core = accounts.map((name) => meter.peak(`core of ${name}`, 'hour'));
  const jit = (window: 'minute' | 'hour') => accounts.map((name) => meter.peak(`JIT of ${name}`, window));
  const ec2 = meter.names('EC2 ').filter((name) => name !== 'EC2 instances ended');
  const refused = meter.names('route ').filter((name) => name.endsWith(' refused'));
  return {
    ...{ shape, jobs, served, machines, mostLive: Math.max(0, ...live) },
    calls: Object.fromEntries(
      services.map((service) => [
        service,
        each(sumOf(meter, service === 'EC2' ? ec2 : meter.names(service))),
      ]),
    ),
    units: { read: each(meter.sum('read units')), write: each(meter.sum('write units')) },
    worst: worstOf(meter),
    sharedBytes: meter.most('largest shared item'),
    queue: spreadOf(passed.waits.map(({ minutes }) => minutes)),
    gitHub: {
      coreHour: Math.max(0, ...core),
      jitHour: Math.max(0, ...jit('hour')),
      jitMinute: Math.max(0, ...jit('minute')),
      appHour: meter.peak('core of app', 'hour'),
    },
    ec2Minute: Math.max(0, ...ec2.map((name) => meter.peak(name, 'minute'))),
    functionsAtOnce: meter.most('functions at once'),
    refused: Object.fromEntries(refused.map((name) => [name.split(' ')[1] ?? '', meter.sum(name)])),
    usd: billOf(meter, jobs),
    ownCpuMs: each(passed.ownCpuMs),
    passes: {
      count: passes.length,
      ms: spreadOf(passes),
      items: rounded(meter.sum('items read by dispatcher') / Math.max(1, passes.length)),
    },
    sweeps: { count: sweeps.length, ms: spreadOf(sweeps) },
    complaints: [...passed.complaints, ...failuresIn(meter)]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 12)
      .map(([what, times]) => `${times} x ${what}`),
    minutes: minutesOf(shape, passed),
  };
}

const failuresIn = (meter: Read): [string, number][] =>
  meter.names('failed ').map((name) => [name, meter.sum(name)]);

function worstOf(meter: Read): Figures['worst'] {
  const ofPools = (kind: string): number =>
    Math.max(...pools.map(({ name }) => meter.peak(`${kind} units of pool ${name}`, 'second')));
  const shared = (kind: string): number => meter.peak(`${kind} units of shared ${sharedPartition}`, 'second');
  return {
    poolRead: ofPools('read'),
    poolWrite: ofPools('write'),
    sharedRead: shared('read'),
    sharedWrite: shared('write'),
  };
}

/** US dollars for a thousand jobs: what is asked of AWS, at the prices of README's other bills. */
function billOf(meter: Read, jobs: number): Record<string, number> {
  const runs = functions.map((name) => ({
    runs: meter.sum(`run ${name}`),
    gibSeconds: ((meter.sum(`ms ${name}`) / 1000) * memoryOf(name)) / 1024,
  }));
  const all = runs.reduce((sum, each) => sum + each.runs, 0);
  const gibSeconds = runs.reduce((sum, each) => sum + each.gibSeconds, 0);
  const bill = {
    DynamoDB: cost('tableRead', meter.sum('read units')) + cost('tableWrite', meter.sum('write units')),
    Lambda: cost('lambdaRun', all) + cost('lambdaGiBSecond', gibSeconds),
    'HTTP API': cost('httpRequest', meter.sum('run webhook') + meter.sum('run builder-api')),
    SQS: cost('fifoRequest', sumOf(meter, meter.names('SQS'))),
    Logs: cost('logGB', (all * logBytes) / 1e9),
  };
  return Object.fromEntries(
    Object.entries(bill).map(([service, usd]) => [service, rounded((usd * 1000) / jobs)]),
  );
}

/** Our own line at the end of a run, and the three that Lambda adds. */
const logBytes = 550;

const minuteMs = 60_000;

function minutesOf(shape: Figures['shape'], { waits, live }: Passed): Figures['minutes'] {
  if (shape === 'day') return [];
  const ends = waits.map(({ queuedAt, minutes }) => queuedAt / minuteMs + minutes).sort((a, b) => a - b);
  let started = 0;
  return live.map((machines, minute) => {
    while ((ends[started] ?? Number.POSITIVE_INFINITY) <= minute + 1) started += 1;
    return { started, live: machines };
  });
}
