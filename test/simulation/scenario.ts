// Scenarios: jobs that come, are cancelled, are forks; faults for a while; then everything must settle.
import { configOf, hasEc2, type LadderName, labelsOf, repositories, type Settings } from './config.ts';
import { drawnMarket } from './ec2/market.ts';
import type { SimulatedJob } from './github.ts';
import { violationsOf, wantedOf } from './invariants.ts';
import { type Service, startService } from './stage.ts';
import { minute, second, seeded } from './time.ts';
import { createWorld, type Faults, noFaults, type World } from './world.ts';

export interface Options {
  faults?: Partial<Faults>;
  jobs?: number;
  maximum?: number;
  concurrency?: number;
  cancelled?: number;
  forks?: number;
  burst?: boolean;
  /** Default: local. */
  ladder?: LadderName;
  /** Default: one. */
  pools?: number;
  /** Daily limits that bind, in a world that begins shortly before midnight. */
  capped?: boolean;
}

export interface Outcome {
  violations: string[];
  story: string[];
  jobs: number;
  wanted: number;
  started: number;
  /** Launches that were asked for, faults that happened, and jobs that were held for want of money. */
  launches: number;
  mishaps: number;
  held: number;
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
    refusedScope: chance.chance(0.12) ? 'repository/studio/shading' : undefined,
    throttled: upTo(0.1),
    unfit: upTo(0.15),
    skew: upTo(1),
    hangs: upTo(0.01),
    tableThrottled: upTo(0.03),
    emptyList: upTo(0.03),
    rateLimited: upTo(0.002),
    deadRun: upTo(0.1),
    thief: upTo(0.1),
    lies: upTo(0.1),
    rootJob: upTo(0.1),
    deafToStop: upTo(0.3),
    strays: upTo(0.01),
    tick: upTo(0.05),
  };
}

const faultsFor = 40 * minute;
/** What a market lacks, it lacks at most this long. */
const scarceFor = 60 * minute;
const settlesFor = 170 * minute;
/** Jobs that wait for money come one after the other. */
const paysFor = 90 * minute;

/** Runs one world and says which invariants broke. */
export async function runScenario(seed: number, options: Options = {}): Promise<Outcome> {
  const { capped = false, pools = 1 } = options;
  const midnight = Date.UTC(2026, 10, 21);
  const start = capped ? midnight - seeded(seed ^ 0x1234567).between(2, 35) * minute : midnight;
  const end = start + faultsFor + settlesFor + (capped ? paysFor : 0);
  const world = createWorld(seed, { ...noFaults, ...options.faults }, start, start + faultsFor);
  const config = configOf(drawnSettings(world, options));
  const market = drawnMarket(world.chance, start, start + scarceFor);
  const service = startService(world, { config, market, end });
  const jobs = drawnJobs(world, options);
  for (const job of jobs) schedule(world, service, job, options);
  await world.time.runUntil(end);

  const machines = [...service.cloud.machines.values()];
  const wanted = wantedOf(jobs);
  return {
    violations: await violationsOf(world, service, jobs, labelsOf(pools)),
    story: world.story,
    jobs: jobs.length,
    wanted: wanted.length,
    started: machines.length,
    launches: new Set(machines.map((one) => one.launch)).size,
    mishaps: world.mishaps(),
    held: service.books.held.size,
    waits: wanted.map((job) => ((job.startedAt ?? end) - job.queuedAt) / minute),
  };
}

function drawnSettings({ chance }: World, options: Options): Settings {
  const { ladder = 'local', pools = 1 } = options;
  const project = chance.between(3, 9);
  return {
    ladder,
    pools,
    maximum: options.maximum ?? chance.whole(5, 12),
    concurrency: options.concurrency ?? chance.pick([3, 4, 99]),
    patience: hasEc2(ladder) ? chance.whole(0, 5) : 0,
    caps: options.capped ? { project, all: project * chance.between(1, 1.8) } : undefined,
  };
}

function drawnJobs({ chance }: World, { jobs, forks = 0, pools = 1 }: Options): SimulatedJob[] {
  return Array.from({ length: jobs ?? chance.whole(8, 26) }, (_, index) => {
    const fork = chance.chance(forks);
    return {
      id: String(index + 1),
      repository: chance.pick(repositories),
      labels: [chance.pick(labelsOf(pools))],
      event: fork ? 'pull_request' : 'push',
      fork,
      runMs: chance.between(20 * second, 4 * minute),
      state: 'new',
      queuedAt: 0,
      cancelled: false,
    };
  });
}

/** Queues the job at a drawn time, and may cancel it; a fork, which never runs, always in the end. */
function schedule({ time, chance }: World, { github }: Service, job: SimulatedJob, options: Options): void {
  const at = options.burst ? minute + chance.between(0, 2000) : chance.between(0, 32 * minute);
  time.after(at, () => github.queue(job));
  if (job.fork) time.after(70 * minute, () => github.cancel(job));
  else if (chance.chance(options.cancelled ?? 0)) {
    time.after(at + chance.between(second, 5 * minute), () => github.cancel(job));
  }
}
