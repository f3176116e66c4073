// Hosts as people see them: what each has cost, what for, and why it is still there. Pure.
import type { HostView } from '../contract/view.ts';
import type { Config } from '../policy/config.ts';
import { macRungOf } from '../policy/hosts.ts';
import type { Host } from '../scheduler/host-records.ts';
import { billedMs } from '../scheduler/hosts/observe.ts';
import type { Builder, Job, Time } from '../scheduler/records.ts';
import { paidUntil, releaseAt, type Seen, standingOf } from './hosts-standing.ts';
import {
  builderViews,
  byId,
  type HostRules,
  hostRecords,
  iso,
  isoOrNull,
  jobRecords,
  type Known,
  msPerHour,
  newestFirst,
  shownUsd,
} from './view.ts';

/** How pools keep their hosts. One that the configuration does not have any more lets go of them. */
export function hostRulesOf(config: Pick<Config, 'pools'>): HostRules {
  const rules = Object.keys(config.pools).flatMap((pool) => {
    const found = macRungOf(config, pool);
    return found ? [[pool, { paidDay: found.rung.paidDay, afterwards: found.rung.afterwards }] as const] : [];
  });
  return Object.fromEntries(rules);
}

/** Every host once, newest first. One that the cloud never gave is none: the jobs that wait say why. */
export function hostViews(known: Known, now: Time): HostView[] {
  const use = useOf(known, now);
  return hostRecords(known)
    .filter(({ phase, hostId }) => phase !== 'gone' || hostId !== undefined)
    .map((host) => hostView({ host, now, ...rulesFor(known, host.pool), ...use(host) }))
    .sort((a, b) => newestFirst(a.since, b.since) || byId(b.view.id, a.view.id))
    .map(({ view }) => view);
}

function rulesFor({ hostRules }: Known, pool: string): Pick<Seen, 'rules' | 'hasLeft'> {
  const rules = hostRules && Object.hasOwn(hostRules, pool) ? hostRules[pool] : undefined;
  return { rules, hasLeft: hostRules !== undefined && rules === undefined };
}

/** What runs on a host, and what ran: by its record, and jobs of its machines that are not in there yet. */
function useOf(known: Known, now: Time): (host: Host) => Pick<Seen, 'machine' | 'jobs' | 'usedMs'> {
  const views = new Map(builderViews(known, now).map((view) => [view.id, view]));
  const jobs = new Map(jobRecords(known).map((job) => [job.runner, job]));
  const builders = Map.groupBy(
    known.states.flatMap((state) => state.builders),
    ({ host }) => host,
  );
  return ({ id, served, earlier }) => {
    const own = builders.get(id) ?? [];
    const present = own.find(({ phase }) => phase !== 'gone');
    const view = present && views.get(present.id);
    const spans = [...served, ...unrecorded(own, jobs, served)];
    const msOf = ({ startedAt, endedAt = now }: Span): number => Math.max(0, endedAt - startedAt);
    return {
      machine: view && { view, hasAsked: present.askedAt !== undefined },
      jobs: earlier.jobs + spans.length,
      usedMs: spans.reduce((sum, span) => sum + msOf(span), earlier.ms),
    };
  };
}

interface Span {
  startedAt: Time;
  endedAt?: Time | undefined;
}

function unrecorded(
  builders: readonly Builder[],
  jobs: ReadonlyMap<string | undefined, Job>,
  served: Host['served'],
): Span[] {
  const recorded = new Set(served.map(({ runner }) => runner));
  return builders.flatMap(({ runner }) => {
    const job = runner === undefined || recorded.has(runner) ? undefined : jobs.get(runner);
    return job?.startedAt === undefined ? [] : [{ startedAt: job.startedAt, endedAt: job.endedAt }];
  });
}

function hostView(seen: Seen): { since: string; view: HostView } {
  const { host, now, machine, jobs, usedMs } = seen;
  const { allocatedAt, endedAt, usdPerHour } = host;
  const paidMs = billedMs(host, now);
  const heldMs = allocatedAt === undefined ? 0 : (endedAt ?? now) - allocatedAt;
  const cost = (ms: number): number => shownUsd((ms / msPerHour) * usdPerHour);
  const usdCommitted = cost(paidMs + leftMs(host, now));
  const view = {
    id: host.hostId ?? host.id,
    pool: host.pool,
    offering: host.offering,
    ...standingOf(seen),
    project: host.project ?? null,
    builder: machine?.view.id ?? null,
    allocatedAt: isoOrNull(allocatedAt),
    paidUntil: isoOrNull(paidUntil(host)),
    releaseAt: isoOrNull(releaseAt(seen)),
    releasedAt: isoOrNull(endedAt),
    usdPerHour,
    usd: cost(paidMs),
    usdCommitted,
    jobs,
    usdPerJob: jobs === 0 ? null : shownUsd(usdCommitted / jobs),
    hoursPaid: hours(paidMs),
    hoursUsed: hours(usedMs),
    hoursCleaning: hours(Math.max(0, heldMs - paidMs)),
  };
  return { since: iso(allocatedAt ?? host.askedAt), view };
}

/** Of the 24 hours, what is still to come. */
const leftMs = (host: Host, now: Time): number =>
  host.endedAt === undefined ? Math.max(0, (paidUntil(host) ?? now) - now) : 0;

const hours = (ms: number): number => Math.round((ms / msPerHour) * 100) / 100;
