// Says on GitHub why a job waits or was refused: one check run per run and
// reason, updated at most once a minute.
import { poolNamed, projectNamed } from '../policy/lookup.ts';
import {
  closedNoticeText,
  noRungWhy,
  noticeName,
  noticeText,
  publicRungWhy,
  startingWhy,
} from '../policy/texts.ts';
import type { Plan } from '../scheduler/plan.ts';
import type { CheckRun } from '../scheduler/ports.ts';
import type { Job, Notice, PoolState, Run, VerdictCode } from '../scheduler/records.ts';
import { limitsOf, type Ports, paceOf } from './ports.ts';
import { save } from './state.ts';
import { whysOf } from './verdicts.ts';

/** What a check run should say now. */
export interface Wanted {
  notice: Notice;
  status: 'in_progress' | 'completed';
  conclusion?: CheckRun['conclusion'];
}

/** The notices that must be sent in this pass. */
export function noticesOf(ports: Ports, state: PoolState, decided: Plan): Wanted[] {
  const now = ports.clock.now();
  const groups = toldJobs(ports, state, now);
  const news = [...groups].map(([id, jobs]) => openNotice(ports, state, decided, id, jobs));
  const over = state.notices.filter((notice) => notice.state === 'open' && !groups.has(notice.id));
  return [
    ...news.filter((wanted) => wanted !== undefined),
    ...over.map((notice) => closing(state, notice, now)),
  ];
}

/** Waiting jobs that people must be told about, by run and reason; the oldest of each first. */
function toldJobs(ports: Ports, state: PoolState, now: number): Map<string, [Job, ...Job[]]> {
  const groups = new Map<string, [Job, ...Job[]]>();
  const pool = poolNamed(ports.config, state.pool.pool);
  const patienceMs = ((pool?.tellAfterMinutes ?? 5) * 60_000) / paceOf(ports);
  for (const job of [...state.jobs].sort((a, b) => a.queuedAt - b.queuedAt)) {
    if (job.phase !== 'waiting') continue;
    const refused = job.verdict?.state === 'refused';
    if (!refused && now - job.queuedAt <= patienceMs) continue;
    const id = noticeId(job, job.verdict?.code ?? 'starting');
    const group = groups.get(id);
    if (group) group.push(job);
    else groups.set(id, [job]);
  }
  return groups;
}

function openNotice(
  ports: Ports,
  state: PoolState,
  decided: Plan,
  id: string,
  [job]: [Job, ...Job[]],
): Wanted | undefined {
  const now = ports.clock.now();
  const code: VerdictCode = job.verdict?.code ?? 'starting';
  const since = job.verdict?.since ?? job.queuedAt;
  const why = openWhy(decided, job);
  const text = noticeText({ code, why, since, job: job.name, pool: job.pool });
  const known = state.notices.find((notice) => notice.id === id);
  const refused = job.verdict?.state === 'refused';
  if (known) {
    const same = known.title === text.title && known.summary === text.summary && known.state === 'open';
    const early = now - known.sentAt < limitsOf(ports, job.pool).noticeEveryMs;
    if (early || (known.checkRunId !== undefined && (refused || same))) return undefined;
  }
  const fresh: Notice = {
    kind: 'notice',
    pool: job.pool,
    id,
    version: 0,
    repository: job.repository,
    headSha: job.headSha,
    jobName: job.name,
    code,
    state: 'open',
    ...text,
    since,
    sentAt: now,
  };
  const notice: Notice = { ...fresh, ...known, ...text, state: refused ? 'closed' : 'open', sentAt: now };
  return refused ? { notice, status: 'completed', conclusion: 'neutral' } : { notice, status: 'in_progress' };
}

/** Check runs are read by everybody who reads the repository. */
function openWhy(decided: Plan, { pool, verdict }: Job): string {
  if (verdict?.code !== 'no-rung') return verdict?.why ?? startingWhy(pool);
  const reasons = whysOf(decided).map(publicRungWhy);
  return noRungWhy(pool, [...new Set(reasons)], decided.nextRungAt);
}

/** Nobody waits for this reason any more: the job runs, has ended, or waits for another one. */
function closing(state: PoolState, notice: Notice, now: number): Wanted {
  const job = state.jobs.find(
    (one) => notice.id === noticeId(one, notice.code) && one.name === notice.jobName,
  );
  const how = howItEnded(job);
  const text = closedNoticeText({ job: notice.jobName, since: notice.since, at: now, how });
  return {
    notice: { ...notice, ...text, state: 'closed', sentAt: now },
    status: 'completed',
    conclusion: how === 'started' ? 'success' : 'neutral',
  };
}

function howItEnded(job: Job | undefined): 'started' | 'ended' | 'changed' {
  if (job?.phase === 'waiting') return 'changed';
  return job?.phase === 'running' || job?.startedAt !== undefined ? 'started' : 'ended';
}

/** One notice for each run and reason. */
const noticeId = (job: Job, code: VerdictCode): string => `${job.runId}-${code}`;

/**
 * Sends one notice. Before a check run is created the intent is saved, so that a crash leaves one check
 * run, not
 * two; what it says now is saved when GitHub has it. True: somebody else was faster.
 */
export async function send(ports: Ports, state: PoolState, wanted: Wanted): Promise<boolean> {
  const { notice } = wanted;
  const check = checkOf(ports, wanted);
  if (notice.checkRunId !== undefined) {
    await ports.github.checks.update(notice.checkRunId, check);
    return !(await save(ports, state, notice));
  }
  const intent = await save(ports, state, { ...notice, state: 'open' });
  if (!intent) return true;
  const checkRunId = await ports.github.checks.create(check, notice.version > 0);
  return !(await save(ports, state, { ...intent, state: notice.state, checkRunId }));
}

const checkOf = (ports: Ports, { notice, status, conclusion }: Wanted): CheckRun => ({
  repository: notice.repository,
  headSha: notice.headSha,
  name: noticeName(notice.jobName),
  externalId: `callsheet-${ports.config.installation}-${notice.pool}-${notice.id}`,
  status,
  conclusion,
  title: notice.title,
  summary: notice.summary,
});

/**
 * Runs of refused jobs that the project wants cancelled, so that they hold no concurrency group for a day.
 */
export function runsToCancel(ports: Ports, state: PoolState): Run[] {
  const refused = state.jobs.filter((job) => job.phase === 'waiting' && job.verdict?.state === 'refused');
  const unwanted = refused.filter((job) => projectNamed(ports.config, job.project)?.onRefusal === 'cancel');
  const ids = new Set(unwanted.map((job) => job.runId));
  return state.runs.filter((run) => ids.has(run.id) && run.cancelledAt === undefined);
}

/** Cancels a run. True: somebody else was faster. */
export async function cancel(ports: Ports, state: PoolState, run: Run): Promise<boolean> {
  await ports.github.jobs.cancelRun(run.repository, run.id);
  return !(await save(ports, state, { ...run, cancelledAt: ports.clock.now() }));
}
