// Sample records for the views: one job, one builder, one host, one pool.
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Builder, Job, PoolState } from '../../shared/scheduler/records.ts';

export const job = (parts: Partial<Job> = {}): Job => ({
  kind: 'job',
  pool: 'gpu',
  id: '12',
  version: 1,
  phase: 'waiting',
  repository: 'AcademySoftwareFoundation/OpenColorIO',
  project: 'opencolorio',
  scope: 'group/AcademySoftwareFoundation/opencolorio',
  labels: ['gpu'],
  name: 'gpu',
  runId: '7',
  runAttempt: 1,
  headSha: 'a'.repeat(40),
  queuedAt: 1000,
  heardAt: 1000,
  ...parts,
});

export const builder = (parts: Partial<Builder> = {}): Builder => ({
  kind: 'builder',
  pool: 'gpu',
  id: 'local-gpu-1-0',
  version: 1,
  phase: 'ready',
  provider: 'local',
  rung: 0,
  launch: '1',
  launchedAt: 2000,
  job: '12',
  turn: 1,
  count: 1,
  usdPerHour: 3.6,
  ...parts,
});

/** A host that stands empty. */
export const host = (parts: Partial<Host> = {}): Host => ({
  kind: 'host',
  pool: 'mac',
  id: 'mac-1',
  version: 1,
  phase: 'held',
  rung: 0,
  offering: 'us-east-1/on-demand/mac2.metal/us-east-1a',
  usdPerHour: 0.65,
  job: '12',
  project: 'opencolorio',
  askedAt: 1000,
  hostId: 'h-0abc',
  allocatedAt: 1000,
  state: 'available',
  stateSince: 1000,
  instances: [],
  unbilledMs: 0,
  served: [],
  earlier: { jobs: 0, ms: 0 },
  reservedUntil: 0,
  reserved: {},
  ...parts,
});

export const state = (jobs: Job[], builders: Builder[] = [], pool = 'gpu'): PoolState => ({
  pool: { kind: 'pool', id: 'pool', pool, version: 1, lastLaunch: 0, refusedScopes: {}, closedRungs: {} },
  hosts: [],
  launches: [],
  builders,
  jobs,
  runs: [],
  notices: [],
  sights: [],
  memories: [],
  ledgers: [],
  sweeps: [],
  unreadable: [],
});
