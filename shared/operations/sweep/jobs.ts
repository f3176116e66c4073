// Jobs without a record, jobs that nobody has spoken of for a while, and
// jobs that the configuration has moved.
import { route } from '../../policy/route.ts';
import { counts } from '../../scheduler/limits.ts';
import type { GitHubJob } from '../../scheduler/ports.ts';
import { silentJobs } from '../../scheduler/reconcile.ts';
import type { Job, PoolState } from '../../scheduler/records.ts';
import { change } from '../change.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { recordJob, writeJob } from '../record.ts';
import { factOf, factOfRecord, verify } from '../verify.ts';
import { count, eachPart, type Report } from './report.ts';
import { isIdle } from './rhythm.ts';

/**
 * While work is open each sweep lists the queued jobs of a third of the repositories, else those of all:
 * it may be the only one in five minutes. In any case of at most so many, and at most so many of each.
 */
const turnsAtWork = 3;
const repositoriesPerSweep = 60;
const queuedPerRepository = 100;

/** Records jobs that GitHub has queued and we do not know: their deliveries were lost. */
export async function recordQueuedJobs(
  ports: Ports,
  states: readonly PoolState[],
  report: Report,
  until: () => boolean,
): Promise<void> {
  const known = new Set(states.flatMap((state) => state.jobs.map((job) => job.id)));
  const mine = repositoriesOfTurn(ports, states);
  const parts = {
    what: 'queued jobs',
    name: (repository: string) => `queued jobs of ${repository}`,
    width: 4,
    until,
  };
  await eachPart(report, mine, parts, async (repository) => {
    const queued = await ports.github.jobs.queued(repository, queuedPerRepository);
    const unknown = queued.filter((job) => job.status === 'queued' && !known.has(job.id));
    const each = { what: parts.name(repository), name: (job: GitHubJob) => `job ${job.id}`, width: 4 };
    await eachPart(report, unknown, each, (job) => recordUnknown(ports, repository, job, report));
  });
}

function repositoriesOfTurn(ports: Ports, states: readonly PoolState[]): string[] {
  const all = Object.values(ports.config.projects).flatMap((project) => project.repositories);
  const least = states.every(isIdle) ? 1 : turnsAtWork;
  const wanted = Math.max(least, Math.ceil(all.length / repositoriesPerSweep));
  // No multiple of five: every fifth sweep would meet the same turn for ever.
  const turns = wanted % 5 === 0 ? wanted + 1 : wanted;
  const turn = Math.floor(ports.clock.now() / ports.standard.sweepMs) % turns;
  return all.filter((_, index) => index % turns === turn);
}

async function recordUnknown(
  ports: Ports,
  repository: string,
  job: GitHubJob,
  report: Report,
): Promise<void> {
  const found = route(ports.config, { repository, labels: job.labels });
  if (found.kind === 'ignored') return;
  const { pool, project, scope } = found;
  await recordJob(ports, factOf(repository, job), { pool, project, scope });
  count(report, 'queued jobs found');
}

/** Asks GitHub about open jobs of which nobody has spoken for five minutes. */
export async function verifySilentJobs(
  ports: Ports,
  state: PoolState,
  report: Report,
  until: () => boolean,
): Promise<void> {
  const limits = limitsOf(ports, state.pool.pool);
  const silent = silentJobs(state, ports.clock.now(), limits, counts.verifiedPerSweep);
  const parts = { what: 'silent jobs', name: (job: Job) => `silent job ${job.id}`, width: 4, until };
  await eachPart(report, silent, parts, async (job) => {
    if (await verify(ports, job)) count(report, 'jobs corrected');
  });
}

/**
 * Open jobs that today's configuration routes elsewhere are asked about, and moved or let go.
 */
export async function moveJobs(
  ports: Ports,
  state: PoolState,
  report: Report,
  until: () => boolean,
): Promise<void> {
  const waiting = state.jobs.filter((one) => one.phase === 'waiting');
  const parts = { what: 'moved jobs', name: (job: Job) => `seat of job ${job.id}`, width: 4, until };
  await eachPart(report, waiting, parts, (job) => move(ports, job, report));
}

async function move(ports: Ports, job: Job, report: Report): Promise<void> {
  const now = route(ports.config, job);
  if (now.kind === 'pool' && now.pool === job.pool) {
    if (now.scope !== job.scope || now.project !== job.project) await reseat(ports, job, now);
    return;
  }
  if (await verify(ports, job)) return;
  if (now.kind === 'pool') {
    const { pool, project, scope } = now;
    await writeJob(ports, factOfRecord(job), { pool, project, scope });
    await ports.bell.ring(pool);
  }
  const stale = await ports.open.get(job.pool, 'job', job.id);
  if (stale) await ports.open.remove(stale);
  count(report, 'jobs moved');
}

async function reseat(ports: Ports, job: Job, seat: { scope: string; project: string }): Promise<void> {
  const { scope, project } = seat;
  await change(ports.open, job, (current) => current && { ...current, scope, project });
}
