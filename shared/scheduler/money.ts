// Money: what builders may cost and have cost, and what a day's ledger has left. Sums are exact: millionths.
import { ageLimit, type Limits } from './limits.ts';
import type { Builder, Launch, Time } from './records.ts';
import type { Ledger, MicroUsd } from './shared-records.ts';

const million = 1_000_000;
const msPerHour = 3_600_000;

/** Millionths of a US dollar. */
export const microUsd = (usd: number): number => Math.round(usd * million);

/** The day (UTC) that a launch belongs to, and the id of its ledger. */
export const dayOf = (at: Time): string => new Date(at).toISOString().slice(0, 10);

/** A ledger in which nothing stands. */
export const emptyLedger = (pool: string, day: string): Ledger => ({
  kind: 'ledger',
  pool,
  id: day,
  version: 0,
  open: {},
  settled: {},
});

/** The most that a builder can cost: it ends at its pool's age limit. */
export const worstCase = (usdPerHour: number, limits: Limits): number =>
  Math.ceil((usdPerHour * ageLimit(limits) * million) / msPerHour);

/** What a builder that is gone has cost. The wait in a cloud's queue costs nothing. */
export function costOf(builder: Builder): number {
  const { queueUntil, provisionedAt, launchedAt, usdPerHour, endedAt = launchedAt } = builder;
  const since = provisionedAt ?? (queueUntil === undefined ? launchedAt : endedAt);
  return Math.round((usdPerHour * Math.max(0, endedAt - since) * million) / msPerHour);
}

/**
 * Who pays for the builders of a launch: each takes a place of its project in the deal. One without a project
 * (it was adopted, and dealt nothing yet) takes a place that is left. `open`: places that no builder has.
 */
export function payersOf(
  launch: Launch,
  builders: readonly Builder[],
): { payers: Map<string, string>; open: string[] } {
  const open = launch.deal.map(({ project = '' }) => project);
  const payers = new Map<string, string>();
  for (const { id, project } of builders) {
    if (project === undefined) continue;
    payers.set(id, project);
    const place = open.indexOf(project);
    if (place >= 0) open.splice(place, 1);
  }
  const others = builders.filter(({ project }) => project === undefined).map(({ id }) => id);
  for (const id of others.sort()) payers.set(id, open.shift() ?? launch.deal[0]?.project ?? '');
  return { payers, open };
}

/** What a launch costs at most by now, by project. `final`: it is what it has cost. */
export interface Charge {
  microUsd: MicroUsd;
  final: boolean;
}

/**
 * The charge of a launch, by its builders on record. It never grows: a machine costs at most what was
 * reserved for it, at the cost of the same project. So an old reading charges too much, never too little.
 */
export function chargeOf(launch: Launch, builders: readonly Builder[], now: Time, limits: Limits): Charge {
  const { payers, open } = payersOf(launch, builders);
  const sums: MicroUsd = {};
  const add = (project: string, amount: number): void => {
    sums[project] = (sums[project] ?? 0) + amount;
  };
  for (const builder of builders) {
    const ended = builder.phase === 'gone';
    add(payers.get(builder.id) ?? '', ended ? costOf(builder) : worstCase(builder.usdPerHour, limits));
  }
  const recorded = new Set(builders.map(({ id }) => id));
  // The launch may have been read after its builders were: then one that it has started is missing here.
  const isWhole = (launch.started ?? []).every((id) => recorded.has(id));
  const more = !isWhole || mayBringMore(launch, now, limits);
  if (more) for (const project of open) add(project, worstCase(launch.usdPerHour ?? 0, limits));
  return { microUsd: sums, final: !more && builders.every(({ phase }) => phase === 'gone') };
}

/** An answer names all machines. Without one, machines may show up for a while after the launch is closed. */
function mayBringMore({ phase, answeredAt, askedAt }: Launch, now: Time, limits: Limits): boolean {
  if (phase === 'closed') return now - (answeredAt ?? askedAt) <= limits.stragglersMs;
  return phase === 'asked';
}

/** The most that may be reserved and spent in a day, in millionths of a US dollar. */
export interface Caps {
  installation: number;
  project(name: string): number;
}

/** Whose daily limit is reached. */
export type Whose = 'project' | 'installation';

export interface Purse {
  /** Takes an amount, or says whose limit that would overstep. Nothing is never too much. */
  take(project: string, amount: number): Whose | undefined;
}

/** The sums of a ledger: by project, and in all. */
export function sumsOf({ open, settled }: Ledger): { projects: Map<string, number>; all: number } {
  const projects = new Map<string, number>();
  let all = 0;
  for (const sums of [settled, ...Object.values(open).map((entry) => entry.microUsd)]) {
    for (const [project, amount] of Object.entries(sums)) {
      projects.set(project, (projects.get(project) ?? 0) + amount);
      all += amount;
    }
  }
  return { projects, all };
}

/** What the caps leave of a ledger. */
export function purseOf(ledger: Ledger | undefined, caps: Caps): Purse {
  const { projects, all } = ledger ? sumsOf(ledger) : { projects: new Map<string, number>(), all: 0 };
  let sum = all;
  return {
    take(project, amount) {
      if (amount === 0) return undefined;
      const own = (projects.get(project) ?? 0) + amount;
      if (own > caps.project(project)) return 'project';
      if (sum + amount > caps.installation) return 'installation';
      projects.set(project, own);
      sum += amount;
      return undefined;
    },
  };
}
