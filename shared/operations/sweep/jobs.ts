// Jobs that nobody has spoken of for a while, and jobs that the configuration has moved.
import { route } from '../../policy/route.ts';
import { counts } from '../../scheduler/limits.ts';
import { Doubt, type GitHubJob } from '../../scheduler/ports.ts';
import { silentJobs } from '../../scheduler/reconcile.ts';
import type { Job, PoolState } from '../../scheduler/records.ts';
import { agoOf } from '../../scheduler/spans.ts';
import type { SweepMemory } from '../../scheduler/sweep-records.ts';
import { change } from '../change.ts';
import { limitsOf, type Ports, paceOf } from '../ports.ts';
import { writeJob } from '../record.ts';
import { askedRuns, factOfRecord, recordAnswer, verify } from '../verify.ts';
import { abstain, count, eachPart, type Report } from './report.ts';

const minute = 60_000;
/** The run of a job that GitHub has queued for this long is asked about, too. */
const runAfterMs = 10 * minute;
/** That GitHub does not know a job is believed if it says so for this long: after incidents it is wrong. */
const believedAfterMs = 3 * minute;
/** If it knows less than half of so many jobs of a repository, this long. */
const manyJobs = 5;
const manyBelievedAfterMs = 10 * minute;
/** Longer than GitHub keeps a job in its queue. */
const forgottenMs = 60 * minute;

/** A job, and what GitHub says of it. */
interface Answered {
  job: Job;
  answer: GitHubJob | undefined;
}

/** Asks GitHub about open jobs of which nobody has spoken for five minutes. */
export async function verifySilentJobs(
  ports: Ports,
  memory: SweepMemory,
  state: PoolState,
  report: Report,
  until: () => boolean,
): Promise<void> {
  const { pool } = state.pool;
  const silent = silentJobs(state, ports.clock.now(), limitsOf(ports, pool), counts.verifiedPerSweep);
  const name = (job: Job): string => `silent job ${job.id}`;
  const answered: Answered[] = [];
  await eachPart(report, silent, { what: 'silent jobs', name, width: 4, until }, async (job) => {
    answered.push({ job, answer: await ports.github.jobs.job(job.repository, job.id) });
  });
  const believed = believable(ports, memory, pool, answered, report);
  const runOf = askedRuns(ports);
  const parts = { what: 'silent jobs', name: ({ job }: Answered) => name(job), width: 4, until };
  await eachPart(report, believed, parts, async ({ job, answer }) => {
    const isOld = ports.clock.now() - job.queuedAt > runAfterMs / paceOf(ports);
    const isNews = await recordAnswer(ports, job, answer, isOld ? runOf : undefined);
    if (isNews) count(report, 'jobs corrected');
    tellVerified(ports, { job, answer }, isNews, report);
  });
}

/** Without the jobs that GitHub says it does not know: for a while, and longer where it knows few of them. */
function believable(
  ports: Ports,
  memory: SweepMemory,
  pool: string,
  answered: readonly Answered[],
  report: Report,
): Answered[] {
  const now = ports.clock.now();
  const asked = Map.groupBy(answered, ({ job }) => job.repository);
  const before = memory.unknown;
  memory.unknown = Object.fromEntries(Object.entries(before).filter(([key]) => !key.startsWith(`${pool} `)));
  const isLasting = ({ job: { id, repository } }: Answered): boolean => {
    const key = `${pool} ${repository} ${id}`;
    const since = Math.min(before[key] ?? now, now);
    if (now - since >= believedAfterMs / paceOf(ports)) return true;
    memory.unknown[key] = since;
    const why = 'GitHub does not know it; believed if it says so for three minutes';
    report.tell?.({ what: 'job', id, decision: 'leave', why, pool });
    return false;
  };
  return [...asked].flatMap(([repository, all]) => {
    const key = `${pool} ${repository}`;
    const known = all.filter(({ answer }) => answer);
    const isMany = all.length >= manyJobs || before[key] !== undefined;
    if (!isMany || known.length * 2 >= all.length) return all.filter((one) => one.answer || isLasting(one));
    const since = before[key] ?? now;
    memory.unknown[key] = since;
    if (now - since >= manyBelievedAfterMs / paceOf(ports)) return all;
    const n = `${all.length - known.length} of ${all.length}`;
    const why = `GitHub does not know ${n} jobs of ${repository}; believed if it says so for ten minutes`;
    abstain(report, { part: `silent jobs of pool ${pool}`, why, kinds: [] });
    for (const { job, answer } of all) {
      if (answer) continue;
      report.tell?.({ what: 'job', id: job.id, decision: 'leave', why, pool, isDoubtful: true });
    }
    return known;
  });
}

function tellVerified({ clock }: Ports, { job, answer }: Answered, isNews: boolean, { tell }: Report): void {
  if (!tell) return;
  const { id, pool, heardAt } = job;
  const said = answer ? `GitHub has it ${answer.status}` : 'GitHub does not know it';
  const run = isNews && answer?.status === 'queued' ? ', but its run has ended' : '';
  const why = `${said}${run}; it was last spoken of ${agoOf(heardAt, clock.now())}`;
  tell({ what: 'job', id, decision: isNews ? 'correct' : 'leave', why, pool });
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
  if (await isNews(ports, job, now.kind === 'ignored')) return;
  if (now.kind === 'pool') {
    const { pool, project, scope } = now;
    await writeJob(ports, factOfRecord(job), { pool, project, scope });
    await ports.bell.ring(pool);
  }
  const stale = await ports.open.get(job.pool, 'job', job.id);
  if (stale) await ports.open.remove(stale);
  count(report, 'jobs moved');
}

/** One that is to be let go, and that GitHub must have failed by now, is not kept where GitHub is silent. */
async function isNews(ports: Ports, job: Job, mayGo: boolean): Promise<boolean> {
  try {
    return await verify(ports, job);
  } catch (error) {
    const { queuedAtMostMs } = ports.standard;
    const isOver = ports.clock.now() - job.queuedAt > queuedAtMostMs + forgottenMs / paceOf(ports);
    if (error instanceof Doubt && mayGo && isOver) return false;
    throw error;
  }
}

async function reseat(ports: Ports, job: Job, seat: { scope: string; project: string }): Promise<void> {
  const { scope, project } = seat;
  await change(ports.open, job, (current) => current && { ...current, scope, project });
}
