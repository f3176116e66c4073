// Jobs without a record, jobs that nobody has spoken of for a while, and
// jobs that the configuration has moved.
import { route } from '../../policy/route.ts';
import { counts } from '../../scheduler/limits.ts';
import { Doubt, type GitHubJob } from '../../scheduler/ports.ts';
import { silentJobs } from '../../scheduler/reconcile.ts';
import type { Job, PoolState } from '../../scheduler/records.ts';
import { change, inParallel } from '../change.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { recordJob, writeJob } from '../record.ts';
import { factOf, factOfRecord, verify } from '../verify.ts';
import { count, part, type Report } from './report.ts';

/** Each sweep lists the queued jobs of a third of the repositories, and at most this many of each. */
const turns = 3;
const queuedPerRepository = 100;

/** Records jobs that GitHub has queued and we do not know: their deliveries were lost. */
export async function recordQueuedJobs(
  ports: Ports,
  states: readonly PoolState[],
  report: Report,
): Promise<void> {
  const known = new Set(states.flatMap((state) => state.jobs.map((job) => job.id)));
  const repositories = Object.values(ports.config.projects).flatMap((project) => project.repositories);
  const turn = Math.floor(ports.clock.now() / ports.standard.sweepMs) % turns;
  const mine = repositories.filter((_, index) => index % turns === turn);
  await inParallel(mine, 4, async (repository) => {
    for (const job of await queued(ports, repository, report)) {
      const found = route(ports.config, { repository, labels: job.labels });
      if (found.kind === 'ignored' || known.has(job.id) || job.status !== 'queued') continue;
      const { pool, project, scope } = found;
      await recordJob(ports, factOf(repository, job), { pool, project, scope });
      count(report, 'queued jobs found');
    }
  });
}

async function queued(ports: Ports, repository: string, report: Report): Promise<GitHubJob[]> {
  try {
    return await ports.github.jobs.queued(repository, queuedPerRepository);
  } catch (error) {
    if (!(error instanceof Doubt)) throw error;
    report.problems.push(`queued jobs of ${repository}: ${error.message}`);
    return [];
  }
}

/** Asks GitHub about open jobs of which nobody has spoken for five minutes. */
export async function verifySilentJobs(ports: Ports, state: PoolState, report: Report): Promise<void> {
  const silent = silentJobs(
    state,
    ports.clock.now(),
    limitsOf(ports, state.pool.pool),
    counts.verifiedPerSweep,
  );
  await inParallel(silent, 4, (job) =>
    part(report, `silent job ${job.id}`, async () => {
      if (await verify(ports, job)) count(report, 'jobs corrected');
    }),
  );
}

/**
 * Open jobs that today's configuration routes elsewhere are asked about, and moved or let go.
 */
export async function moveJobs(ports: Ports, state: PoolState, report: Report): Promise<void> {
  for (const job of state.jobs.filter((one) => one.phase === 'waiting')) {
    await part(report, `seat of job ${job.id}`, () => move(ports, job, report));
  }
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
