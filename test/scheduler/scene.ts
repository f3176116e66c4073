// A small language for golden tables: a pool in a few words, and what the planner says of it as lines.
import type { DayMoney } from '../../shared/scheduler/calls.ts';
import type { Policy } from '../../shared/scheduler/demand.ts';
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Keeping } from '../../shared/scheduler/hosts/keeping.ts';
import { type Limits, standardLimits } from '../../shared/scheduler/limits.ts';
import { type Plan, plan } from '../../shared/scheduler/plan.ts';
import {
  type Builder,
  emptyPool,
  type Job,
  type Launch,
  type Pool,
  type PoolState,
  type Run,
} from '../../shared/scheduler/records.ts';
import type { Rung } from '../../shared/scheduler/rungs.ts';

export const second = 1000;
export const minute = 60 * second;
export const now = Date.UTC(2026, 10, 21, 12);
export const ago = (ms: number): number => now - ms;

/** Boot 10 minutes, job 60: with 5 to be picked up and 5 of grace a builder ends after 80. */
export const limits: Limits = { ...standardLimits, bootMs: 10 * minute, jobMs: 60 * minute };

/** A job of a project, whose scope has the same name; queued 2 minutes ago and heard of then. */
export function waits(id: string, project: string, more: Partial<Job> = {}): Job {
  return {
    kind: 'job',
    pool: 'gpu',
    version: 1,
    id,
    phase: 'waiting',
    repository: `film/${project}`,
    project,
    scope: project,
    labels: ['gpu'],
    name: id,
    runId: `run-${id}`,
    runAttempt: 1,
    headSha: 'f'.repeat(40),
    queuedAt: ago(2 * minute),
    heardAt: ago(2 * minute),
    ...more,
  };
}

export const runs = (id: string, project: string, runner: string, more: Partial<Job> = {}): Job =>
  waits(id, project, { phase: 'running', runner, startedAt: ago(minute), ...more });

export const ended = (id: string, project: string, runner: string, endedAt: number): Job =>
  waits(id, project, { phase: 'done', runner, endedAt, outcome: 'success' });

/** A machine that was started a minute ago and has not been heard of. */
export function boots(id: string, more: Partial<Builder> = {}): Builder {
  return {
    kind: 'builder',
    pool: 'gpu',
    version: 1,
    id,
    phase: 'booting',
    provider: 'cloud',
    rung: 0,
    launch: 'gpu-1',
    launchedAt: ago(minute),
    turn: 1,
    count: 0,
    usdPerHour: 1,
    ...more,
  };
}

/** A builder that registered in the scope a minute ago, as runner `r-<id>`, and was heard of just now. */
export const ready = (id: string, scope: string, more: Partial<Builder> = {}): Builder =>
  boots(id, {
    phase: 'ready',
    scope,
    runner: `r-${id}`,
    count: 1,
    launchedAt: ago(10 * minute),
    askedAt: ago(2 * minute),
    claimedAt: ago(minute),
    readyAt: ago(minute),
    heardAt: now,
    ...more,
  });

/** A launch of n builders that has no answer yet. */
export const asked = (number: number, n: number, more: Partial<Launch> = {}): Launch => ({
  kind: 'launch',
  pool: 'gpu',
  version: 1,
  id: `gpu-${number}`,
  phase: 'asked',
  provider: 'cloud',
  rung: 0,
  n,
  request: '{}',
  deal: [],
  askedAt: ago(second),
  ...more,
});

/** A run of somebody without write access. */
export const fork = (id: string): Run => ({
  kind: 'run',
  pool: 'gpu',
  version: 1,
  id,
  repository: 'film/color',
  event: 'pull_request',
  trust: 'untrusted',
  why: 'it comes from a fork',
  askedAt: now,
});

export interface Scene {
  jobs?: Job[];
  builders?: Builder[];
  hosts?: Host[];
  launches?: Launch[];
  runs?: Run[];
  pool?: Partial<Pool>;
  /** Builders at once, 10 unless said. */
  maximum?: number;
  /** The ladder, or its length: 1 unless said. What the pool's item says of a rung is added. */
  rungs?: number | Partial<Rung>[];
  money?: DayMoney;
  policy?: Partial<Policy>;
  /** How the pool keeps hosts; absent: it does not. */
  keeping?: Keeping;
}

export const stateOf = ({ jobs, builders, hosts, launches, runs, pool }: Scene): PoolState => ({
  pool: { ...emptyPool('gpu'), lastLaunch: 1, ...pool },
  hosts: hosts ?? [],
  launches: launches ?? [],
  builders: builders ?? [],
  jobs: jobs ?? [],
  runs: runs ?? [],
  notices: [],
  sights: [],
  memories: [],
  ledgers: [],
  sweeps: [],
  unreadable: [],
});

/** Everybody may have everything. */
export const openPolicy: Policy = {
  terms: () => ({ admission: 'admitted' }),
  concurrency: () => ({ all: 1000, untrusted: 1000 }),
  untrustedJobMs: () => 60 * minute,
  avoidsSpot: () => false,
};

/** A ladder, as its pool's item has it. */
function ladderOf({ rungs = 1, pool }: Scene): Rung[] {
  const ladder = typeof rungs === 'number' ? Array.from({ length: rungs }, () => ({})) : rungs;
  return ladder.map((rung, index) => {
    const { until = 0, why = '', since } = pool?.closedRungs?.[index] ?? {};
    const rests = until > now && { rests: { until, whys: [why] } };
    return { patienceMs: 0, usdPerHour: 0, spot: false, since, ...rests, ...rung };
  });
}

/** What the planner decides about the scene. */
export const planOf = (scene: Scene): Plan =>
  plan({
    state: stateOf(scene),
    now,
    limits,
    policy: { ...openPolicy, ...scene.policy },
    maximum: scene.maximum ?? 10,
    rungs: ladderOf(scene),
    money: scene.money,
    hosts: scene.keeping,
    tokenLifeMs: () => 30 * minute,
  });

/** The plan in words, one decision in each line. */
export function told(decided: Plan): string[] {
  const { launch } = decided;
  const jobs = launch?.deal.map(({ scope, job }) => `${scope}/${job}`).join(' ');
  return [
    ...decided.closeRungs.map(
      ({ rung, until, why }) => `close rung ${rung} for ${(until - now) / minute} min: ${why}`,
    ),
    ...decided.close.map(({ id }) => `close ${id}`),
    ...decided.askAgain.map(({ id }) => `ask ${id} again`),
    ...decided.assign.map(
      ({ builder, deal }) => `deal ${builder.id} ${deal ? `${deal.scope}/${deal.job}` : 'nothing'}`,
    ),
    ...(launch ? [`launch ${launch.id}: ${launch.n} on rung ${launch.rung} for ${jobs}`] : []),
    ...decided.stop.map(({ builder, why }) => `stop ${builder.id}: ${why}`),
    ...decided.retire.map(({ builder, why }) => `retire ${builder.id}: ${why}`),
    ...decided.unregister.map(({ id }) => `unregister ${id}`),
    ...decided.holds.map(({ job, state, code, why }) =>
      `${state === 'held' ? 'hold' : 'refuse'} ${job.id}: ${code} ${why}`.trim(),
    ),
    ...decided.noRoom.map(({ id }) => `no room for ${id}`),
    ...decided.noRung.map(({ id }) => `no rung for ${id}`),
  ];
}

/** A row of a golden table: a sentence, what is, and what follows. */
export type Row = [sentence: string, scene: Scene, says: string[]];
