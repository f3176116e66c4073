// What a job costs the control plane: the calls that `npm run bench` counts, at AWS's prices.
import * as z from 'zod/mini';
import { resourcesOf, type Template } from './iam-template.ts';
import { grouped, type Line, logBytes } from './idle-cost.ts';
import { cost } from './idle-prices.ts';

/** Calls for one job. */
export interface Calls {
  reads: number;
  writes: number;
  rings: number;
}

/** What the row `calls a job` of README's measurements says. Throws when there is no such row. */
export function callsIn(section: string): Calls {
  const row = /\| calls a job \| (\d+) reads, (\d+) writes, (\d+) rings/.exec(section);
  if (!row) throw new Error("README's measurements have no row 'calls a job'");
  const [reads = 0, writes = 0, rings = 0] = row.slice(1).map(Number);
  return { reads, writes, rings };
}

const jobs = 1000;
const jobMinutes = 30;
/** The jobs of the bench run for three to five minutes. */
const benchMinutes = 4;

/** A builder says each half minute that it lives: one read, one write. */
const heartbeatsAMinute = 2;
const heartbeatsMore = heartbeatsAMinute * (jobMinutes - benchMinutes);
const heartbeatSeconds = 0.03;

/** A read answers 8 KB, which may be several records; a record that is written has at most 2 KB. */
const readUnits = 2;
const writeUnits = 2;

/** Sent, received, deleted. */
const requestsARing = 3;

/** Runs of one function for a job, and the seconds that they take together. */
interface Runs {
  runs: number;
  seconds: number;
}

/**
 * Three deliveries; a pass for each ring, which waits for GitHub and CodeBuild; a claim, a hook, heartbeats
 * and an end; two events of the build, which has left the queue, and has ended.
 */
const runsOf = ({ rings }: Calls): Record<string, Runs> => ({
  webhook: { runs: 3, seconds: 0.3 },
  dispatcher: { runs: rings, seconds: rings * 1.5 },
  'builder-api': {
    runs: 3 + heartbeatsAMinute * benchMinutes + heartbeatsMore,
    seconds: 2 + heartbeatSeconds * (heartbeatsAMinute * benchMinutes + heartbeatsMore),
  },
  'cloud-events': { runs: 2, seconds: 0.2 },
});

const throughHttp = ['webhook', 'builder-api'];

/** The bill of a thousand jobs. Machines and the reaper, who come whatever there is, are no part of it. */
export function jobsCost(template: Template, calls: Calls): Line[] {
  const runs = Object.entries(runsOf(calls)).map(([name, each]) => ({
    name,
    memoryMiB: memoryOf(template, name),
    ...each,
  }));
  const sum = (of: (each: (typeof runs)[number]) => number): number =>
    jobs * runs.reduce((total, each) => total + of(each), 0);
  const all = sum((each) => each.runs);
  const gibSeconds = sum(({ seconds, memoryMiB }) => (seconds * memoryMiB) / 1024);
  const requests = sum((each) => (throughHttp.includes(each.name) ? each.runs : 0));
  const reads = jobs * (calls.reads + heartbeatsMore);
  const writes = jobs * (calls.writes + heartbeatsMore);
  return [
    { item: 'HTTP API', how: `${grouped(requests)} requests`, usd: cost('httpRequest', requests) },
    {
      item: 'Functions',
      how: `${grouped(all)} runs, ${grouped(gibSeconds)} GiB-seconds`,
      usd: cost('lambdaRun', all) + cost('lambdaGiBSecond', gibSeconds),
    },
    {
      item: 'Tables',
      how: `${grouped(reads)} reads of 8 KB, ${grouped(writes)} writes of 2 KB`,
      usd: cost('tableRead', reads * readUnits) + cost('tableWrite', writes * writeUnits),
    },
    {
      item: 'Queue',
      how: `${grouped(jobs * calls.rings)} rings, ${requestsARing} requests each`,
      usd: cost('fifoRequest', jobs * calls.rings * requestsARing),
    },
    {
      item: 'Logs',
      how: `${grouped((all * logBytes) / 1e6)} MB`,
      usd: cost('logGB', (all * logBytes) / 1e9),
    },
  ];
}

const lambda = z.object({ MemorySize: z.number() });

function memoryOf(template: Template, name: string): number {
  const found = resourcesOf(template).find(
    (each) => each.type === 'AWS::Lambda::Function' && each.name.endsWith(`-${name}`),
  );
  if (!found) throw new Error(`the template has no function ${name}`);
  return lambda.parse(found.properties).MemorySize;
}
