// What an idle month of an installation costs: no job, no free tier, everything that is deployed.
import * as z from 'zod/mini';
import { type Resource, resourcesOf, type Template } from './iam-template.ts';
import { cost } from './idle-prices.ts';
import { idleFaults } from './idle-resources.ts';

/** One row of a bill. */
export interface Line {
  item: string;
  /** How it is reckoned. */
  how: string;
  usd: number;
}

/** A whole number with its thousands apart. */
export const grouped = (amount: number): string => Math.round(amount).toLocaleString('en-US');

const minutes = 730 * 60;

/** Where nothing is open and five sweeps were clean, this part of the ticks still sweeps everything. */
const fullSweeps = 1 / 5;
/** A full sweep asks CodeBuild about each project and GitHub about each repository. */
const fullSweepMs = 1000;
/** The others read the table only. */
const shortSweepMs = 60;

/** Our own line at the end of a run, and the three that Lambda adds (START, END, REPORT). */
export const logBytes = 200 + 350;

/**
 * Lambda's poller of a queue keeps five connections, each of which asks for messages for 20 s.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
const pollsAMinute = 5 * 3;

/** Jobs of 400 days in history: two records each of 1 kB, and again in the index. */
const keptJobs = 10_000;
const keptGB = (keptJobs * 2 * 2) / 1_000_000;

/**
 * The bill: a row for each thing that costs, and one for all that do not. `pools`: how many the configuration
 * has. Throws when a resource is not known to be cheap at rest, and names all such.
 */
export function idleCost(templates: readonly Template[], pools: number): Line[] {
  const resources = templates.flatMap(resourcesOf);
  const faults = idleFaults(resources);
  if (faults.length > 0) throw new Error(`an idle month would cost more: ${faults.join('; ')}`);
  const numberOf = (wanted: string) => resources.filter(({ type }) => type === wanted).length;
  const alarms = numberOf('AWS::CloudWatch::Alarm');
  const sweeps = sweepsOf(resources);
  return [
    {
      item: 'Schedule that wakes the reaper',
      how: `${grouped(sweeps.ticks)} times`,
      usd: cost('scheduledRun', sweeps.ticks),
    },
    reaper(sweeps),
    polls(numberOf('AWS::Lambda::EventSourceMapping')),
    { item: 'Alarms', how: `${alarms}, on metrics that are free`, usd: cost('alarmMetricMonth', alarms) },
    reads(sweeps.ticks, pools),
    writes(sweeps.ticks),
    history,
    logs(sweeps.ticks),
    { item: 'All other resources', how: 'free, or paid by the call', usd: 0 },
  ];
}

interface Sweeps {
  /** In a month. */
  ticks: number;
  /** Of the function that sweeps. */
  memoryMiB: number;
}

const schedule = z.object({ ScheduleExpression: z.string(), Target: z.object({ Arn: z.string() }) });
const memory = z.object({ MemorySize: z.number() });

function sweepsOf(resources: readonly Resource[]): Sweeps {
  const [first, ...more] = resources.filter(({ type }) => type === 'AWS::Scheduler::Schedule');
  if (!first || more.length > 0) throw new Error('not one schedule: say in idle-cost.ts what each costs');
  const { ScheduleExpression, Target } = schedule.parse(first.properties);
  const [, every] = /^rate\((\d+) minutes?\)$/.exec(ScheduleExpression) ?? [];
  const target = resources.find(({ arn }) => arn === Target.Arn);
  if (!every || target?.type !== 'AWS::Lambda::Function')
    throw new Error(`${first.id}: say in idle-cost.ts what ${ScheduleExpression} costs there`);
  return { ticks: minutes / Number(every), memoryMiB: memory.parse(target.properties).MemorySize };
}

function reaper({ ticks, memoryMiB }: Sweeps): Line {
  const ms = ticks * (fullSweeps * fullSweepMs + (1 - fullSweeps) * shortSweepMs);
  return {
    item: 'Reaper',
    how:
      `${grouped(ticks)} runs of ${memoryMiB} MB: every fifth ${fullSweepMs / 1000} s, ` +
      `the others ${shortSweepMs} ms`,
    usd: cost('lambdaRun', ticks) + cost('lambdaGiBSecond', ((ms / 1000) * memoryMiB) / 1024),
  };
}

function polls(queues: number): Line {
  const requests = queues * pollsAMinute * minutes;
  return {
    item: "Lambda's polls of the queue",
    how: `${grouped(requests)}, ${pollsAMinute} a minute`,
    usd: cost('fifoRequest', requests),
  };
}

/** A tick reads each pool once, and a full sweep one partition more. */
function reads(ticks: number, pools: number): Line {
  const units = ticks * (pools + fullSweeps);
  return {
    item: 'Reads of the table',
    how: `${grouped(units)}: ${pools} pools at each run`,
    usd: cost('tableRead', units),
  };
}

/** What the reaper remembers while nothing happens: a few pools, repositories and deliveries. */
const memoryKb = 2;

/** A full sweep is remembered. */
function writes(ticks: number): Line {
  const units = ticks * fullSweeps * memoryKb;
  return {
    item: "Writes of the reaper's memory",
    how: `${grouped(ticks * fullSweeps)} of ${memoryKb} kB`,
    usd: cost('tableWrite', units),
  };
}

const history: Line = {
  item: 'History',
  how: `${grouped(keptJobs)} jobs of 400 days, restorable`,
  usd: cost('tableGBMonth', keptGB) + cost('tableBackupGBMonth', keptGB),
};

function logs(runs: number): Line {
  const gigabytes = (runs * logBytes) / 1e9;
  return {
    item: 'Log of the reaper',
    how: `${Math.round(gigabytes * 1000)} MB`,
    usd: cost('logGB', gigabytes) + cost('logGBMonth', gigabytes),
  };
}
