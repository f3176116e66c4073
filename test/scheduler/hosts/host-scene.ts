// The small language of golden tables, for hosts: a pool of Macs in a few words, and what its keeper says.
import type { Host, Served } from '../../../shared/scheduler/host-records.ts';
import type { Keeping } from '../../../shared/scheduler/hosts/keeping.ts';
import { hostMoney } from '../../../shared/scheduler/hosts/money.ts';
import { emptyLedger } from '../../../shared/scheduler/money.ts';
import type { Plan } from '../../../shared/scheduler/plan.ts';
import type { Builder, Job, Run } from '../../../shared/scheduler/records.ts';
import {
  ago,
  boots,
  fork,
  limits,
  minute,
  now,
  planOf,
  ready,
  runs,
  type Scene,
  told,
  waits,
} from '../scene.ts';

export const hour = 60 * minute;
export const day = 24 * hour;

const offering = 'us-east-1/on-demand/mac2.metal/us-east-1a';

/** Two hosts at most, a job waits an hour, a machine stays an hour. */
export const keeps = (more: Partial<Keeping> = {}): Keeping => ({
  rung: 0,
  offers: [{ offering, usdPerHour: 0.65 }],
  maximum: 2,
  waitMs: hour,
  stayMs: hour,
  paidDay: 'shared',
  afterwards: 'release',
  scrubMs: limits.usualScrubMs,
  fits: (asked) => asked === offering,
  mayReset: () => true,
  ...more,
});

/** A host that was allocated two hours ago, and seen empty and available just now. */
export const host = (number: number, more: Partial<Host> = {}): Host => ({
  kind: 'host',
  pool: 'gpu',
  id: `gpu-${number}`,
  version: 1,
  phase: 'held',
  rung: 0,
  offering,
  usdPerHour: 0.65,
  job: 'j0',
  project: 'color',
  askedAt: ago(2 * hour),
  hostId: `h-${number}`,
  allocatedAt: ago(2 * hour),
  state: 'available',
  stateSince: ago(hour),
  seenAt: now,
  instances: [],
  unbilledMs: 0,
  served: [],
  earlier: { jobs: 0, ms: 0 },
  reservedUntil: now + day,
  reserved: { '2026-11-21': 0 },
  ...more,
});

/** A host whose paid day, with its margin, ended so long ago. */
export const pastDay = (number: number, ms: number, more: Partial<Host> = {}): Host => {
  const allocatedAt = now - limits.paidMs - limits.releaseMarginMs - ms;
  return host(number, { allocatedAt, askedAt: allocatedAt, ...more });
};

/** A machine on a host that boots since a minute ago. */
export const mac = (id: string, number: number, more: Partial<Builder> = {}): Builder =>
  boots(id, {
    provider: 'mac',
    host: `gpu-${number}`,
    launch: `gpu-${number + 100}`,
    usdPerHour: 0,
    ...more,
  });

/** One whose runner is registered since a minute ago. */
export const readyMac = (id: string, number: number, scope: string, more: Partial<Builder> = {}): Builder =>
  ready(id, scope, {
    provider: 'mac',
    host: `gpu-${number}`,
    launch: `gpu-${number + 100}`,
    usdPerHour: 0,
    ...more,
  });

/** One whose runner has just ended, by its agent's word. */
export const doneMac = (id: string, number: number, scope: string, more: Partial<Builder> = {}): Builder =>
  readyMac(id, number, scope, { phase: 'resetting', finishedAt: now, startedAt: ago(20 * minute), ...more });

/** One in its second turn, with a clean disk, whose agent asks for work since a minute ago. */
export const freeMac = (id: string, number: number, bound: string, more: Partial<Builder> = {}): Builder =>
  mac(id, number, {
    turn: 2,
    turnAt: ago(2 * minute),
    launchedAt: ago(hour),
    askedAt: ago(minute),
    heardAt: now,
    bound,
    ...more,
  });

/** The run of a job, by somebody with write access. */
export const trusted = (id: string, project: string): Run => ({
  ...fork(`run-${id}`),
  repository: `film/${project}`,
  event: 'push',
  trust: 'trusted',
  why: 'it is a push',
});

export const untrusted = (id: string, project: string): Run => ({
  ...trusted(id, project),
  trust: 'untrusted',
});

export const did = (runner: string, minutes: number): Served => ({
  runner,
  job: runner,
  repository: 'film/color',
  startedAt: ago(hour),
  endedAt: ago(hour) + minutes * minute,
});

/** A job on a machine that began so many minutes ago. */
export const runsOn = (id: string, project: string, builder: string, minutes: number): Job =>
  runs(id, project, `r-${builder}`, { startedAt: ago(minutes * minute) });

/** So many dollars are left today, for everybody together and for some projects. */
export const leaves = (usd: number, projects: Record<string, number> = {}): Scene['money'] => ({
  ledger: emptyLedger('+', '2026-11-21'),
  caps: { installation: usd * 1_000_000, project: (name) => (projects[name] ?? 1000) * 1_000_000 },
});

/** A pool with hosts, its jobs' runs trusted unless said otherwise. The next number is 100. */
export interface MacScene extends Scene {
  /** Of these jobs the runs are untrusted, or unknown. */
  forks?: string[];
  unknown?: string[];
}

export const macPlanOf = ({ forks = [], unknown = [], ...scene }: MacScene): Plan => {
  const known = (scene.jobs ?? []).filter(({ id }) => !unknown.includes(id));
  const runsOf = known.map(({ id, project }) =>
    forks.includes(id) ? untrusted(id, project) : trusted(id, project),
  );
  return planOf({ keeping: keeps(), runs: runsOf, ...scene, pool: { lastLaunch: 99, ...scene.pool } });
};

const inMinutes = (at: number): string => `${Math.round((at - now) / minute)} min`;

/** The plan in words: what is said of every pool, then of hosts. */
export function toldOfHosts(decided: Plan): string[] {
  const { hosts } = decided;
  const { allocate, launchOn } = hosts;
  return [
    ...told(decided),
    ...(launchOn ? [`on ${launchOn.host.id}, paid for ${inMinutes(launchOn.reservedUntil)}`] : []),
    ...(allocate
      ? [`allocate ${allocate.id} for ${allocate.job.id}, paid for ${inMinutes(allocate.reservedUntil)}`]
      : []),
    ...hosts.askAgain.map(({ id }) => `ask for ${id} again`),
    ...hosts.close.map(({ id }) => `give up ${id}`),
    ...hosts.extend.map(({ host: { id }, reservedUntil }) => `pay ${id} for ${inMinutes(reservedUntil)}`),
    ...hosts.reset.map(({ builder, bound }) => `reset ${builder.id} for ${bound}`),
    ...hosts.resetting.map(({ id }) => `look at the reset of ${id}`),
    ...hosts.release.map(({ id }) => `release ${id}`),
    ...hosts.waits.map(({ job, host: id, at }) => `${job.id} waits ${inMinutes(at)} for ${id}`),
    ...(decided.again ? ['again'] : []),
  ];
}

/** A row of a golden table: a sentence, what is, and what follows. */
export type MacRow = [sentence: string, scene: MacScene, says: string[]];

export const dayUsd = hostMoney(0.65, limits.paidMs + limits.hostSlackMs) / 1_000_000;
export { waits };
