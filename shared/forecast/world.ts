// A simulated month: the records that a pool would have, and the cloud's own truth beside them.
import type { Host } from '../scheduler/host-records.ts';
import { type Limits, standardLimits } from '../scheduler/limits.ts';
import { type Plan, plan } from '../scheduler/plan.ts';
import { expired } from '../scheduler/reconcile.ts';
import {
  type Builder,
  emptyPool,
  type Job,
  type Launch,
  type PoolState,
  type Run,
  type Time,
} from '../scheduler/records.ts';
import { type Agenda, agenda } from './agenda.ts';
import type { CloudHost } from './cloud.ts';
import { monthBegins } from './demand.ts';
import type { Luck } from './luck.ts';
import type { Settings } from './settings.ts';

export const poolName = 'mac';

export interface World {
  now: Time;
  settings: Settings;
  luck: Luck;
  agenda: Agenda;
  records: Records;
  /** By `Host.id`. */
  cloud: Map<string, CloudHost>;
  /** How long each job runs, in ms, by its id. */
  lengths: Map<string, number>;
  /** Builders whose agent is up, and of those the ones that ask for work again and again. */
  speaking: Set<string>;
  asking: Set<string>;
  /** Resets that have succeeded, by their builder. */
  wiped: Set<string>;
  lastNumber: number;
  /** How long each job has waited, in ms. */
  waits: number[];
  /** Releases that the cloud has refused. */
  refused: number;
}

/** By id. */
interface Records {
  hosts: Map<string, Host>;
  launches: Map<string, Launch>;
  builders: Map<string, Builder>;
  jobs: Map<string, Job>;
  runs: Map<string, Run>;
}

export const worldOf = (settings: Settings, luck: Luck): World => ({
  now: monthBegins,
  settings,
  luck,
  agenda: agenda(),
  records: {
    hosts: new Map(),
    launches: new Map(),
    builders: new Map(),
    jobs: new Map(),
    runs: new Map(),
  },
  cloud: new Map(),
  lengths: new Map(),
  speaking: new Set(),
  asking: new Set(),
  wiped: new Set(),
  lastNumber: 0,
  waits: [],
  refused: 0,
});

/** The fields that every record of the pool has. It was written once. */
export const stored = (id: string) => ({ pool: poolName, id, version: 1 });

/** What the planner decides at a time, if nothing happens until then. */
export function planAt(world: World, now: Time): Plan {
  const { settings } = world;
  return plan({
    state: stateAt(world, now),
    now,
    limits: limitsOf(settings),
    policy: {
      terms: () => ({ admission: 'admitted' }),
      concurrency: () => ({ all: 1000, untrusted: 1000 }),
      untrustedJobMs: () => settings.jobMs,
      avoidsSpot: () => false,
    },
    maximum: settings.maximum,
    rungs: [{ patienceMs: 0, usdPerHour: 0, spot: false }],
    hosts: {
      ...settings,
      rung: 0,
      scrubMs: standardLimits.usualScrubMs,
      fits: () => true,
      mayReset: () => settings.resets,
    },
    tokenLifeMs: () => 0,
  });
}

const limitsOf = ({ bootMs, jobMs }: Settings): Limits => ({ ...standardLimits, bootMs, jobMs });

/** The pool as a pass reads it: agents that are up have just been heard, hosts have just been seen. */
function stateAt({ records, speaking, lastNumber }: World, now: Time): PoolState {
  const builders = [...records.builders.values()];
  const hosts = [...records.hosts.values()];
  return {
    pool: { ...emptyPool(poolName), lastLaunch: lastNumber },
    hosts: hosts.map((one) => (one.phase === 'held' ? { ...one, seenAt: now } : one)),
    launches: [...records.launches.values()],
    builders: builders.map((one) => (speaking.has(one.id) ? { ...one, heardAt: now } : one)),
    jobs: [...records.jobs.values()],
    runs: [...records.runs.values()],
    notices: [],
    sights: [],
    memories: [],
    ledgers: [],
    sweeps: [],
    unreadable: [],
  };
}

/** Moves to history what has ended, as the reaper does. */
export function archive(world: World): void {
  const { hosts, launches, builders, jobs, runs } = world.records;
  for (const { kind, id } of expired(stateAt(world, world.now), world.now, limitsOf(world.settings))) {
    if (kind === 'host') hosts.delete(id);
    if (kind === 'launch') launches.delete(id);
    if (kind === 'builder') builders.delete(id);
    if (kind === 'job') jobs.delete(id);
    if (kind === 'run') runs.delete(id);
  }
}
