// Jobs without a record: what GitHub has queued, repository by repository, within a share of its rate limit.
import { folded } from '../../policy/labels.ts';
import { ownerOfRepository } from '../../policy/lookup.ts';
import { route } from '../../policy/route.ts';
import type { GitHubJob } from '../../scheduler/ports.ts';
import type { Job, PoolState } from '../../scheduler/records.ts';
import { type Choice, chosen, failedIn, type Repository } from '../../scheduler/repositories.ts';
import type { SweepMemory } from '../../scheduler/sweep-records.ts';
import { inParallel } from '../change.ts';
import { type Ports, paceOf } from '../ports.ts';
import { recordJob } from '../record.ts';
import { factOf } from '../verify.ts';
import { abstain, count, eachPart, part, type Report } from './report.ts';
import { isIdle } from './rhythm.ts';
import { shareOf } from './share.ts';

/** A repository of which nothing was heard for this long is still. */
const lifeMs = 7 * 24 * 60 * 60_000;
/** New jobs of a repository that one sweep records. */
const newPerRepository = 100;
/** A listing takes two calls, and one for each run that it looks at. */
const callsOfListing = 2;

/** What the sweep works with. */
interface Round {
  ports: Ports;
  memory: SweepMemory;
  report: Report;
  until: () => boolean;
  /** Open and ended jobs on record. */
  jobs: readonly Job[];
}

/** Records jobs that GitHub has queued and we do not know: their deliveries were lost. */
export async function recordQueuedJobs(
  ports: Ports,
  memory: SweepMemory,
  states: readonly PoolState[],
  report: Report,
  until: () => boolean,
): Promise<void> {
  const round = { ports, memory, report, until, jobs: states.flatMap((state) => state.jobs) };
  const configured = Object.values(ports.config.projects).flatMap((project) => project.repositories);
  const open = noteLife(round, configured);
  memory.listed = only(memory.listed, configured);
  const all = configured.map((name) => repositoryOf(memory, name, open));
  const choice = chosen(all, memory.turn, states.every(isIdle));
  tellLeft(round, choice);
  const owners = Object.groupBy(choice.list, ({ name }) => folded(ownerOfRepository(name)));
  await inParallel(Object.values(owners), 4, (ofOwner = []) => listForOwner(round, ofOwner));
}

/** Keeps in mind which repositories have had jobs lately. Answers those that have open ones, folded. */
function noteLife({ ports, memory, jobs }: Round, configured: readonly string[]): Set<string> {
  const now = ports.clock.now();
  const spelled = new Map(configured.map((name) => [folded(name), name]));
  const open = new Set<string>();
  for (const { repository, phase, heardAt } of jobs) {
    const key = folded(repository);
    const name = spelled.get(key);
    if (name === undefined) continue;
    if (phase !== 'done') open.add(key);
    memory.life[name] = Math.max(memory.life[name] ?? 0, phase === 'done' ? heardAt : now);
  }
  const recent = Object.entries(memory.life).filter(([, at]) => now - at <= lifeMs / paceOf(ports));
  memory.life = only(Object.fromEntries(recent), configured);
  return open;
}

const only = (all: Record<string, number>, names: readonly string[]): Record<string, number> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));

function repositoryOf(memory: SweepMemory, name: string, open: ReadonlySet<string>): Repository {
  const lately = memory.life[name] === undefined ? 'still' : 'quiet';
  return { name, life: open.has(folded(name)) ? 'busy' : lately, listed: memory.listed[name] };
}

/** One after another, so that what each has cost is known before the next: what is left comes next time. */
async function listForOwner(round: Round, repositories: readonly Repository[]): Promise<void> {
  const { ports, memory, report, until } = round;
  const owner = ownerOfRepository(repositories[0]?.name ?? '');
  const share = shareOf(ports.github.allowance(owner), ports.clock.now());
  if (typeof share === 'string') {
    return abstain(report, { part: `queued jobs of ${owner}`, why: share, kinds: [] });
  }
  let left = share;
  for (const [n, repository] of repositories.entries()) {
    if (until()) {
      const more = repositories.length - n;
      report.problems.push(`queued jobs of ${owner}: ${more} repositories were not reached in time`);
      return;
    }
    const { name } = repository;
    if (left < callsOfListing) {
      tell(round, name, 'leave', `the sweep's ${share} calls of this minute for ${owner} are made`);
      continue;
    }
    memory.listed[name] = failedIn(memory.turn, repository);
    tell(round, name, 'list', rhythmOf(repository, memory.turn));
    const runs = Math.max(1, left - callsOfListing);
    left -= await costOf(ports, owner, () =>
      part(report, `queued jobs of ${name}`, () => list(round, name, runs)),
    );
  }
}

/** What the work has cost by GitHub's count, in which others may have a part: at least the two calls. */
async function costOf({ github }: Ports, owner: string, work: () => Promise<void>): Promise<number> {
  const before = github.allowance(owner)?.remaining;
  await work();
  const after = github.allowance(owner)?.remaining;
  return before === undefined || after === undefined
    ? callsOfListing
    : Math.max(callsOfListing, before - after);
}

async function list(round: Round, repository: string, runs: number): Promise<void> {
  const { ports, memory, report, jobs, until } = round;
  const known = new Set(
    jobs.filter((job) => folded(job.repository) === folded(repository)).map(({ id }) => id),
  );
  const queued = await ports.github.jobs.queued(repository, known.size + newPerRepository, runs);
  memory.listed[repository] = memory.turn;
  const unknown = queued.filter((job) => job.status === 'queued' && !known.has(job.id));
  const parts = {
    what: `queued jobs of ${repository}`,
    name: (job: GitHubJob) => `job ${job.id}`,
    width: 4,
    until,
  };
  await eachPart(report, unknown, parts, (job) => recordUnknown(round, repository, job));
}

async function recordUnknown({ ports, report }: Round, repository: string, job: GitHubJob): Promise<void> {
  const { id } = job;
  const found = route(ports.config, { repository, labels: job.labels });
  if (found.kind === 'ignored') {
    report.tell?.({ what: 'job', id, decision: 'leave', why: found.why });
    return;
  }
  const { pool, project, scope } = found;
  report.tell?.({ what: 'job', id, decision: 'record', why: 'GitHub has it queued, and nobody told', pool });
  await recordJob(ports, factOf(repository, job), { pool, project, scope });
  count(report, 'queued jobs found');
}

function tell({ report }: Round, id: string, decision: 'list' | 'leave', why: string): void {
  report.tell?.({ what: 'repository', id, decision, why });
}

function tellLeft(round: Round, { leave }: Choice): void {
  if (!round.report.tell) return;
  for (const repository of leave) {
    tell(
      round,
      repository.name,
      'leave',
      `${rhythmOf(repository, round.memory.turn)}, or others wait longer`,
    );
  }
}

const rhythmOf = ({ life, listed }: Repository, turn: number): string =>
  listed === undefined
    ? `it is ${life}, never listed so far`
    : `it is ${life}, listed ${turn - listed} sweeps ago`;
