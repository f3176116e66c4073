// Writes down what a pass says about each waiting job, so that people can read it. Display only: decided
// anew each time.
import { poolNamed, projectNamed } from '../policy/lookup.ts';
import * as texts from '../policy/texts.ts';
import type { Hold } from '../scheduler/demand.ts';
import type { HostWait } from '../scheduler/hosts/keeping.ts';
import { counts } from '../scheduler/limits.ts';
import type { Plan } from '../scheduler/plan.ts';
import type { Job, PoolState, VerdictCode } from '../scheduler/records.ts';
import { inParallel } from './change.ts';
import type { Ports } from './ports.ts';
import { save } from './state.ts';

/** At most this many are written in one pass; the rest is written by the passes after it. */
const perPass = 200;

interface Said {
  job: Job;
  state: 'waiting' | 'held' | 'refused';
  code: VerdictCode;
  why: string;
}

/** Saves the verdicts that have changed; answers how many are left for the next pass. */
export async function saveVerdicts(
  ports: Ports,
  state: PoolState,
  decided: Plan,
  until: () => boolean,
): Promise<number> {
  const now = ports.clock.now();
  const news = verdictsOf(ports, state, decided).filter(isNews);
  for (const { job, code, why } of news) {
    if (code === 'builders-failed')
      ports.log({ unit: 'hold', level: 'error', pool: job.pool, job: job.id, why });
  }
  const left = await inParallel(
    news.slice(0, perPass),
    10,
    async ({ job, state: said, code, why }) => {
      const since = job.verdict?.code === code ? job.verdict.since : now;
      await save(ports, state, { ...job, verdict: { state: said, code, why, since } });
    },
    until,
  );
  return left + Math.max(0, news.length - perPass);
}

/** What the rungs that rest have answered. */
export const whysOf = ({ rungs }: Plan): string[] => [
  ...new Set(rungs.flatMap(({ rests }) => rests?.whys ?? [])),
];

function verdictsOf(ports: Ports, state: PoolState, decided: Plan): Said[] {
  const reasons = whysOf(decided);
  const maximum = (job: Job): number => poolNamed(ports.config, job.pool)?.maximum ?? 0;
  const waits = (jobs: Job[], code: VerdictCode, why: (job: Job) => string): Said[] =>
    jobs.map((job) => ({ job, state: 'waiting', code, why: why(job) }));
  return [
    ...decided.holds.map((hold) => ({ ...hold, why: wordsFor(ports, hold) })),
    ...waits(decided.starting, 'starting', (job) => texts.startingWhy(job.pool)),
    ...decided.hosts.waits.map((wait) => waitsForHost(state, wait)),
    ...waits(decided.noRoom, 'no-room', (job) => texts.noRoomWhy(job.pool, maximum(job))),
    ...waits(decided.noRung, 'no-rung', (job) => texts.noRungWhy(job.pool, reasons, decided.nextRungAt)),
  ];
}

/** Another host costs at least a day, as this one does. */
function waitsForHost({ hosts }: PoolState, { job, host, at }: HostWait): Said {
  const usdPerHour = hosts.find(({ id }) => id === host)?.usdPerHour;
  const usdPerDay = usdPerHour === undefined ? undefined : usdPerHour * 24;
  return { job, state: 'waiting', code: 'host-busy', why: texts.hostBusyWhy(job.pool, at, usdPerDay) };
}

function wordsFor(ports: Ports, { job, code, why }: Hold): string {
  const project = projectNamed(ports.config, job.project);
  switch (code) {
    case 'concurrency':
      return texts.concurrencyWhy(job.project, project?.concurrency ?? 0);
    case 'untrusted-concurrency':
      return texts.untrustedConcurrencyWhy(job.project, project?.untrusted.concurrency ?? 0);
    case 'scope-refused':
      return texts.scopeRefusedWhy(why);
    case 'builders-failed':
      return texts.buildersFailedWhy(job.pool, counts.failedBuildersPerJob);
    case 'daily-limit':
      return why === 'project'
        ? texts.dailyLimitWhy(`project ${job.project}`, project?.maxUsdPerDay ?? 0)
        : texts.dailyLimitWhy('this installation', ports.config.maxUsdPerDay);
    case 'host-busy':
    case 'trust-unknown':
    case 'trust-refused':
      return why;
  }
}

/** That a builder starts is what no verdict means already: it is written only in place of another one. */
function isNews({ job, state, code, why }: Said): boolean {
  if (!job.verdict) return code !== 'starting';
  return job.verdict.state !== state || job.verdict.code !== code || job.verdict.why !== why;
}
