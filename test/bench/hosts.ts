// Hosts of Macs that are there when a benchmark begins: in EC2 and on record, empty, or with a machine that
// works.
import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { machineTags } from '../../shared/contract/machine.ts';
import { runnerName } from '../../shared/contract/names.ts';
import { offeringKey } from '../../shared/contract/offerings.ts';
import { inParallel } from '../../shared/operations/change.ts';
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Builder, Item, Job, Run } from '../../shared/scheduler/records.ts';
import { openTable } from '../../shared/store/dynamo.ts';
import { sdkApi } from '../../shared/store/sdk.ts';
import type { LoopbackCloud } from '../runtime/aws/cloud.ts';
import { config, zones } from '../runtime/aws/installation.ts';
import type { StandInHost } from '../stand-ins/ec2/hosts.ts';

export const pool = 'gpu';
const region = 'eu-west-1';
const [zone = ''] = zones[region];
const place = { region, zone, type: 'mac2.metal' };
const offering = offeringKey({ ...place, market: 'on-demand' });
const minute = 60_000;

/** The key of the agent on each of them. */
export const key = createHash('sha256').update('bench').digest('hex');
const keyHash = createHash('sha256').update(key).digest('hex');

/** Writes records into the table. */
export async function fill(cloud: LoopbackCloud, items: readonly Item[]): Promise<void> {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const endpoint = cloud.environment.AWS_ENDPOINT_URL;
  const client = new DynamoDBClient({ region, endpoint, credentials });
  const open = openTable(sdkApi(client), { table: 'open' });
  await inParallel(items, 20, async (item) => void (await open.put(item)));
  client.destroy();
}

/** So many hosts without a machine, paid for until tomorrow. */
export async function fillHosts(cloud: LoopbackCloud, n: number): Promise<void> {
  const items = Array.from({ length: n }, (_, index) => record(plant(cloud, `${pool}-${index + 1}`)));
  await fill(cloud, items);
}

/** So many hosts, each with a machine whose job runs, or is done. Answers the machines' records. */
export async function fillWorking(
  cloud: LoopbackCloud,
  n: number,
  phase: 'running' | 'done' = 'running',
): Promise<Builder[]> {
  const working = Array.from({ length: n }, (_, index) => {
    const host = plant(cloud, `${pool}-${2 * index + 1}`);
    const builder = start(cloud, host, `${pool}-${2 * index + 2}`);
    return { host: record(host), builder, job: jobOf(builder, phase) };
  });
  const items = working.flatMap(({ host, builder, job }): Item[] => [host, builder, job]);
  await fill(cloud, [...items, run]);
  return working.map(({ builder }) => builder);
}

const tagsOf = (launch: string): Record<string, string> => ({
  [machineTags.installation]: config.installation,
  [machineTags.pool]: pool,
  [machineTags.launch]: launch,
});

const plant = ({ ec2 }: LoopbackCloud, id: string): StandInHost => ec2.plantHost(tagsOf(id), place);

const record = ({ id: hostId, tags, machine, allocatedAt }: StandInHost): Host => ({
  kind: 'host',
  pool,
  id: tags[machineTags.launch] ?? '',
  version: 0,
  phase: 'held',
  rung: 0,
  offering,
  usdPerHour: 0.65,
  project: 'color',
  askedAt: allocatedAt,
  hostId,
  allocatedAt,
  state: 'available',
  stateSince: allocatedAt,
  seenAt: allocatedAt,
  instances: machine ? [machine.id] : [],
  unbilledMs: 0,
  served: [],
  earlier: { jobs: 0, ms: 0 },
  reservedUntil: allocatedAt + 36 * 60 * minute,
  reserved: {},
});

function start({ ec2 }: LoopbackCloud, host: StandInHost, launch: string): Builder {
  const machine = ec2.plant(tagsOf(launch), { ...place, host: host.id });
  host.machine = machine;
  const now = Date.now();
  return {
    kind: 'builder',
    pool,
    id: machine.id,
    version: 0,
    phase: 'ready',
    provider: 'mac',
    rung: 0,
    launch,
    launchedAt: now - 20 * minute,
    turn: 1,
    count: 1,
    usdPerHour: 0,
    scope: 'group/film/callsheet-color',
    project: 'color',
    job: launch.slice(pool.length + 1),
    offering,
    host: host.tags[machineTags.launch] ?? '',
    keyHash,
    runner: runnerName(config.installation, machine.id, 1, 1),
    runnerId: '9',
    askedAt: now - 12 * minute,
    claimedAt: now - 12 * minute,
    readyAt: now - 12 * minute,
    startedAt: now - 11 * minute,
    heardAt: now,
    run: run.id,
  };
}

/** All jobs are of one run, which GitHub has told about. */
const run: Run = {
  kind: 'run',
  pool,
  id: '77',
  version: 0,
  repository: 'film/color',
  event: 'push',
  trust: 'trusted',
  why: 'bench',
  askedAt: Date.now(),
};

function jobOf({ job = '', runner, startedAt = 0, scope = '' }: Builder, phase: Job['phase']): Job {
  return {
    kind: 'job',
    pool,
    id: job,
    version: 0,
    phase,
    ...(phase === 'done' && { endedAt: Date.now(), outcome: 'success' }),
    repository: 'film/color',
    project: 'color',
    scope,
    labels: ['gpu'],
    name: 'test',
    runId: run.id,
    runAttempt: 1,
    headSha: 'f'.repeat(40),
    queuedAt: startedAt - 20 * minute,
    startedAt,
    ...(runner !== undefined && { runner }),
    heardAt: Date.now(),
  };
}
