// Deals on hosts: a machine whose disk was reset takes trusted jobs of its repository only, and a job that
// may outlast the money of its host takes more money first.
import { type Assignment, dealToFree } from '../deals.ts';
import type { Host } from '../host-records.ts';
import type { Limits } from '../limits.ts';
import type { Purse, Whose } from '../money.ts';
import type { Builder, Job, Time } from '../records.ts';
import type { HostFacts } from './facts.ts';
import { extend, jobReserved } from './money.ts';
import { isOwnOf } from './slots.ts';
import { takenOver } from './takeovers.ts';

export interface HostDeals {
  assign: Assignment[];
  /** Jobs without a builder. */
  rest: Job[];
  /** Of each free builder that has a job now, by its id. */
  dealt: Map<string, Job>;
  /** The jobs among the rest that only money keeps from a machine. */
  refused: Map<Job, Whose>;
  /** What must be reserved first. */
  extend: { host: Host; reservedUntil: Time }[];
}

export interface DealInput {
  free: readonly Builder[];
  /** Jobs that lack a builder, in their order, and who pays for a builder. */
  lacking: readonly Job[];
  payers: ReadonlyMap<string, string>;
  hosts: readonly Host[];
  facts: HostFacts;
  purse: Purse | undefined;
  now: Time;
  limits: Limits;
}

/** Deals the jobs to the free builders: first to those that are bound to a repository, then to the others. */
export function dealJobs(input: DealInput): HostDeals {
  const { free, lacking, payers, facts } = input;
  const byId = new Map(lacking.map((job) => [job.id, job]));
  const assign: Assignment[] = [];
  let rest = [...lacking];
  for (const [bound, builders] of Map.groupBy(free, (builder) => builder.bound)) {
    if (bound === undefined) continue;
    const own = rest.filter((job) => isOwnOf({ repository: bound }, job, facts));
    const dealt = dealToFree(builders, own, payers);
    const left = new Set(dealt.rest);
    const taken = new Set(own.filter((job) => !left.has(job)));
    assign.push(...dealt.assign);
    rest = rest.filter((job) => !taken.has(job));
  }
  const unbound = free.filter(({ bound }) => bound === undefined);
  const exchanged = takenOver(unbound, new Set(rest));
  const others = dealToFree(exchanged.builders, rest, payers);
  const decided = new Set(others.assign.map(({ builder }) => builder.id));
  const takeovers = exchanged.assign.filter(({ builder }) => !decided.has(builder.id));
  const all = paid([...assign, ...takeovers, ...others.assign], byId, input);
  const changed = new Map(all.assign.map(({ builder, deal }) => [builder.id, deal]));
  const dealt = new Map<string, Job>();
  for (const { id, job } of free) {
    const dealtJob = byId.get((changed.has(id) ? changed.get(id)?.job : job) ?? '');
    if (dealtJob) dealt.set(id, dealtJob);
  }
  const served = new Set(dealt.values());
  return { ...all, dealt, rest: lacking.filter((job) => !served.has(job)) };
}

/** Leaves out what there is no money for. */
function paid(
  assign: readonly Assignment[],
  jobs: ReadonlyMap<string, Job>,
  { hosts, purse, now, limits }: DealInput,
): Pick<HostDeals, 'assign' | 'refused' | 'extend'> {
  const byId = new Map(hosts.map((host) => [host.id, host]));
  const until = jobReserved(now, limits);
  const able: Assignment[] = [];
  const refused = new Map<Job, Whose>();
  const extended: HostDeals['extend'] = [];
  for (const one of assign) {
    const host = byId.get(one.builder.host ?? '');
    const job = jobs.get(one.deal?.job ?? '');
    const isPaid = !host || !job || host.reservedUntil >= until;
    const whose = isPaid ? undefined : extend(host, until, job.project, purse);
    if (!whose) able.push(one);
    else if (one.builder.scope !== undefined) able.push({ builder: one.builder, deal: undefined });
    if (job && whose) refused.set(job, whose);
    if (!isPaid && !whose) extended.push({ host, reservedUntil: until });
  }
  return { assign: able, refused, extend: extended };
}
