// What a stored record must look like: a field more, less or of another type does not parse.
import * as z from 'zod/mini';
import type { Host } from '../scheduler/host-records.ts';
import type { Builder, Job, Launch, Notice, Pool, Run, Sight } from '../scheduler/records.ts';
import type { Ledger, Memory } from '../scheduler/shared-records.ts';
import { count, exactly, flag, maybeText, maybeTime, stored, text, time } from './fields.ts';
import { receipt, sweep } from './sweep-schemas.ts';

const verdictCode = z.literal([
  'starting',
  'no-room',
  'no-rung',
  'concurrency',
  'untrusted-concurrency',
  'trust-unknown',
  'trust-refused',
  'scope-refused',
  'builders-failed',
  'host-busy',
  'daily-limit',
]);

const job = exactly<Job>()(
  z.strictObject({
    kind: z.literal('job'),
    ...stored,
    phase: z.literal(['waiting', 'running', 'done']),
    repository: text,
    project: text,
    scope: text,
    labels: z.array(text),
    name: text,
    runId: text,
    runAttempt: count,
    headSha: text,
    queuedAt: time,
    runner: maybeText,
    startedAt: maybeTime,
    endedAt: maybeTime,
    outcome: maybeText,
    isPublic: z.optional(flag),
    heardAt: time,
    verdict: z.optional(
      z.strictObject({
        state: z.literal(['waiting', 'held', 'refused']),
        code: verdictCode,
        why: text,
        since: time,
      }),
    ),
  }),
);

const machine = z.strictObject({
  os: text,
  arch: text,
  agent: text,
  bootSeconds: z.number(),
  gpus: z.array(z.strictObject({ name: text, driver: text, memoryMiB: z.number(), computeCapability: text })),
  features: z.optional(z.array(text)),
});

const builder = exactly<Builder>()(
  z.strictObject({
    kind: z.literal('builder'),
    ...stored,
    phase: z.literal(['booting', 'claimed', 'ready', 'resetting', 'retiring', 'stopping', 'gone']),
    provider: text,
    rung: count,
    launch: text,
    launchedAt: time,
    queueUntil: maybeTime,
    provisionedAt: maybeTime,
    scope: maybeText,
    job: maybeText,
    turn: count,
    count,
    keyHash: maybeText,
    runner: maybeText,
    runnerId: maybeText,
    askedAt: maybeTime,
    claimedAt: maybeTime,
    readyAt: maybeTime,
    heardAt: maybeTime,
    startedAt: maybeTime,
    run: maybeText,
    foreign: z.optional(z.strictObject({ job: text, repository: text, endedAt: maybeTime })),
    retiringAt: maybeTime,
    deletedAt: maybeTime,
    stoppingAt: maybeTime,
    finishedAt: maybeTime,
    endedAt: maybeTime,
    unregisteredAt: maybeTime,
    missingAt: maybeTime,
    why: maybeText,
    log: maybeText,
    machine: z.optional(machine),
    usdPerHour: z.number(),
    project: maybeText,
    offering: maybeText,
    address: maybeText,
    interruptedAt: maybeTime,
    host: maybeText,
    turnAt: maybeTime,
    bound: maybeText,
    reset: z.optional(z.strictObject({ askedAt: time, task: maybeText })),
  }),
);

/** No leading zero: its number is padded in the key, and two ids may not share one. */
const launchId = text.check(z.regex(/^.+-(0|[1-9]\d{0,11})$/));

const launch = exactly<Launch>()(
  z.strictObject({
    kind: z.literal('launch'),
    ...stored,
    id: launchId,
    phase: z.literal(['asked', 'answered', 'closed']),
    provider: text,
    rung: count,
    n: count,
    request: text,
    deal: z.array(z.strictObject({ scope: text, job: text, project: maybeText })),
    askedAt: time,
    answeredAt: maybeTime,
    started: z.optional(z.array(text)),
    usdPerHour: z.optional(z.number()),
    settledAt: maybeTime,
    host: maybeText,
    why: maybeText,
  }),
);

const hostState = z.literal([
  'available',
  'pending',
  'configuring',
  'under-assessment',
  'permanent-failure',
  'released',
  'released-permanent-failure',
  'unknown',
]);

const pool = exactly<Pool>()(
  z.strictObject({
    kind: z.literal('pool'),
    ...stored,
    id: text.check(z.regex(/^pool$/)),
    lastLaunch: count,
    passBeganAt: maybeTime,
    refusedScopes: z.record(
      text,
      z.strictObject({ since: time, why: text, times: count, liftedAt: maybeTime }),
    ),
    closedRungs: z.record(
      text,
      z.strictObject({
        until: time,
        times: count,
        why: text,
        since: maybeTime,
        refusals: z.optional(count),
      }),
    ),
  }),
);

const run = exactly<Run>()(
  z.strictObject({
    kind: z.literal('run'),
    ...stored,
    repository: text,
    event: text,
    trust: z.literal(['trusted', 'untrusted']),
    why: text,
    askedAt: time,
    forkApproval: z.optional(z.strictObject({ allExternal: flag, askedAt: time })),
    cancelledAt: maybeTime,
    lost: z.optional(z.strictObject({ attempt: count, jobs: z.array(text) })),
    reruns: z.optional(count),
    rerunOf: z.optional(count),
    rerunAt: maybeTime,
  }),
);

const notice = exactly<Notice>()(
  z.strictObject({
    kind: z.literal('notice'),
    ...stored,
    repository: text,
    headSha: text,
    jobName: text,
    code: verdictCode,
    state: z.literal(['open', 'closed']),
    checkRunId: maybeText,
    title: text,
    summary: text,
    since: time,
    sentAt: time,
  }),
);

const sight = exactly<Sight>()(z.strictObject({ kind: z.literal('sight'), ...stored, at: time }));

const memory = exactly<Memory>()(
  z.strictObject({
    kind: z.literal('memory'),
    ...stored,
    empty: z.record(text, z.strictObject({ until: time, why: text })),
  }),
);

const microUsd = z.record(text, count);

const ledger = exactly<Ledger>()(
  z.strictObject({
    kind: z.literal('ledger'),
    ...stored,
    open: z.record(text, z.strictObject({ at: time, microUsd })),
    settled: microUsd,
  }),
);

const host = exactly<Host>()(
  z.strictObject({
    kind: z.literal('host'),
    ...stored,
    id: launchId,
    phase: z.literal(['asked', 'held', 'releasing', 'gone']),
    rung: count,
    offering: text,
    usdPerHour: z.number(),
    job: maybeText,
    project: maybeText,
    askedAt: time,
    hostId: maybeText,
    allocatedAt: maybeTime,
    state: z.optional(hostState),
    stateSince: maybeTime,
    seenAt: maybeTime,
    instances: z.optional(z.array(text)),
    missingAt: maybeTime,
    unbilledMs: z.number(),
    restsUntil: maybeTime,
    rests: z.optional(count),
    used: z.optional(z.literal(true)),
    served: z.array(
      z.strictObject({ runner: text, job: text, repository: text, startedAt: time, endedAt: time }),
    ),
    earlier: z.strictObject({ jobs: count, ms: z.number() }),
    reservedUntil: time,
    reserved: microUsd,
    settledAt: maybeTime,
    releasingAt: maybeTime,
    notBefore: maybeTime,
    endedAt: maybeTime,
    why: maybeText,
  }),
);

/** Any record, told apart by its kind. */
export const itemSchema = z.discriminatedUnion('kind', [
  pool,
  host,
  launch,
  builder,
  job,
  run,
  notice,
  sight,
  memory,
  ledger,
  sweep,
  receipt,
]);
