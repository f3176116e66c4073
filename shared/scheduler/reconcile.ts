// Records without machines, jobs in doubt, and tombstones: what a sweep finds in one read of a pool.
import type { Host } from './host-records.ts';
import type { Limits } from './limits.ts';
import type { Judgement } from './orphans.ts';
import type { Builder, Item, Job, Launch, PoolState, Run, Time } from './records.ts';
import { agoOf } from './spans.ts';

/** What to do about something on record that a list of the cloud lacks. */
export type MissingDecision = 'nothing' | 'remember' | 'look';

/**
 * What to do about a builder that a list of the cloud lacks: nothing, write down when, or ask for that one
 * id. Only the cloud's word about the id makes a builder gone.
 */
export function judgeMissing(builder: Builder, now: Time, limits: Limits): Judgement<MissingDecision> {
  const { phase, launchedAt, heardAt = 0, finishedAt } = builder;
  const nothing = (why: () => string) => ({ decision: 'nothing', why }) as const;
  if (phase === 'gone') return nothing(() => 'it is gone');
  if (now - launchedAt < limits.newbornMs)
    return nothing(() => `it was launched ${agoOf(launchedAt, now)}: it may not be shown yet`);
  if (now - heardAt < limits.voiceMs && finishedAt === undefined)
    return nothing(() => `it was heard of ${agoOf(heardAt, now)}`);
  return judgeMissedAt(builder.missingAt, now, limits);
}

/** What to do about a host that a list of the cloud lacks: as with builders. One without an id never came. */
export function judgeMissingHost(host: Host, now: Time, limits: Limits): Judgement<MissingDecision> {
  const { phase, hostId, askedAt, allocatedAt = 0, missingAt } = host;
  const nothing = (why: () => string) => ({ decision: 'nothing', why }) as const;
  if (phase === 'asked' || phase === 'gone' || hostId === undefined) return nothing(() => `it is ${phase}`);
  const since = Math.max(askedAt, allocatedAt);
  if (now - since < limits.newbornMs)
    return nothing(() => `it was allocated ${agoOf(since, now)}: it may not be shown yet`);
  return judgeMissedAt(missingAt, now, limits);
}

/** One that was missed too long ago, or at a time to come, is missed anew. */
function judgeMissedAt(missingAt: Time | undefined, now: Time, limits: Limits): Judgement<MissingDecision> {
  if (missingAt === undefined || missingAt > now || now - missingAt > limits.sightingFadesMs)
    return { decision: 'remember', why: () => 'the list lacks it for the first time' };
  const decision = now - missingAt >= limits.sightingsApartMs ? 'look' : 'nothing';
  return { decision, why: () => `the list lacked it ${agoOf(missingAt, now)}, too` };
}

/** Must a list of the cloud show its machine? One that ends may be gone already, and so may one of spot. */
export function mustBeShown(builder: Builder, now: Time, limits: Limits): boolean {
  const { phase, launchedAt, finishedAt, interruptedAt } = builder;
  const isEnding = finishedAt !== undefined || interruptedAt !== undefined;
  if (isEnding || now - launchedAt < limits.newbornMs) return false;
  switch (phase) {
    case 'booting':
    case 'claimed':
    case 'ready':
    case 'resetting':
      return true;
    case 'retiring':
    case 'stopping':
    case 'gone':
      return false;
  }
}

/** Must a list of the cloud show the host? */
export const hostMustBeShown = (host: Host, now: Time, { newbornMs }: Limits): boolean =>
  host.phase === 'held' && now - Math.max(host.askedAt, host.allocatedAt ?? 0) >= newbornMs;

/**
 * Waiting jobs that may have been served already: since GitHub last spoke of them a builder of their scope
 * ended, or is ending, or has been busy for long by its own word, without being named. Oldest news first.
 */
export function doubtfulJobs(state: PoolState, now: Time, coverMs: number, limit: number): Job[] {
  const named = new Set(state.jobs.map((job) => job.runner));
  const doubtSince = new Map<string, Time>();
  for (const builder of state.builders) {
    if (!builder.scope || !builder.runner || builder.foreign || named.has(builder.runner)) continue;
    const at = mayBeOver(builder) ? endOf(builder) : (builder.startedAt ?? now) + coverMs;
    if (at > now) continue;
    doubtSince.set(builder.scope, Math.max(doubtSince.get(builder.scope) ?? 0, at));
  }
  const inDoubt = (job: Job) => job.phase === 'waiting' && (doubtSince.get(job.scope) ?? 0) > job.heardAt;
  return someOf(state.jobs.filter(inDoubt), limit);
}

const mayBeOver = ({ phase }: Builder): boolean =>
  ['resetting', 'retiring', 'stopping', 'gone'].includes(phase);

const endOf = ({ finishedAt, endedAt, stoppingAt, retiringAt }: Builder): Time =>
  finishedAt ?? endedAt ?? stoppingAt ?? retiringAt ?? 0;

/** Open jobs that nobody has spoken of for a while. Oldest news first. */
export function silentJobs(state: PoolState, now: Time, limits: Limits, limit: number): Job[] {
  const silent = state.jobs.filter((job) => job.phase !== 'done' && now - job.heardAt > limits.verifyMs);
  return someOf(silent, limit);
}

/**
 * The oldest news first, repositories in turn: one that GitHub does not answer for must not starve the
 * others.
 */
function someOf(jobs: readonly Job[], limit: number): Job[] {
  const turns = new Map<string, number>();
  const turnOf = ({ repository }: Job): number => {
    const turn = turns.get(repository) ?? 0;
    turns.set(repository, turn + 1);
    return turn;
  };
  return [...jobs]
    .sort((a, b) => a.heardAt - b.heardAt)
    .map((job) => ({ job, turn: turnOf(job) }))
    .sort((a, b) => a.turn - b.turn)
    .slice(0, limit)
    .map(({ job }) => job);
}

/** Records that ended more than an hour ago and that nothing open needs any more: they move to history. */
export function expired(state: PoolState, now: Time, limits: Limits): Item[] {
  const old = (at: Time | undefined): boolean => at !== undefined && now - at > limits.tombstoneMs;
  const alive = state.builders.filter((builder) => builder.phase !== 'gone');
  const runners = new Set(alive.map((builder) => builder.runner));
  const launches = new Set(alive.map((builder) => builder.launch));
  // Their builders say what they have cost.
  const unsettled = new Set(state.launches.filter(isUnsettled).map(({ id }) => id));
  const runs = new Set(state.jobs.map((job) => job.runId));
  return [
    ...state.jobs.filter((job) => job.phase === 'done' && old(job.endedAt) && !runners.has(job.runner ?? '')),
    ...state.builders.filter(
      (builder) => builder.phase === 'gone' && old(builder.endedAt) && !unsettled.has(builder.launch),
    ),
    ...state.hosts.filter((host) => host.phase === 'gone' && old(host.endedAt) && !isHostUnsettled(host)),
    ...state.launches.filter(
      (launch) =>
        launch.phase !== 'asked' &&
        old(launch.answeredAt ?? launch.askedAt) &&
        !launches.has(launch.id) &&
        !unsettled.has(launch.id),
    ),
    ...state.runs.filter((run) => !runs.has(run.id) && old(lastNeeded(run, limits))),
    ...state.notices.filter((notice) => notice.state === 'closed' && old(notice.sentAt)),
    ...state.sights.filter((sight) => old(sight.at)),
  ];
}

/** Its money stands in a ledger. */
export const isUnsettled = ({ usdPerHour, settledAt }: Launch): boolean =>
  usdPerHour !== undefined && settledAt === undefined;

/** Money was reserved for it, and its ledgers lack what it has cost. */
export const isHostUnsettled = ({ reserved, settledAt }: Host): boolean =>
  settledAt === undefined && Object.keys(reserved).length > 0;

/**
 * When a run without jobs here was last needed; undefined: it still is, for its lost jobs. One that was run
 * again is remembered for a week, lest its next jobs be run again more often than they may.
 */
function lastNeeded({ askedAt, lost, rerunAt }: Run, limits: Limits): Time | undefined {
  if (lost) return undefined;
  return rerunAt === undefined ? askedAt : rerunAt + 168 * limits.tombstoneMs;
}

/**
 * Builders that are gone and whose registration may be left. GitHub removes that of a runner that had its
 * job; that of another we must delete.
 */
export function mayBeRegistered(state: PoolState): Builder[] {
  const named = new Set(state.jobs.map((job) => job.runner));
  return state.builders.filter(
    ({ phase, runner, unregisteredAt, foreign }) =>
      phase === 'gone' && runner && unregisteredAt === undefined && !foreign && !named.has(runner),
  );
}

/** Does the pool need a pass at the reaper's ring? */
export function hasWork(state: PoolState): boolean {
  return (
    state.jobs.some((job) => job.phase !== 'done') ||
    state.builders.some((builder) => builder.phase !== 'gone') ||
    state.hosts.some((host) => host.phase !== 'gone') ||
    mayBeRegistered(state).length > 0 ||
    state.launches.some((launch) => launch.phase === 'asked') ||
    state.runs.some((run) => run.lost !== undefined) ||
    state.notices.some((notice) => notice.state === 'open')
  );
}
