// Scenarios of Macs: days of jobs, with faults for a while; then all must be served, released and paid.
import type { Config } from '../../../shared/policy/schema.ts';
import { minute, seeded } from '../time.ts';
import { createWorld, type Faults, noFaults } from '../world.ts';
import { configWithout, type MacRungInput, macConfig } from './config.ts';
import { type Demand, drawnWishes, type Wish } from './demand.ts';
import { isOver, violationsAt } from './ends.ts';
import { billOf } from './hosts.ts';
import { type MoodSettings, moodsOf } from './moods.ts';
import { type MacService, startMacs } from './stage.ts';
import { watch } from './watch.ts';

const hour = 60 * minute;
const day = 24 * hour;

/** A Monday, 00:00 UTC. */
const monday = Date.UTC(2026, 10, 23);

/** What was allocated last is kept for a day, may clean itself for hours, and is forgotten an hour later. */
const settlesFor = 60 * hour;

/** A rung whose machines failed is left alone for an hour at most, and a hung machine ends after as long. */
const mendsFor = 90 * minute;

export interface MacOptions extends Partial<Omit<Demand, 'days'>> {
  /** Days of jobs. */
  days?: number;
  faults?: Partial<Faults>;
  moods?: MoodSettings;
  maximum?: number;
  rung?: Partial<MacRungInput>;
  /** Forks are served; disks are never reset. */
  open?: boolean;
  /** Faults come in spells, one a day, of some hours. Else they happen all the time. */
  spells?: boolean;
  /** US dollars for a day. */
  caps?: { project: number; all: number };
  /** Fewer sweeps where nothing happens. */
  skips?: boolean;
  /** What is deployed after the last day: without the pool, or with another rung. */
  deploys?: 'without' | Partial<MacRungInput>;
}

export interface MacOutcome {
  violations: string[];
  story: string[];
  wanted: number;
  hosts: number;
  machines: number;
  resets: number;
  mishaps: number;
  held: number;
  usd: number;
  /** Minutes from queued to started, of the wanted jobs that were served, in order. */
  waits: number[];
}

/** Runs one world and says which invariants broke. */
export async function runMacs(seed: number, options: MacOptions = {}): Promise<MacOutcome> {
  const { days = 1, faults, open = false, maximum = 3 } = options;
  const last = monday + days * day;
  const end = last + settlesFor;
  const faultsEnd = faults ? last + 2 * hour : monday;
  const weather = options.spells ? spellsOf(seed) : undefined;
  const world = createWorld(seed, { ...noFaults, ...faults }, monday, faultsEnd, weather);
  const settings = { rung: options.rung, maximum, trustedOnly: !open, caps: options.caps };
  const deployed = deployments(options, settings);
  const config = (): Config => (world.time.now() < last + 10 * hour ? deployed.first : deployed.second);
  const wishes = drawnWishes(world.chance, monday, { ...usual, ...options, days });
  const betrayals = new Map(wishes.map(({ job, betrays }) => [job.id, betrays]));
  const moods = moodsOf(world.chance, options.moods ?? {});
  const service = startMacs(world, {
    ...{ config, moods, end, approvesForks: open, skips: options.skips === true },
    betrays: ({ id }) => betrayals.get(id),
  });
  for (const wish of wishes) schedule(service, wish, open);
  const isWanted = ({ fork, cancelled }: Wish['job']): boolean => (!fork || open) && !cancelled;
  const jobs = wishes.map(({ job }) => job);
  watch(service, { config, isWanted, jobs, mendsForMs: mendsFor, end });
  await world.time.runUntil(last + 6 * hour);
  while (world.time.now() < end && !(await isOver(service)))
    await world.time.runUntil(world.time.now() + hour);

  const wanted = wishes
    .filter(({ job, isEndless, betrays }) => isWanted(job) && !isEndless && betrays !== 'denies')
    .map(({ job }) => job);
  const { clockMs } = moods;
  const isThere = options.deploys !== 'without';
  const violations = await violationsAt(service, { wanted, isFaultless: !faults, clockMs, isThere });
  return { violations: [...new Set(violations)], ...summary(service, wanted) };
}

const usual: Omit<Demand, 'days'> = { pattern: 'week', cancelled: 0, forks: 0, hostile: 0, endless: 0 };

/** Faults drawn from the seed: about half of the kinds are off in one world. */
export function drawnMacFaults(seed: number): Faults {
  const chance = seeded(seed ^ 0x5bd1e995);
  const upTo = (most: number): number => (chance.chance(0.5) ? 0 : chance.between(0, most));
  return {
    ...noFaults,
    crash: upTo(0.02),
    deliveryLost: upTo(0.15),
    deliveryTwice: upTo(0.25),
    deliveryLate: upTo(0.2),
    cloud: upTo(0.12),
    github: upTo(0.08),
    http: upTo(0.1),
    bootFails: upTo(0.2),
    wedged: upTo(0.12),
    omitted: upTo(0.03),
    overlap: upTo(0.05),
    staleBusy: chance.chance(0.5),
    throttled: upTo(0.1),
    unfit: upTo(0.15),
  };
}

/** Is it foul then? Each day for two to five hours. */
function spellsOf(seed: number): (now: number) => boolean {
  let known = { day: Number.NaN, begins: 0, ends: 0 };
  const spellOf = (number: number): typeof known => {
    const chance = seeded(seed * 1000 + number);
    const begins = number * day + chance.between(0, 19) * hour;
    return { day: number, begins, ends: begins + chance.between(2, 5) * hour };
  };
  return (now) => {
    const number = Math.floor(now / day);
    if (known.day !== number) known = spellOf(number);
    return now >= known.begins && now < known.ends;
  };
}

function deployments({ deploys }: MacOptions, settings: Parameters<typeof macConfig>[0]) {
  const first = macConfig(settings);
  if (deploys === undefined) return { first, second: first };
  if (deploys === 'without') return { first, second: configWithout(settings) };
  return { first, second: macConfig({ ...settings, rung: { ...settings.rung, ...deploys } }) };
}

/** Queues the job, and may cancel it. A fork that never runs is cancelled in the end. */
function schedule({ world, github }: MacService, { job, at, cancelAt }: Wish, open: boolean): void {
  const { time } = world;
  const after = (then: number, run: () => void): void => time.after(then - time.now(), run);
  after(at, () => github.queue(job));
  if (cancelAt !== undefined) after(cancelAt, () => github.cancel(job));
  if (job.fork && !open) after(at + 5 * hour, () => github.cancel(job));
}

function summary(
  { world, hosts, macs, books }: MacService,
  wanted: readonly Wish['job'][],
): Omit<MacOutcome, 'violations'> {
  const waits = wanted.flatMap(({ queuedAt, startedAt }) =>
    startedAt === undefined ? [] : [(startedAt - queuedAt) / minute],
  );
  return {
    story: world.story,
    wanted: wanted.length,
    hosts: hosts.all.size,
    machines: macs.all.size,
    resets: macs.tasks.size,
    mishaps: world.mishaps(),
    held: books.held.size,
    usd: [...hosts.all.values()].reduce((sum, host) => sum + billOf(host), 0),
    waits: waits.sort((a, b) => a - b),
  };
}
