// Which jobs have run on a host, and what they take there.
import type { Host, Served } from '../host-records.ts';
import type { Limits } from '../limits.ts';
import type { Builder, PoolState } from '../records.ts';
import type { HostFacts } from './facts.ts';

/** A host's record names so many of its jobs; of those before it has the sum. */
const remembered = 50;

/** The hosts of whose jobs their record lacks something, with it. Repeating finds nothing new. */
export function servedNews({ hosts, builders }: PoolState, facts: HostFacts): Host[] {
  const machines = Map.groupBy(builders, ({ host }) => host);
  return hosts.flatMap((host) => {
    const news = (machines.get(host.id) ?? []).flatMap((builder) => servedBy(builder, facts));
    const fresh = news.filter((one) => isMissing(host, one));
    const isFirst = !host.used && facts.hasServed(host);
    if (fresh.length === 0 && !isFirst) return [];
    return [{ ...withServed(host, fresh), used: true }];
  });
}

function servedBy(builder: Builder, facts: HostFacts): Served[] {
  const { runner, readyAt } = builder;
  const done = facts.jobsOn(builder).filter(({ phase }) => phase === 'done');
  const last = done.toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0)).at(-1);
  const startedAt = last?.startedAt ?? readyAt;
  if (!last || runner === undefined || startedAt === undefined || last.endedAt === undefined) return [];
  const { id, repository, endedAt } = last;
  return [{ runner, job: id, repository, startedAt, endedAt }];
}

/** What is older than all that a full list names is in the sum already. */
function isMissing({ served }: Host, one: Served): boolean {
  if (served.some(({ runner }) => runner === one.runner)) return false;
  return served.length < remembered || one.endedAt > (served[0]?.endedAt ?? 0);
}

function withServed(host: Host, fresh: readonly Served[]): Host {
  const all = [...host.served, ...fresh].sort((a, b) => a.endedAt - b.endedAt);
  const old = all.slice(0, -remembered);
  const { jobs, ms } = host.earlier;
  return {
    ...host,
    served: all.slice(-remembered),
    earlier: { jobs: jobs + old.length, ms: ms + sumOf(old) },
  };
}

const sumOf = (served: readonly Served[]): number =>
  served.reduce((sum, { startedAt, endedAt }) => sum + Math.max(0, endedAt - startedAt), 0);

/** What a job takes on these hosts, in ms: the mean of those that have run there. */
export function meanJobMs(hosts: readonly Host[], limits: Limits): number {
  const jobs = hosts.reduce((sum, { served, earlier }) => sum + served.length + earlier.jobs, 0);
  const ms = hosts.reduce((sum, { served, earlier }) => sum + sumOf(served) + earlier.ms, 0);
  return jobs > 0 ? ms / jobs : limits.usualJobMs;
}
