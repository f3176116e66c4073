// Pools of any size to plan for: a busy one with something of everything, one where all jobs wait, and one
// where they wait for Macs.
import type { Host } from '../../shared/scheduler/host-records.ts';
import {
  type Builder,
  emptyPool,
  type Job,
  type PoolState,
  type Run,
} from '../../shared/scheduler/records.ts';

export const pool = 'gpu';
export const now = Date.UTC(2026, 10, 21, 12);

const second = 1000;
const ago = (seconds: number): number => now - seconds * second;

/** Jobs of one run; each run has this many. */
const jobsPerRun = 20;

/**
 * Of ten jobs six wait, one of them with a builder that boots for it and one with an idle builder; three run,
 * and one is held: GitHub has not said how its run is to be trusted.
 */
export function mixed(jobs: number, projects: number): PoolState {
  const state = emptyOf(jobs, projects);
  for (let index = 0; index < jobs; index += 1) {
    const kind = index % 10;
    const job = waitingJob(index, projects);
    if (kind === 9) job.runId = 'unheard of';
    if (kind >= 6 && kind <= 8) Object.assign(job, runningOn(index));
    if (kind >= 4 && kind <= 8)
      state.builders.push(kind === 4 ? booting(job, index) : registered(job, index));
    state.jobs.push(job);
  }
  for (let number = 1; number <= Math.ceil(jobs / 100); number += 1) state.launches.push(launchOf(number));
  return state;
}

/** All jobs wait, and no builder is there. */
export function crowd(jobs: number, projects: number): PoolState {
  const state = emptyOf(jobs, projects);
  for (let index = 0; index < jobs; index += 1) state.jobs.push(waitingJob(index, projects));
  return state;
}

/** As many jobs wait as that, and each of these hosts has a Mac that runs another one. */
export function macs(hosts: number, jobs: number, projects: number): PoolState {
  const state = crowd(jobs, projects);
  for (let index = 0; index < hosts; index += 1) {
    const job = { ...waitingJob(index, projects), id: `on-${index}`, ...runningOn(index) };
    const host = hostOf(index);
    state.jobs.push(job);
    state.hosts.push(host);
    state.builders.push({ ...registered(job, index), host: host.id, startedAt: ago(20) });
  }
  return state;
}

const hostOf = (index: number): Host => ({
  kind: 'host',
  pool,
  id: `${pool}-${100_000 + index}`,
  version: 1,
  phase: 'held',
  rung: 0,
  offering: 'us-east-1/on-demand/mac2.metal/us-east-1a',
  usdPerHour: 0.65,
  askedAt: ago(7200),
  hostId: `h-${index}`,
  allocatedAt: ago(7200),
  state: 'available',
  seenAt: ago(30),
  instances: [`local-${index}`],
  unbilledMs: 0,
  // Jobs take longer on one than on another.
  served: [
    {
      runner: 'before',
      job: '1',
      repository: 'film/color',
      startedAt: ago(3600),
      endedAt: ago(3000 - index * 7),
    },
  ],
  earlier: { jobs: 0, ms: 0 },
  reservedUntil: now + 24 * 3_600_000,
  reserved: {},
});

const emptyOf = (jobs: number, projects: number): PoolState => ({
  pool: emptyPool(pool),
  hosts: [],
  launches: [],
  builders: [],
  jobs: [],
  runs: Array.from({ length: Math.ceil(jobs / jobsPerRun) }, (_, number) => runOf(number, projects)),
  notices: [],
  sights: [],
  memories: [],
  ledgers: [],
  sweeps: [],
  unreadable: [],
});

/** Every tenth run is a fork's, approved. */
const runOf = (number: number, projects: number): Run => ({
  kind: 'run',
  pool,
  id: `run-${number}`,
  version: 1,
  repository: `film/repository-${number % projects}`,
  event: number % 10 === 0 ? 'pull_request' : 'push',
  trust: number % 10 === 0 ? 'untrusted' : 'trusted',
  why: 'bench',
  askedAt: ago(60),
  forkApproval: { allExternal: true, askedAt: ago(60) },
});

function waitingJob(index: number, projects: number): Job {
  const run = Math.floor(index / jobsPerRun);
  const project = run % projects;
  return {
    kind: 'job',
    pool,
    id: String(29_679_449_526 + index),
    version: 1,
    phase: 'waiting',
    repository: `film/repository-${project}`,
    project: `project-${project}`,
    scope: `group/film/callsheet-project-${project}`,
    labels: ['gpu'],
    name: `build (${index})`,
    runId: `run-${run}`,
    runAttempt: 1,
    headSha: 'f'.repeat(40),
    // Neither sorted nor random: as the items of a query, which come by id.
    queuedAt: ago(30 + ((index * 7919) % 600)),
    heardAt: ago(30),
  };
}

const runningOn = (index: number): Partial<Job> => ({
  phase: 'running',
  startedAt: ago(20),
  runner: runnerOf(index),
});

const runnerOf = (index: number): string => `callsheet-bench-local-${index}-1-1`;

const booting = (job: Job, index: number): Builder => ({
  kind: 'builder',
  pool,
  id: `local-${index}`,
  version: 1,
  phase: 'booting',
  provider: 'local',
  rung: 0,
  launch: `${pool}-${1 + Math.floor(index / 100)}`,
  launchedAt: ago(25),
  turn: 1,
  count: 0,
  usdPerHour: 1,
  scope: job.scope,
  job: job.id,
});

const registered = (job: Job, index: number): Builder => ({
  ...booting(job, index),
  phase: 'ready',
  count: 1,
  runner: runnerOf(index),
  askedAt: ago(24),
  claimedAt: ago(23),
  readyAt: ago(22),
  heardAt: ago(10),
});

const launchOf = (number: number): PoolState['launches'][number] => ({
  kind: 'launch',
  pool,
  id: `${pool}-${number}`,
  version: 2,
  phase: 'answered',
  provider: 'local',
  rung: 0,
  n: 50,
  request: '{}',
  deal: [],
  askedAt: ago(26),
  answeredAt: ago(25),
});
