// Records facts about jobs and builders, and rings. Facts are idempotent: twice equals once.
import { builderOfRunner } from '../contract/names.ts';
import type { Config } from '../policy/schema.ts';
import { standardLimits } from '../scheduler/limits.ts';
import {
  type JobFact,
  observeForeign,
  observeGone,
  observeInterrupted,
  observeJob,
  observeProvisioned,
  type Seat,
} from '../scheduler/observe.ts';
import type { Builder, Time } from '../scheduler/records.ts';
import { change, changeRead } from './change.ts';
import type { RecordPorts } from './ports.ts';

/**
 * Records what GitHub says about a job. What has ended stays ended: a job that is created less than an hour
 * ago would still be in the open table, of an older one history is asked.
 */
export async function recordJob(ports: RecordPorts, fact: JobFact, seat: Seat): Promise<void> {
  await writeJob(ports, fact, seat);
  await ports.bell.ring(seat.pool);
}

/** `recordJob` without the ring: for those who decide anew right afterwards. */
export async function writeJob(ports: RecordPorts, fact: JobFact, seat: Seat): Promise<void> {
  const now = ports.clock.now();
  const key = { pool: seat.pool, kind: 'job', id: fact.id } as const;
  const young = now - fact.queuedAt < standardLimits.tombstoneMs - 5 * 60_000;
  if (!young && !(await ports.open.get(key.pool, key.kind, key.id))) {
    if (await ports.history.has('job', fact.id)) return;
  }
  const probablyNew = young && fact.phase === 'waiting' ? { item: undefined } : undefined;
  await change(ports.open, key, (current) => observeJob(current, fact, seat, now), probablyNew);
}

/**
 * A job whose labels are not ours names one of our runners: the builder
 * that the name spells is busy with it.
 */
export async function recordForeign(
  ports: RecordPorts,
  config: Config,
  fact: { job: string; repository: string; runner: string; endedAt?: number },
): Promise<void> {
  const id = builderOfRunner(config.installation, fact.runner);
  if (!id) return;
  for (const pool of Object.keys(config.pools)) {
    const key = { pool, kind: 'builder', id } as const;
    const builder = await change(ports.open, key, (current) => current && observeForeign(current, fact));
    if (builder) return ports.bell.ring(pool);
  }
}

/**
 * The cloud's word that a machine is no more. A machine that we never recorded gets an ended record, so
 * that a late
 * answer of its launch cannot bring it back.
 */
export async function recordGone(
  ports: RecordPorts,
  machine: { pool: string; launch: string; id: string; provider: string; why?: string; log?: string },
): Promise<void> {
  const now = ports.clock.now();
  const key = { pool: machine.pool, kind: 'builder', id: machine.id } as const;
  const known = await ports.open.get(key.pool, key.kind, key.id);
  if (!known && (await ports.history.has('builder', machine.id))) return;
  const end = (current: Builder | undefined) => {
    const gone = observeGone(current ?? unknownBuilder(machine, now), machine.why, now);
    return gone && { ...gone, log: gone.log ?? machine.log };
  };
  await change(ports.open, key, end, { item: known });
  await ports.bell.ring(machine.pool);
}

/** A machine that may be anybody's: a builder of one of these pools, if a record says so. */
export interface Candidate {
  id: string;
  pools: readonly string[];
}

/** The cloud's word that a machine cannot work any more. Answers whether that was news of a builder. */
export const recordEnded = (ports: RecordPorts, candidate: Candidate, why: string): Promise<boolean> =>
  recordIfOurs(ports, candidate, (builder) => observeGone(builder, why, ports.clock.now()));

/** The cloud's word that it takes a machine back. Answers whether that was news of a builder. */
export const recordInterrupted = (ports: RecordPorts, candidate: Candidate, at: Time): Promise<boolean> =>
  recordIfOurs(ports, candidate, (builder) => observeInterrupted(builder, at));

/** Changes the record that the machine has, and rings if that was news. Without one nothing is written. */
async function recordIfOurs(
  ports: RecordPorts,
  { id, pools }: Candidate,
  observe: (builder: Builder) => Builder | undefined,
): Promise<boolean> {
  for (const pool of pools) {
    const known = await ports.open.get(pool, 'builder', id);
    if (!known) continue;
    const after = await changeRead(ports.open, known, (current) => current && observe(current));
    const isNews = after?.version !== known.version;
    if (isNews) await ports.bell.ring(pool);
    return isNews;
  }
  return false;
}

/** The cloud's word that a machine has left its queue. Of one without a record the reaper will tell. */
export async function recordProvisioned(
  ports: Pick<RecordPorts, 'open'>,
  machine: { pool: string; id: string },
  at: number,
): Promise<void> {
  const key = { pool: machine.pool, kind: 'builder', id: machine.id } as const;
  await change(ports.open, key, (current) => current && observeProvisioned(current, at));
}

/** The record of a builder that has just been started, or found. */
export function freshBuilder(
  machine: { pool: string; launch: string; id: string; provider: string },
  launch: { rung: number; usdPerHour: number; queueMs?: number },
  at: number,
): Builder {
  const { pool, id, provider } = machine;
  const { rung, usdPerHour, queueMs } = launch;
  return {
    kind: 'builder',
    version: 0,
    pool,
    id,
    provider,
    launch: machine.launch,
    rung,
    usdPerHour,
    phase: 'booting',
    launchedAt: at,
    queueUntil: queueMs === undefined ? undefined : at + queueMs,
    turn: 1,
    count: 0,
  };
}

const unknownBuilder = (
  machine: { pool: string; launch: string; id: string; provider: string },
  now: number,
) => freshBuilder(machine, { rung: 0, usdPerHour: 0 }, now);
