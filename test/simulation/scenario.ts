// Scenarios: jobs that come, are cancelled, are forks; faults for a while; then everything must settle.
import type { Item } from '../../shared/scheduler/records.ts';
import type { SimulatedJob } from './github.ts';
import { configOf, pool, startService } from './stage.ts';
import { minute, second, seeded } from './time.ts';
import { createWorld, type Faults, noFaults } from './world.ts';

export interface Options {
  faults?: Partial<Faults>;
  jobs?: number;
  maximum?: number;
  concurrency?: number;
  cancelled?: number;
  forks?: number;
  burst?: boolean;
}

export interface Outcome {
  violations: string[];
  story: string[];
  jobs: number;
  wanted: number;
  started: number;
  /** Launches that were asked for, and faults that happened. */
  launches: number;
  mishaps: number;
  /** Minutes from queued to started, of the jobs that were served. */
  waits: number[];
}

/** Faults drawn from the seed: about half of the kinds are off in one world. */
export function drawnFaults(seed: number): Faults {
  const chance = seeded(seed ^ 0x5bd1e995);
  const upTo = (most: number): number => (chance.chance(0.5) ? 0 : chance.between(0, most));
  return {
    crash: upTo(0.03),
    deliveryLost: upTo(0.15),
    deliveryTwice: upTo(0.25),
    deliveryLate: upTo(0.2),
    cloud: upTo(0.12),
    github: upTo(0.08),
    http: upTo(0.1),
    partial: upTo(0.4),
    bootFails: upTo(0.2),
    wedged: upTo(0.12),
    spot: upTo(0.15),
    omitted: upTo(0.03),
    overlap: upTo(0.05),
    staleBusy: chance.chance(0.5),
  };
}

const faultsFor = 40 * minute;
const settlesFor = 170 * minute;
const repositories = ['film/color', 'film/volume', 'studio/shading'];

/** Runs one world and says which invariants broke. */
export async function runScenario(seed: number, options: Options = {}): Promise<Outcome> {
  const start = Date.UTC(2026, 10, 21);
  const end = start + faultsFor + settlesFor;
  const world = createWorld(seed, { ...noFaults, ...options.faults }, start, start + faultsFor);
  const { chance, time } = world;
  const config = configOf(
    options.maximum ?? chance.whole(5, 12),
    options.concurrency ?? chance.pick([3, 4, 99]),
  );
  const service = startService(world, config, end);
  const jobs = Array.from({ length: options.jobs ?? chance.whole(8, 26) }, (_, index): SimulatedJob => {
    const fork = chance.chance(options.forks ?? 0);
    return {
      id: String(index + 1),
      repository: chance.pick(repositories),
      labels: ['gpu'],
      event: fork ? 'pull_request' : 'push',
      fork,
      runMs: chance.between(20 * second, 4 * minute),
      state: 'new',
      queuedAt: 0,
      cancelled: false,
    };
  });
  for (const job of jobs) {
    const at = options.burst ? minute + chance.between(0, 2000) : chance.between(0, 32 * minute);
    time.after(at, () => service.github.queue(job));
    if (job.fork) time.after(70 * minute, () => service.github.cancel(job));
    else if (chance.chance(options.cancelled ?? 0)) {
      time.after(at + chance.between(second, 5 * minute), () => service.github.cancel(job));
    }
  }
  await time.runUntil(end);

  const state = await service.store.open.read(pool);
  const records: Item[] = [...state.jobs, ...state.builders, ...state.launches];
  const wanted = jobs.filter((job) => !job.cancelled && !job.fork);
  const late = (job: SimulatedJob): boolean =>
    (job.startedAt ?? 0) - Math.max(job.queuedAt, start + faultsFor) > 40 * minute;
  const violations = [
    ...world.violations,
    ...wanted.filter((job) => job.startedAt === undefined).map((job) => `never served: ${job.id}`),
    ...wanted.filter(late).map((job) => `served late: ${job.id}`),
    ...[...service.cloud.machines.values()]
      .filter((one) => one.alive)
      .map((one) => `machine left: ${one.id}`),
    ...[...service.github.runners.keys()].map((name) => `registration left: ${name}`),
    ...records.map((item) => `record left: ${item.kind} ${item.id}`),
  ];
  return {
    violations,
    story: world.story,
    jobs: jobs.length,
    wanted: wanted.length,
    started: service.cloud.machines.size,
    launches: new Set([...service.cloud.machines.values()].map((one) => one.launch)).size,
    mishaps: world.mishaps(),
    waits: wanted.map((job) => ((job.startedAt ?? end) - job.queuedAt) / minute),
  };
}
