// One record of each kind with every field that it can have.
import type { Host } from '../../shared/scheduler/host-records.ts';
import type { Builder, Job, Launch, Notice, Pool, Run, Sight } from '../../shared/scheduler/records.ts';
import type { Ledger, Memory } from '../../shared/scheduler/shared-records.ts';
import type { DaySoFar, Receipt, SweepMemory } from '../../shared/scheduler/sweep-records.ts';

export const pool: Pool = {
  kind: 'pool',
  pool: 'gpu',
  id: 'pool',
  version: 0,
  lastLaunch: 12,
  passBeganAt: 1_000,
  refusedScopes: { 'group/aswf/openexr': { since: 900, why: 'the group is missing', times: 1 } },
  closedRungs: { 0: { until: 2_000, times: 2, why: 'five boots in a row failed' } },
};

export const host: Host = {
  kind: 'host',
  pool: 'mac',
  id: 'mac-12',
  version: 0,
  phase: 'gone',
  rung: 1,
  offering: 'us-east-1/on-demand/mac2.metal/us-east-1a',
  usdPerHour: 0.65,
  job: '7001',
  project: 'openexr',
  askedAt: 1_000,
  hostId: 'h-0123456789abcdef0',
  allocatedAt: 1_050,
  state: 'released',
  stateSince: 1_900,
  seenAt: 1_950,
  instances: ['i-0abc'],
  missingAt: 1_960,
  unbilledMs: 300,
  restsUntil: 1_200,
  rests: 2,
  served: [
    {
      runner: 'callsheet-aswf-i-0abc-1-1',
      job: '7001',
      repository: 'aswf/openexr',
      startedAt: 1,
      endedAt: 2,
    },
  ],
  earlier: { jobs: 3, ms: 400 },
  reservedUntil: 9_000,
  reserved: { openexr: 15_925_000 },
  settledAt: 2_100,
  releasingAt: 1_800,
  notBefore: 1_850,
  endedAt: 2_000,
  why: 'its paid day is over',
};

export const launch: Launch = {
  kind: 'launch',
  pool: 'gpu',
  id: 'gpu-12',
  version: 0,
  phase: 'answered',
  provider: 'local',
  rung: 0,
  n: 2,
  request: '{"n":2}',
  deal: [{ scope: 'group/aswf/openexr', job: '7001', project: 'openexr' }],
  askedAt: 1_000,
  answeredAt: 1_100,
  started: ['b1', 'b2'],
  usdPerHour: 0.526,
  settledAt: 2_000,
  host: 'mac-12',
  why: 'capacity',
};

export const builder: Builder = {
  kind: 'builder',
  pool: 'gpu',
  id: 'b1',
  version: 0,
  phase: 'gone',
  provider: 'local',
  rung: 0,
  launch: 'gpu-12',
  launchedAt: 1_000,
  scope: 'group/aswf/openexr',
  job: '7001',
  turn: 1,
  count: 2,
  keyHash: 'ab'.repeat(32),
  runner: 'callsheet-aswf-b1-1-2',
  runnerId: '55',
  askedAt: 1_200,
  claimedAt: 1_300,
  readyAt: 1_400,
  heardAt: 1_500,
  startedAt: 1_600,
  foreign: { job: '9', repository: 'aswf/other', endedAt: 1_650 },
  retiringAt: 1_700,
  deletedAt: 1_800,
  stoppingAt: 1_900,
  finishedAt: 2_000,
  endedAt: 2_100,
  unregisteredAt: 2_200,
  missingAt: 2_300,
  why: 'its job has ended',
  log: 'bye\n',
  machine: {
    os: 'linux',
    arch: 'x64',
    agent: '1',
    bootSeconds: 41.5,
    gpus: [{ name: 'T4', driver: '570.1', memoryMiB: 15_360, computeCapability: '7.5' }],
    features: ['cuda', 'egl'],
  },
  usdPerHour: 0.526,
  project: 'openexr',
  offering: 'us-east-1/spot/g4dn.xlarge/us-east-1a',
  address: '192.0.2.1',
  interruptedAt: 1_950,
  host: 'mac-12',
  turnAt: 1_150,
  bound: 'aswf/openexr',
  reset: { askedAt: 1_960, task: 'replacevol-0abc' },
};

export const job: Job = {
  kind: 'job',
  pool: 'gpu',
  id: '7001',
  version: 0,
  phase: 'done',
  repository: 'aswf/openexr',
  project: 'openexr',
  scope: 'group/aswf/openexr',
  labels: ['gpu', 'self-hosted'],
  name: 'build (12.8, Ünïcode 🎬)',
  runId: '190000000000000123',
  runAttempt: 1,
  headSha: '',
  queuedAt: 1_000,
  runner: 'callsheet-aswf-b1-1-2',
  startedAt: 1_600,
  endedAt: 2_000,
  outcome: 'success',
  heardAt: 2_000,
  verdict: { state: 'waiting', code: 'starting', why: 'a machine boots', since: 1_000 },
};

export const run: Run = {
  kind: 'run',
  pool: 'gpu',
  id: '190000000000000123',
  version: 0,
  repository: 'aswf/openexr',
  event: 'pull_request',
  trust: 'untrusted',
  why: 'it comes from a fork',
  askedAt: 1_000,
  forkApproval: { allExternal: true, askedAt: 1_000 },
  cancelledAt: 1_100,
  lost: { attempt: 2, jobs: ['7001'] },
  reruns: 1,
  rerunOf: 1,
  rerunAt: 1_200,
};

export const notice: Notice = {
  kind: 'notice',
  pool: 'gpu',
  id: '190000000000000123-no-room',
  version: 0,
  repository: 'aswf/openexr',
  headSha: 'c0ffee',
  jobName: 'build',
  code: 'no-room',
  state: 'open',
  checkRunId: '88',
  title: 'Waits for a machine',
  summary: 'All machines of the pool are busy.',
  since: 1_000,
  sentAt: 1_100,
};

export const sight: Sight = { kind: 'sight', pool: 'gpu', id: 'i-0abc', version: 0, at: 1_000 };

export const memory: Memory = {
  kind: 'memory',
  pool: '+',
  id: 'memory',
  version: 0,
  empty: { 'us-east-1/spot/g4dn.xlarge/us-east-1a': { until: 2_000, why: 'capacity: none' } },
};

export const ledger: Ledger = {
  kind: 'ledger',
  pool: '+',
  id: '2026-11-21',
  version: 0,
  open: { 'gpu-7': { at: 1_000, microUsd: { openexr: 3_331_334 } } },
  settled: { openexr: 12 },
};

const sweeps: Omit<DaySoFar, 'day'> = {
  from: 1_000,
  sweeps: 1_440,
  troubled: 2,
  longestPauseMs: 60_000,
  counts: { 'orphans ended': 1 },
  found: [
    {
      kind: 'machine',
      id: 'i-0abc',
      place: 'us-east-1',
      launch: 'gpu-12',
      since: 900,
      usdPerHour: 0.526,
      protected: true,
      unownedSince: 950,
      until: 1_100,
    },
  ],
  abstentions: [{ part: 'provider ec2', why: 'it timed out', since: 1_000, until: 1_100, times: 2 }],
  more: 3,
};

export const sweep: SweepMemory = {
  kind: 'sweep',
  pool: '+',
  id: 'sweep',
  version: 0,
  at: 1_000,
  pools: ['gpu'],
  life: { 'aswf/openexr': 900 },
  listed: { 'aswf/openexr': 6 },
  unknown: { 'gpu aswf/openexr': 950 },
  turn: 7,
  deliveries: {
    seenTo: 900,
    settledTo: 600,
    gaps: [{ cursor: 'v1_a=', downTo: 100 }],
    failed: { 'a-guid': { id: '1152921504606846971', at: 800, times: 1, askedAt: 850 } },
    arrived: { 'another-guid': 990 },
  },
  today: { day: '2026-11-21', ...sweeps },
};

export const receipt: Receipt = {
  kind: 'receipt',
  pool: '+',
  id: '2026-11-20',
  version: 0,
  ...sweeps,
  endedAt: 2_000,
  isClean: true,
  usd: 0.25,
};

/** What moves to history in the end. */
const moving = [host, launch, builder, job, run, notice, sight];

/** What history takes: a receipt is history from the beginning. */
export const endingKinds = [...moving, receipt];

/** What the open table takes. */
export const openKinds = [pool, ...moving, memory, ledger, sweep];
