// Records as people see them: jobs and builders, open and ended, newest first. Pure.
import { builderOfRunner } from '../contract/names.ts';
import type { BuilderView, JobView, MachineView } from '../contract/view.ts';
import type { MacRung } from '../policy/config.ts';
import type { Host } from '../scheduler/host-records.ts';
import type { Builder, Item, Job, PoolState, Time } from '../scheduler/records.ts';

/** What is known: the open table, pool by pool, and what history answered. */
export interface Known {
  installation: string;
  states: readonly PoolState[];
  history: readonly Item[];
  /** Pools that have Macs, and how they keep their hosts. */
  hostRules?: HostRules;
}

export type HostRules = Readonly<Record<string, Pick<MacRung, 'paidDay' | 'afterwards'>>>;

/** Every job once. What stands in the open table beats history, what is open beats a tombstone. */
export function jobViews(known: Known): JobView[] {
  return jobRecords(known)
    .map((job) => jobView(job, known.installation))
    .sort((a, b) => newestFirst(a.queuedAt, b.queuedAt) || byId(b.id, a.id));
}

/** Every builder once, with the job that it took. `now` prices what still runs. */
export function builderViews(known: Known, now: Time): BuilderView[] {
  const taken = lastTaken(known);
  const hosts = new Map(hostRecords(known).map((host) => [host.id, host]));
  const open = known.states.flatMap((state) => state.builders);
  const ended = known.history.filter((item) => item.kind === 'builder');
  return firstOfEach(open, ended, (builder) => builder.phase === 'gone')
    .map((builder) => {
      const job = taken.get(builder.id);
      const host = hosts.get(builder.host ?? '');
      return builderView(builder, isOfEarlierTurn(builder, job) ? undefined : job?.id, host, now);
    })
    .sort((a, b) => newestFirst(a.launchedAt, b.launchedAt) || byId(b.id, a.id));
}

/** By builder, the job that it took last. */
function lastTaken(known: Known): Map<string, Job> {
  const taken = new Map<string, Job>();
  for (const job of jobRecords(known)) {
    const builder = builderOf(job, known.installation);
    if (builder === null) continue;
    const other = taken.get(builder);
    if (!other || (job.startedAt ?? 0) >= (other.startedAt ?? 0)) taken.set(builder, job);
  }
  return taken;
}

/** A machine that was wiped is as good as new: what it took before is no job of it, until it ends. */
const isOfEarlierTurn = (builder: Builder, job: Job | undefined): boolean =>
  servingPhases.has(builder.phase) && builder.turn > 1 && job?.runner !== builder.runner;

/** The record of every job, once. */
export function jobRecords({ states, history }: Known): Job[] {
  const open = states.flatMap((state) => state.jobs);
  const ended = history.filter((item) => item.kind === 'job');
  return firstOfEach(open, ended, (job) => job.phase === 'done');
}

/** The record of every host, once. */
export function hostRecords({ states, history }: Known): Host[] {
  const open = states.flatMap((state) => state.hosts);
  const ended = history.filter((item) => item.kind === 'host');
  return firstOfEach(open, ended, (host) => host.phase === 'gone');
}

function jobView(job: Job, installation: string): JobView {
  const { phase, outcome, endedAt } = standing(job);
  return {
    id: job.id,
    repository: job.repository,
    project: job.project,
    name: job.name,
    labels: job.labels,
    pool: job.pool,
    phase,
    outcome,
    why: phase === 'waiting' || phase === 'held' || outcome === 'refused' ? (job.verdict?.why ?? null) : null,
    builder: builderOf(job, installation),
    queuedAt: iso(job.queuedAt),
    startedAt: isoOrNull(job.startedAt),
    endedAt: isoOrNull(endedAt),
  };
}

/** A refused job is done for us, though it may wait on GitHub for another day. */
function standing(job: Job): Pick<JobView, 'phase' | 'outcome'> & { endedAt: Time | undefined } {
  if (job.phase === 'waiting' && job.verdict?.state === 'refused') {
    return { phase: 'done', outcome: 'refused', endedAt: job.verdict.since };
  }
  const held = job.phase === 'waiting' && job.verdict?.state === 'held';
  const outcome = job.phase === 'done' ? (job.outcome ?? null) : null;
  return { phase: held ? 'held' : job.phase, outcome, endedAt: job.endedAt };
}

function builderView(
  builder: Builder,
  taken: string | undefined,
  host: Host | undefined,
  now: Time,
): BuilderView {
  const job = taken ?? builder.foreign?.job;
  const serving = servingPhases.has(builder.phase);
  const busy = serving && (job !== undefined || builder.startedAt !== undefined);
  return {
    id: builder.id,
    pool: builder.pool,
    provider: builder.provider,
    phase: busy ? 'busy' : builder.phase,
    job: job ?? (serving ? builder.job : undefined) ?? null,
    why: builder.why ?? null,
    log: builder.log ?? null,
    launchedAt: iso(builder.launchedAt),
    readyAt: isoOrNull(builder.readyAt),
    endedAt: isoOrNull(builder.endedAt),
    usd: cost(builder, now),
    offering: builder.offering ?? host?.offering ?? null,
    machine: machineView(builder),
  };
}

function machineView({ machine }: Builder): MachineView | null {
  if (!machine) return null;
  const { os, arch, bootSeconds, gpus, features = [] } = machine;
  return { os, arch, bootSeconds, gpus, features };
}

const servingPhases: ReadonlySet<Builder['phase']> = new Set(['booting', 'claimed', 'ready']);

const builderOf = (job: Job, installation: string): string | null =>
  (job.runner !== undefined && builderOfRunner(installation, job.runner)) || null;

export const msPerHour = 3_600_000;

/** A cloud's queue costs nothing, nor does a machine on a host: the host does. */
function cost(builder: Builder, now: Time): number {
  if (builder.host !== undefined) return 0;
  const queues = builder.queueUntil !== undefined && builder.provisionedAt === undefined;
  const since = queues ? now : (builder.provisionedAt ?? builder.launchedAt);
  const hours = Math.max(0, (builder.endedAt ?? now) - since) / msPerHour;
  return shownUsd(hours * builder.usdPerHour);
}

/** In hundredths of a cent, so that sums of rows look like sums. */
export const shownUsd = (usd: number): number => Math.round(usd * 10_000) / 10_000;

/** One record per id: open, else tombstone, else history. */
function firstOfEach<T extends { id: string }>(open: T[], history: T[], ended: (item: T) => boolean): T[] {
  const best = new Map<string, T>();
  for (const item of [...history, ...open.filter(ended), ...open.filter((item) => !ended(item))]) {
    best.set(item.id, item);
  }
  return [...best.values()];
}

export const iso = (time: Time): string => new Date(time).toISOString();

export const isoOrNull = (time: Time | undefined): string | null => (time === undefined ? null : iso(time));

export const newestFirst = (a: string, b: string): number => Number(a < b) - Number(a > b);

/** Ids of jobs are numbers that grow: 9 comes before 10. */
export const byId = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
