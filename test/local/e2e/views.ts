// GET /api/jobs and its siblings, read strictly as the public contract words them.
import * as z from 'zod/mini';
import type { BuilderView, HostView, JobView, ReceiptView } from '../../../shared/contract/view.ts';

const time = z.iso.datetime();
const id = z.string().check(z.minLength(1));

const job = z.strictObject({
  id,
  repository: id,
  project: id,
  name: id,
  labels: z.array(id),
  pool: id,
  phase: z.enum(['waiting', 'held', 'running', 'done']),
  outcome: z.nullable(id),
  why: z.nullable(id),
  builder: z.nullable(id),
  queuedAt: time,
  startedAt: z.nullable(time),
  endedAt: z.nullable(time),
});

const builder = z.strictObject({
  id,
  pool: id,
  provider: id,
  phase: z.enum(['booting', 'claimed', 'ready', 'busy', 'resetting', 'retiring', 'stopping', 'gone']),
  job: z.nullable(id),
  why: z.nullable(id),
  log: z.nullable(z.string()),
  launchedAt: time,
  readyAt: z.nullable(time),
  endedAt: z.nullable(time),
  usd: z.number().check(z.minimum(0)),
  offering: z.nullable(id),
  machine: z.nullable(
    z.strictObject({
      os: id,
      arch: id,
      bootSeconds: z.number().check(z.minimum(0)),
      gpus: z.array(z.strictObject({ name: id, driver: id, memoryMiB: z.number(), computeCapability: id })),
      features: z.array(id),
    }),
  ),
});

const amount = z.number().check(z.minimum(0));

const host = z.strictObject({
  id,
  pool: id,
  offering: id,
  phase: z.enum([
    'asked',
    'idle',
    'booting',
    'busy',
    'resetting',
    'cleaning',
    'unusable',
    'releasing',
    'released',
  ]),
  why: id,
  project: z.nullable(id),
  builder: z.nullable(id),
  allocatedAt: z.nullable(time),
  paidUntil: z.nullable(time),
  releaseAt: z.nullable(time),
  releasedAt: z.nullable(time),
  usdPerHour: amount,
  usd: amount,
  usdCommitted: amount,
  jobs: amount,
  usdPerJob: z.nullable(amount),
  hoursPaid: amount,
  hoursUsed: amount,
  hoursCleaning: amount,
});

const found = z.strictObject({
  kind: z.enum(['machine', 'volume', 'interface', 'host', 'registration']),
  id,
  place: z.nullable(id),
  launch: z.nullable(id),
  since: time,
  until: z.nullable(time),
  usd: amount,
  usdSoFar: amount,
  protected: z.boolean(),
});

const receipt = z.strictObject({
  day: z.iso.date(),
  isOver: z.boolean(),
  from: time,
  endedAt: z.nullable(time),
  isClean: z.boolean(),
  words: id,
  doubts: z.array(id),
  sweeps: amount,
  troubled: amount,
  longestPauseMinutes: amount,
  counts: z.record(id, amount),
  found: z.array(found),
  abstentions: z.array(
    z.strictObject({ part: id, why: id, since: time, until: z.nullable(time), times: amount }),
  ),
  more: amount,
  usd: amount,
});

/** Rejects when the service does not listen, or answers anything else. */
export const readJobs = async (url: string): Promise<JobView[]> =>
  z.array(job).parse(await read(`${url}/api/jobs`));

export const readBuilders = async (url: string): Promise<BuilderView[]> =>
  z.array(builder).parse(await read(`${url}/api/builders`));

export const readHosts = async (url: string): Promise<HostView[]> =>
  z.array(host).parse(await read(`${url}/api/hosts`));

export const readReceipts = async (url: string): Promise<ReceiptView[]> =>
  z.array(receipt).parse(await read(`${url}/api/receipts`));

async function read(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.json();
}
