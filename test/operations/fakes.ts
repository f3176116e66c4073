// A stage for stories: the real procedures over a table in memory, a GitHub that does as it is told, a clock.
import type { Ports } from '../../shared/operations/ports.ts';
import { type Config, type ConfigInput, parseConfig } from '../../shared/policy/schema.ts';
import { standardLimits } from '../../shared/scheduler/limits.ts';
import {
  type Allowance,
  type Attempt,
  type CheckRun,
  Doubt,
  type GitHub,
  type GitHubJob,
  type GitHubRun,
} from '../../shared/scheduler/ports.ts';
import type { Builder, Item, Job } from '../../shared/scheduler/records.ts';
import { type MemoryProvider, memoryProvider } from '../providers/memory.ts';
import { type MemoryStore, memoryStore } from '../store/memory.ts';

export const second = 1000;
export const minute = 60 * second;

export const input = {
  installation: 'test',
  github: { appId: '1', installations: { film: '11' } },
  pools: {
    gpu: { labels: ['gpu'], os: 'linux', arch: 'x64', ladder: [{ provider: 'local' }], maximum: 4 },
    xl: { labels: ['xl'], os: 'linux', arch: 'x64', ladder: [{ provider: 'local' }], maximum: 4 },
  },
  projects: {
    color: { repositories: ['film/color'], pools: ['gpu', 'xl'] },
    volume: { repositories: ['film/volume'], pools: ['gpu'], forks: 'github-approved', onRefusal: 'cancel' },
  },
} satisfies ConfigInput;

export interface Registered {
  scope: string;
  name: string;
  id: string;
  labels: string[];
  busy: boolean;
}

/** A GitHub that holds what a story puts there. `doubt`: begins of calls (`job 7`) that get no answer. */
export interface FakeGitHub extends GitHub {
  known: Map<string, GitHubJob & { repository: string }>;
  /** Runs that are not pushes. A run that no job has is unknown. */
  events: Map<string, Partial<GitHubRun>>;
  runnersNow: Map<string, Registered>;
  sent: { how: string; check: CheckRun }[];
  cancelled: string[];
  /** Runs whose failed jobs were run again; why they are not, if they are not. */
  reruns: string[];
  rerunRefusal: string | undefined;
  refusedScopes: Set<string>;
  /** Ids, the newest first: a repeated one arrives. */
  failedDeliveries: Set<string>;
  /** Attempts, the newest first, that are listed in pages of a hundred: before those that failed. */
  attempts: Attempt[];
  /** What is left of GitHub's rate limit, for any owner. */
  allowanceNow: Allowance | undefined;
  approvalForAll: boolean;
  doubt: Map<string, number | undefined>;
  /** Called at each call, before it has its effect. */
  onCall: (what: string) => void | Promise<void>;
  calls: string[];
}

export interface Stage {
  ports: Ports;
  store: MemoryStore;
  github: FakeGitHub;
  cloud: MemoryProvider;
  rings: string[];
  lines: Record<string, unknown>[];
  /** Moves the clock on. */
  later(ms: number): void;
  /** Called when a procedure sleeps, with the clock already moved. */
  duringSleep(act: () => Promise<void>): void;
  /** Writes a record, as it is. */
  put<T extends Item>(item: T): Promise<T>;
  builder(id: string, pool?: string): Promise<Builder>;
  job(id: string, pool?: string): Promise<Job>;
}

export function stage(changes: Partial<ConfigInput> = {}): Stage {
  const config: Config = parseConfig({ ...input, ...changes });
  let now = Date.UTC(2026, 10, 21, 12);
  let whileAsleep: () => Promise<void> = async () => undefined;
  const store = memoryStore();
  const github = fakeGitHub(() => now);
  const cloud = memoryProvider(() => now);
  const rings: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const ports: Ports = {
    config,
    standard: standardLimits,
    open: store.open,
    history: store.history,
    github,
    providers: { local: cloud },
    proofs: { verify: async (_, proof, { id }) => (proof === `proof of ${id}` ? {} : undefined) },
    bell: { ring: async (pool) => void rings.push(pool) },
    clock: {
      now: () => now,
      async sleep(ms) {
        now += ms;
        await whileAsleep();
      },
    },
    log: (line) => void lines.push(line),
  };
  const put = async <T extends Item>(item: T): Promise<T> => {
    const done = await store.open.put(item);
    if (!done.ok) throw new Error(`${item.kind} ${item.id} is there already`);
    return done.item;
  };
  return {
    ports,
    store,
    github,
    cloud,
    rings,
    lines,
    later: (ms) => {
      now += ms;
    },
    duringSleep: (act) => {
      whileAsleep = act;
    },
    put,
    builder: async (id, pool = 'gpu') => there(await store.open.get(pool, 'builder', id), id),
    job: async (id, pool = 'gpu') => there(await store.open.get(pool, 'job', id), id),
  };
}

function there<T>(item: T | undefined, id: string): T {
  if (!item) throw new Error(`no record of ${id}`);
  return item;
}

function fakeGitHub(now: () => number): FakeGitHub {
  const sent: FakeGitHub['sent'] = [];
  const cancelled: string[] = [];
  const reruns: string[] = [];
  const calls: string[] = [];
  const attempts: Attempt[] = [];
  const fake = {
    known: new Map<string, GitHubJob & { repository: string }>(),
    events: new Map<string, Partial<GitHubRun>>(),
    runnersNow: new Map<string, Registered>(),
    sent,
    cancelled,
    reruns,
    rerunRefusal: undefined,
    refusedScopes: new Set<string>(),
    failedDeliveries: new Set<string>(),
    attempts,
    allowanceNow: undefined,
    approvalForAll: true,
    doubt: new Map<string, number | undefined>(),
    onCall: (_: string): void | Promise<void> => undefined,
    calls,
  };
  const ask = async <T>(what: string, effect: () => T): Promise<T> => {
    fake.calls.push(what);
    await fake.onCall(what);
    for (const [start, retryAt] of fake.doubt) {
      if (what.startsWith(start)) throw new Doubt(`${what}: no answer`, retryAt);
    }
    return effect();
  };
  return Object.assign(fake, {
    jobs: jobsOf(fake, ask),
    runners: runnersOf(fake, ask),
    ...restOf(fake, ask, now),
  });
}

/** The runners of an organization are one list, whichever group they are in. */
const placeOf = (scope: string): string => scope.replace(/^(group\/[^/]+)\/.*$/, '$1');

type Told = Omit<FakeGitHub, keyof GitHub>;
type Ask = <T>(what: string, effect: () => T) => Promise<T>;

const jobsOf = (fake: Told, ask: Ask): GitHub['jobs'] => ({
  job: (_, id) => ask(`job ${id}`, () => fake.known.get(id)),
  run: (repository, id) =>
    ask(`run ${id}`, () => {
      const job = [...fake.known.values()].find((one) => one.runId === id && one.repository === repository);
      if (!job) return undefined;
      const { headSha } = job;
      const run = {
        id,
        event: 'push',
        status: 'queued',
        headSha,
        headRepositoryId: '1',
        baseRepositoryId: '1',
      };
      return { ...run, ...fake.events.get(id) };
    }),
  queued: (repository) =>
    ask(`queued ${repository}`, () =>
      [...fake.known.values()].filter((job) => job.repository === repository && job.status !== 'completed'),
    ),
  cancelRun: (_, id) => ask(`cancel ${id}`, () => void fake.cancelled.push(id)),
  rerun: (_, id) =>
    ask(`rerun ${id}`, () => {
      if (fake.rerunRefusal === undefined) fake.reruns.push(id);
      return fake.rerunRefusal;
    }),
  requiresApprovalForAll: (repository) => ask(`approval ${repository}`, () => fake.approvalForAll),
});

const runnersOf = (fake: Told, ask: Ask): GitHub['runners'] => ({
  register: (scope, name, labels) =>
    ask(`register ${name}`, () => {
      if (fake.refusedScopes.has(scope)) return { kind: 'refused', why: 'not installed' } as const;
      const runnerId = String(100 + fake.calls.length);
      fake.runnersNow.set(name, { scope, name, labels, id: runnerId, busy: false });
      return { kind: 'made', jitConfig: `jit of ${name}`, runnerId } as const;
    }),
  remove: (_, { name }) =>
    ask(`remove ${name}`, () => {
      if (fake.runnersNow.get(name)?.busy) return 'busy';
      return fake.runnersNow.delete(name) ? 'deleted' : 'absent';
    }),
  list: (scope, prefix) =>
    ask(`list ${scope}`, () =>
      [...fake.runnersNow.values()]
        .filter((one) => placeOf(one.scope) === placeOf(scope) && one.name.startsWith(prefix))
        .map(({ id, name, busy }) => ({ id, name, busy, online: true })),
    ),
  refusal: (scope) =>
    ask(`probe ${scope}`, () => (fake.refusedScopes.has(scope) ? 'not installed' : undefined)),
  download: () =>
    ask('download', () => ({ url: 'https://example.com/runner.tar.gz', sha256: 'ab'.repeat(32) })),
});

type Rest = Pick<GitHub, 'checks' | 'deliveries' | 'allowance'>;

const restOf = (fake: Told, ask: Ask, now: () => number): Rest => ({
  checks: {
    create: (check, mayExist) =>
      ask(`create ${check.name}`, () => {
        fake.sent.push({ how: mayExist ? 'found' : 'created', check });
        return String(fake.sent.length);
      }),
    update: (id, check) => ask(`update ${id}`, () => void fake.sent.push({ how: `updated ${id}`, check })),
  },
  deliveries: {
    page: (cursor = '0') =>
      ask('failed deliveries', () => {
        const failed = [...fake.failedDeliveries].map((id, nth) => ({
          id,
          guid: id,
          at: now() - nth - 1,
          hasArrived: false,
        }));
        const from = Number(cursor);
        const all = [...fake.attempts, ...failed];
        const next = from + pageSize < all.length ? String(from + pageSize) : undefined;
        return { attempts: all.slice(from, from + pageSize), next };
      }),
    redeliver: (id) =>
      ask(`redeliver ${id}`, () => {
        if (!fake.failedDeliveries.delete(id)) return;
        fake.attempts.unshift({ id: `${id}-2`, guid: id, at: now(), hasArrived: true, again: true });
      }),
  },
  allowance: () => fake.allowanceNow,
});

const pageSize = 100;
