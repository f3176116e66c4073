// Deals: which booting builder is for which job.
import { payersOf } from './money.ts';
import type { Builder, Deal, Job, Launch, PoolState, Scope } from './records.ts';

export const dealOf = ({ scope, id, project }: Job): Deal => ({ scope, job: id, project });

/** A booting builder whose scope or job changes. */
export interface Assignment {
  builder: Builder;
  deal: Deal | undefined;
}

export function byScope(jobs: readonly Job[]): Map<Scope, Job[]> {
  return Map.groupBy(jobs, ({ scope }) => scope);
}

/** The projects whose money paid builders were started with: they serve no other. */
export function payersIn({ launches, builders }: PoolState): Map<string, string> {
  const ofLaunch = Map.groupBy(builders, ({ launch }) => launch);
  const payers = new Map<string, string>();
  for (const launch of launches) {
    if (launch.usdPerHour === undefined) continue;
    for (const [id, project] of payersOf(launch, ofLaunch.get(launch.id) ?? []).payers)
      payers.set(id, project);
  }
  return payers;
}

/** The deals of a launch that none of its builders has taken yet. */
export function dealsLeft(launch: Launch, builders: readonly Builder[]): Deal[] {
  const jobs = new Set(builders.map(({ job }) => job));
  const taken = launch.deal.filter(({ job }) => jobs.has(job));
  const deals = [...launch.deal.filter(({ job }) => !jobs.has(job)), ...taken];
  return payersOf(launch, builders).open.flatMap((payer) => {
    const at = deals.findIndex(({ project = '' }) => project === payer);
    return at < 0 ? [] : deals.splice(at, 1);
  });
}

/**
 * Each free builder keeps its job while that still lacks one, else its scope while that does: a new deal is a
 * write. The other jobs go to the rest, who asked first first; a builder that somebody pays for (`payers`)
 * goes to jobs of that project only. `rest`: jobs without a builder.
 */
export function dealToFree(
  free: readonly Builder[],
  lacking: readonly Job[],
  payers: ReadonlyMap<string, string>,
): { assign: Assignment[]; rest: Job[] } {
  const wanted = new Map(lacking.map((job) => [job.id, job]));
  const dealt = new Set<Job>();
  const assign: Assignment[] = [];
  const give = (builder: Builder, job: Job | undefined): void => {
    if (job) dealt.add(job);
    if (builder.scope === job?.scope && builder.job === job?.id) return;
    assign.push({ builder, deal: job && dealOf(job) });
  };
  /** Gives each builder the job chosen for it; answers those without. */
  const giveTo = (builders: readonly Builder[], choose: (builder: Builder) => Job | undefined): Builder[] =>
    builders.filter((builder) => {
      const job = choose(builder);
      if (!job || dealt.has(job)) return true;
      give(builder, job);
      return false;
    });
  const isOpen = (job: Job): boolean => !dealt.has(job);

  const jobless = giveTo(free, ({ job = '', scope }) => {
    const own = wanted.get(job);
    return own?.scope === scope ? own : undefined;
  });
  const queues = byScope(lacking.filter(isOpen));
  const others = giveTo(jobless, ({ scope = '' }) => queues.get(scope)?.shift());
  const next = nextJobs(lacking.filter(isOpen), isOpen);
  const never = Number.MAX_SAFE_INTEGER;
  others.sort((a, b) => (a.askedAt ?? never) - (b.askedAt ?? never));
  for (const builder of others) give(builder, next(payers.get(builder.id)));
  return { assign, rest: lacking.filter(isOpen) };
}

/** Answers the next open job of a project, or of any. */
function nextJobs(jobs: readonly Job[], isOpen: (job: Job) => boolean) {
  const all = jobs.values();
  const projects = new Map<string, Iterator<Job>>();
  for (const [project, own] of Map.groupBy(jobs, (job) => job.project)) projects.set(project, own.values());
  return (project: string | undefined): Job | undefined => {
    const queue = project === undefined ? all : projects.get(project);
    for (let job = queue?.next().value; job; job = queue?.next().value) if (isOpen(job)) return job;
    return undefined;
  };
}
