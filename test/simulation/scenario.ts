// Scenarios: jobs that come, are cancelled, are forks; faults for a while; then everything must settle.
import { configOf, hasEc2, labelsOf, type Settings, zonesOf } from './config.ts';
import { drawnMarket } from './ec2/market.ts';
import { leftOver } from './invariants.ts';
import { askedAt, drawnJobs, queuedOf, schedule, wantedOf } from './jobs.ts';
import type { Options } from './options.ts';
import { wrongReceipts } from './receipts.ts';
import { type Service, startService } from './stage.ts';
import type { Strike } from './strikes.ts';
import { surplusOf } from './surplus.ts';
import { minute, seeded } from './time.ts';
import { watcher } from './watch.ts';
import { createWorld, noFaults, type World } from './world.ts';

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
  strikes: Strike[];
  /** Jobs that were queued, by their ids. */
  queued: string[];
  /** Minutes from queued to started, of the jobs that were served. */
  waits: number[];
  /** When the world began and ended, by its own clock. */
  start: number;
  end: number;
}

const usualFoulMinutes = 40;
/** What a market lacks, it lacks at most this long. */
const scarceFor = 60 * minute;
const settlesFor = 170 * minute;
/** Jobs that wait for money come one after the other. */
const paysFor = 90 * minute;

/** Runs one world and says which invariants broke. */
export async function runScenario(seed: number, options: Options = {}): Promise<Outcome> {
  const { capped = false, regions = 1, foulMinutes = usualFoulMinutes, strikes } = options;
  const midnight = Date.UTC(2026, 10, 21);
  const start = capped ? midnight - seeded(seed ^ 0x1234567).between(2, 35) * minute : midnight;
  const faultsEnd = start + foulMinutes * minute;
  const settled = start + usualFoulMinutes * minute + settlesFor + (capped ? paysFor : 0);
  const end = options.minutes === undefined ? settled : start + options.minutes * minute;
  const faults = { ...noFaults, ...options.faults };
  const world = createWorld(seed, faults, start, faultsEnd, undefined, strikes && new Set(strikes));
  const config = configOf(drawnSettings(world, options));
  const market = drawnMarket(world.chance, start, start + scarceFor, zonesOf(regions));
  const service = startService(world, { config, market, end: settled, bug: options.bug });
  const jobs = drawnJobs(world, options);
  schedule(world, service.github, jobs, options);
  await world.time.runUntil(end, watcher(world, service));

  const machines = [...service.cloud.machines.values()];
  const queued = queuedOf(service.github);
  const wanted = wantedOf(service.github);
  return {
    violations: [
      ...world.violations,
      ...(end < settled ? [] : await wrongInTheEnd(world, service, options, end)),
    ],
    story: world.story,
    jobs: queued.length,
    queued: queued.map(({ id }) => id),
    wanted: wanted.length,
    started: machines.length,
    launches: new Set(machines.map((one) => one.launch)).size,
    mishaps: world.mishaps(),
    held: service.books.held.size,
    strikes: world.strikes,
    waits: wanted.map((job) => ((job.startedAt ?? end) - askedAt(job)) / minute),
    start,
    end,
  };
}

const wrongInTheEnd = async (
  world: World,
  service: Service,
  options: Options,
  end: number,
): Promise<string[]> => [
  ...(await leftOver(service, labelsOf(options.pools ?? 1))),
  ...(await wrongReceipts(world, service, end)),
  ...(options.strict ? surplusOf(world, service, options.ladder ?? 'local') : []),
];

function drawnSettings({ chance }: World, options: Options): Settings {
  const { ladder = 'local', pools = 1, regions = 1 } = options;
  const project = chance.between(3, 9);
  return {
    ladder,
    pools,
    regions,
    maximum: options.maximum ?? chance.whole(5, 12),
    concurrency: options.concurrency ?? chance.pick([3, 4, 99]),
    patience: hasEc2(ladder) ? chance.whole(0, 5) : 0,
    caps: options.capped ? { project, all: project * chance.between(1, 1.8) } : undefined,
  };
}
