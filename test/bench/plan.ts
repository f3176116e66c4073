// How long `plan` takes over pools of many sizes: warm, in this process, with the policy of a real pass.
import { policyOf } from '../../shared/operations/admit.ts';
import { parseConfig } from '../../shared/policy/schema.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import { type Plan, type PlanInput, plan } from '../../shared/scheduler/plan.ts';
import type { PoolState } from '../../shared/scheduler/records.ts';
import { crowd, macs, mixed, now, pool } from './pools.ts';
import { atMost, type Figure, median } from './table.ts';

const mostMs = 50;
/** Per job, from 1,000 jobs to 10,000: linear with some room for caches that no longer fit. */
const mostGrowth = 1.5;
/** One sample: many of the ticks in which some kernels count CPU time. */
const sampleMs = 150;

/** One figure for each pool, and how the time per job grows. `budgetMs`: how long one figure may take. */
export function benchPlan(budgetMs: number): Figure[] {
  const [hundred, thousand, tenThousand] = [100, 1_000, 10_000].map((jobs) => ({
    jobs,
    ms: timeOf(mixed(jobs, 8), 8, budgetMs),
  }));
  if (!hundred || !thousand || !tenThousand) return [];
  const perJob = ({ jobs, ms }: { jobs: number; ms: number }): number => (ms * 1000) / jobs;
  const sized = (one: { jobs: number; ms: number }, target?: Figure['target']): Figure => ({
    name: `${one.jobs.toLocaleString('en')} open jobs of 8 projects, mixed`,
    measured: `${one.ms.toFixed(2)} ms`,
    against: `${perJob(one).toFixed(2)} µs/job`,
    target,
  });
  const growth = perJob(tenThousand) / perJob(thousand);
  const floor = sortingGrowth(budgetMs);
  return [
    sized(hundred),
    sized(thousand),
    sized(tenThousand, atMost(tenThousand.ms, mostMs, 'ms')),
    {
      name: 'time per job, 10,000 against 1,000',
      measured: `× ${growth.toFixed(2)}`,
      floor: `× ${floor.toFixed(2)}`,
      against: `× ${(growth / floor).toFixed(2)}`,
      target: atMost(growth / floor, mostGrowth, '× sorting'),
    },
    waiting('10,000 waiting jobs of one project', 1, budgetMs),
    waiting('10,000 waiting jobs of 50 projects', 50, budgetMs),
    waiting('the same on EC2, whose spot rests, with money for half', 50, budgetMs, onEc2),
    inLine(budgetMs),
  ];
}

const hosts = 50;
const jobsInLine = 1000;

/** Beside it the line alone: each job goes to the host that is free first. */
function inLine(budgetMs: number): Figure {
  const state = macs(hosts, jobsInLine, 8);
  const ms = timeOf(state, 8, budgetMs, onMacs());
  const floor = medianCpu(() => {
    const freeAt = state.hosts.map((_, index) => now + index);
    for (const _ of state.jobs) {
      const first = freeAt.indexOf(Math.min(...freeAt));
      freeAt[first] = (freeAt[first] ?? now) + 600_000;
    }
  }, budgetMs);
  return {
    name: '1,000 waiting jobs of 8 projects, and 50 hosts of Macs',
    measured: `${ms.toFixed(2)} ms`,
    floor: `${floor.toFixed(2)} ms`,
    against: `× ${(ms / floor).toFixed(0)}`,
    target: atMost(ms, mostMs, 'ms'),
  };
}

/** How sorting the same jobs and finding each by its id grows: n log n, and caches that no longer fit. */
function sortingGrowth(budgetMs: number): number {
  const [thousand = 0, tenThousand = 0] = [1_000, 10_000].map((count) => {
    const { jobs } = mixed(count, 8);
    const sorting = (): void => {
      const byId = new Map(jobs.map((job) => [job.id, job]));
      for (const job of jobs.toSorted((a, b) => a.queuedAt - b.queuedAt)) byId.get(job.id);
    };
    return medianCpu(sorting, budgetMs) / count;
  });
  return tenThousand / thousand;
}

function waiting(name: string, projects: number, budgetMs: number, ladder = onThisComputer): Figure {
  const ms = timeOf(crowd(10_000, projects), projects, budgetMs, ladder);
  return {
    name,
    measured: `${ms.toFixed(2)} ms`,
    against: `${(ms / 10).toFixed(2)} µs/job`,
    target: atMost(ms, mostMs, 'ms'),
  };
}

type Ladder = Pick<PlanInput, 'rungs' | 'money' | 'hosts'>;

const onThisComputer: Ladder = { rungs: [{ patienceMs: 0, usdPerHour: 0, spot: false }] };

/** Of the 1,000 builders that the pool may have, the installation can pay 500. Others have cost already. */
const onEc2: Ladder = {
  rungs: [
    {
      ...{ patienceMs: 60_000, usdPerHour: 0.526, spot: true, since: now - 600_000 },
      rests: { until: now + 60_000, whys: ['capacity: EC2 has no g4dn.xlarge on spot to give now'] },
    },
    { patienceMs: 0, usdPerHour: 0.526, spot: false },
  ],
  money: {
    ledger: {
      ...{ kind: 'ledger', pool: '+', id: '2026-11-21', version: 1, settled: {} },
      open: Object.fromEntries(
        Array.from({ length: 300 }, (_, nth) => [`gpu-${nth}`, { at: now, microUsd: { 'project-1': 1000 } }]),
      ),
    },
    caps: { installation: 500 * 700_000, project: () => 500 * 700_000 },
  },
};

/** No further host may be asked for. */
const onMacs = (): Ladder => ({
  rungs: [{ patienceMs: 0, usdPerHour: 0, spot: false }],
  hosts: {
    rung: 0,
    offers: [{ offering: 'us-east-1/on-demand/mac2.metal/us-east-1a', usdPerHour: 0.65 }],
    maximum: hosts,
    waitMs: 3_600_000,
    stayMs: 3_600_000,
    paidDay: 'shared',
    afterwards: 'release',
    scrubMs: 6_600_000,
    fits: () => true,
    mayReset: () => true,
  },
});

/** The plan that is measured, for those who want to know that it is a whole one. */
export const lineOfMacs = (): Plan => plan(inputOf(macs(hosts, jobsInLine, 8), 8, onMacs()));

/** CPU time of one plan (ms). */
function timeOf(state: PoolState, projects: number, budgetMs: number, ladder = onThisComputer): number {
  const input = inputOf(state, projects, ladder);
  return medianCpu(() => plan(input), budgetMs);
}

/** What the plan of a real pass is given. */
function inputOf(state: PoolState, projects: number, ladder: Ladder): PlanInput {
  const config = configOf(projects);
  return {
    state,
    now,
    limits: { ...standardLimits, bootMs: 600_000, jobMs: 3_600_000 },
    policy: policyOf({ config }, state),
    maximum: 1000,
    tokenLifeMs: () => 300_000,
    ...ladder,
  };
}

/** CPU time of one run (ms): the median of what fits into the budget, a quarter of which warms up. */
function medianCpu(work: () => void, budgetMs: number): number {
  const times: number[] = [];
  const began = performance.now();
  while (performance.now() - began < budgetMs) {
    const warmedUp = performance.now() - began > budgetMs / 4;
    const took = sample(work);
    if (warmedUp) times.push(took);
  }
  return median(times);
}

/** CPU time of this thread for one run (ms): what else the machine does is no part of it. */
function sample(work: () => void): number {
  const began = performance.now();
  const before = process.threadCpuUsage();
  let runs = 0;
  for (; performance.now() - began < sampleMs; runs += 1) work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / runs;
}

const configOf = (projects: number) =>
  parseConfig({
    installation: 'bench',
    github: { appId: '1', installations: { film: '1' } },
    pools: {
      [pool]: { labels: ['gpu'], os: 'linux', arch: 'x64', ladder: [{ provider: 'local' }], maximum: 1000 },
    },
    projects: Object.fromEntries(
      Array.from({ length: projects }, (_, index) => [
        `project-${index}`,
        {
          repositories: [`film/repository-${index}`],
          pools: [pool],
          concurrency: 1000,
          forks: 'github-approved',
        },
      ]),
    ),
  });
