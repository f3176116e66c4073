// What the embedded GitHub knows: repositories, groups, installations, runs, jobs, runners, check runs.
import { randomBytes } from 'node:crypto';
import type {
  CheckRunSnapshot,
  Conclusion,
  ForkApproval,
  GitHubOptions,
  JobSnapshot,
  RunnerSnapshot,
} from './surface.ts';

export interface Repository {
  id: number;
  fullName: string;
  owner: string;
  name: string;
  private: boolean;
  forkApproval: ForkApproval;
}

export interface Group {
  id: number;
  name: string;
  organization: string;
  /** Lower-case full names; absent: all of the organization. */
  repositories?: Set<string>;
}

export interface Run {
  id: string;
  repository: Repository;
  number: number;
  event: string;
  fork: boolean;
  headSha: string;
  createdAt: number;
}

/** `runner` is set from the assignment on; `startedAt` when that runner has picked the job up. */
export interface Job {
  id: string;
  run: Run;
  name: string;
  labels: string[];
  command: string;
  /** Does it run also after a hook that has failed? */
  always: boolean;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion?: Conclusion;
  runner?: Runner;
  queuedAt: number;
  assignedAt?: number;
  startedAt?: number;
  cancelledAt?: number;
  completedAt?: number;
  log: string;
}

export type Place =
  | { kind: 'organization'; organization: string; group: Group }
  | { kind: 'repository'; repository: Repository };

/** What a runner is told when it asks for work. */
export type Message = { kind: 'job' | 'cancel'; job: string };

export interface Runner {
  id: number;
  name: string;
  place: Place;
  labels: string[];
  /** The key in its single-use configuration. */
  credential: string;
  createdAt: number;
  version?: string;
  /** When something was last heard of it; absent while it is not connected. */
  heardAt?: number;
  /** Questions for work that wait for an answer. */
  polls: number;
  job?: Job;
  messages: Message[];
  /** Answers a waiting question. */
  wake: () => void;
}

export type CheckRun = CheckRunSnapshot & {
  detailsUrl: string | null;
  startedAt: number;
  completedAt: number | null;
};

/** A map with keys that ignore case, as GitHub's names do. */
const byName = <T>(entries: [string, T][]): { get(name: string): T | undefined; values(): T[] } => {
  const map = new Map(entries.map(([name, value]) => [name.toLowerCase(), value]));
  return { get: (name) => map.get(name.toLowerCase()), values: () => [...map.values()] };
};

function repositoryOf(options: GitHubOptions['repositories'][number], index: number): Repository {
  const [owner, name, ...more] = options.fullName.split('/');
  if (!owner || !name || more.length > 0) throw new Error(`not 'owner/name': '${options.fullName}'`);
  return {
    id: options.id ?? 1_000_001 + index,
    fullName: options.fullName,
    owner,
    name,
    private: options.private ?? false,
    forkApproval: options.forkApproval ?? 'first_time_contributors',
  };
}

function groupsOf(organizations: string[], options: GitHubOptions['groups']): Group[] {
  const named = organizations.flatMap((organization) => [
    { organization, name: 'Default' },
    ...(options[organization] ?? []).map((group) =>
      typeof group === 'string'
        ? { organization, name: group }
        : {
            organization,
            name: group.name,
            repositories: new Set(group.repositories.map((fullName) => fullName.toLowerCase())),
          },
    ),
  ]);
  return named.map((group, index) => ({ id: index + 1, ...group }));
}

export type World = ReturnType<typeof createWorld>;

export function createWorld(options: GitHubOptions) {
  const repositories = byName(options.repositories.map((one, i) => [one.fullName, repositoryOf(one, i)]));
  const owners = [...new Set(repositories.values().map(({ owner }) => owner))];
  let lastId = 0;
  return {
    repositories,
    owners,
    groups: groupsOf(owners, options.groups),
    installations: byName(Object.entries(options.installations).map(([owner, id]) => [owner, { owner, id }])),
    runs: new Map<string, Run>(),
    jobs: new Map<string, Job>(),
    runners: new Map<number, Runner>(),
    checkRuns: new Map<number, CheckRun>(),
    /** A number that nothing else has: a mixed-up id finds nothing. */
    nextId: (): number => ++lastId,
  };
}

export const jobsOfRun = (world: World, run: Run): Job[] =>
  [...world.jobs.values()].filter((job) => job.run === run);

/** 40 hexadecimal digits, as of a commit. */
export const newSha = (): string => randomBytes(20).toString('hex');

export const jobSnapshot = (job: Job): JobSnapshot => ({
  id: job.id,
  runId: job.run.id,
  repository: job.run.repository.fullName,
  name: job.name,
  labels: [...job.labels],
  event: job.run.event,
  fork: job.run.fork,
  headSha: job.run.headSha,
  status: job.status,
  conclusion: job.conclusion ?? null,
  runner: job.runner?.name ?? null,
  queuedAt: job.queuedAt,
  startedAt: job.startedAt ?? null,
  completedAt: job.completedAt ?? null,
});

/** An idle runner is online while it asks for work, and for a while after it was last heard of. */
export const isOnline = (runner: Runner, now: number, offlineMs: number): boolean =>
  runner.heardAt !== undefined && (runner.polls > 0 || now - runner.heardAt < offlineMs);

export const isBusy = (runner: Runner): boolean => runner.job?.status === 'in_progress';

export const runnerSnapshot = (runner: Runner, online: boolean): RunnerSnapshot => ({
  id: runner.id,
  name: runner.name,
  place:
    runner.place.kind === 'organization'
      ? `${runner.place.organization}/${runner.place.group.name}`
      : runner.place.repository.fullName,
  labels: [...runner.labels],
  online,
  busy: isBusy(runner),
  job: runner.job?.id ?? null,
});

export const checkRunSnapshot = ({
  detailsUrl: _url,
  startedAt: _start,
  completedAt: _end,
  ...snapshot
}: CheckRun): CheckRunSnapshot => snapshot;
