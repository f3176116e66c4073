// A month of Macs in virtual time: the real planner over a simulated cloud, from one happening to the next.
import type { Time } from '../scheduler/records.ts';
import { actsOf, own } from './acting.ts';
import { costOf, isHeld } from './cloud.ts';
import { type Demand, monthBegins } from './demand.ts';
import { nextMinute, queue } from './happenings.ts';
import type { Luck } from './luck.ts';
import type { Settings } from './settings.ts';
import { day, minute } from './units.ts';
import { archive, planAt, poolName, type World, worldOf } from './world.ts';

/** What a month was like. */
export interface Month {
  /** How long each job waited for its start, in ms, in the order of the starts. */
  waits: number[];
  usd: number;
  /** Hosts that were there in all, and at once at most. */
  hosts: number;
  hostsAtOnce: number;
  /** Releases that the cloud has refused. */
  refused: number;
}

/** So long after the last happening the planner has nothing left to do. */
const longestMs = 2 * day;

/** A pool that needs so many times the days has too few hosts, or limits under which no Mac can boot. */
const longestTimes = 10;

/** A pass that still acts after so many at the same moment never comes to rest. */
const passesAtOnce = 200;

/**
 * Simulates the jobs, and then what is left until all hosts are released. Hosts that are kept cost to the end
 * of the days. Throws when a job is never served.
 */
export function monthOf(settings: Settings, demand: readonly Demand[], days: number, luck: Luck): Month {
  const world = worldOf(settings, luck);
  for (let host = 1; host <= settings.hostsAtStart; host += 1) ownFromStart(world, host);
  for (const job of demand) world.agenda.at(job.at, () => queue(world, job));
  const latest = monthBegins + longestTimes * days * day + longestMs;
  for (let at: Time | undefined = world.now; at !== undefined && at < latest; at = nextTime(world)) {
    world.now = at;
    world.agenda.runUntil(at);
    comeToRest(world);
    archive(world);
  }
  const unserved = demand.length - world.waits.length;
  if (unserved > 0) {
    const remedy = "raise the pool's maximum, or its bootLimitMinutes";
    throw new Error(`${unserved} of ${demand.length} jobs would never be served: ${remedy}`);
  }
  const hosts = [...world.cloud.values()];
  const end = Math.max(monthBegins + days * day, world.now);
  return {
    waits: world.waits,
    usd: hosts.reduce((sum, host) => sum + costOf(host, end), 0),
    hosts: hosts.length,
    hostsAtOnce: atOnce(world, end),
    refused: world.refused,
  };
}

function ownFromStart(world: World, nth: number): void {
  const [offer] = world.settings.offers;
  if (!offer) throw new Error('there is no kind of host to ask for');
  world.lastNumber = nth;
  own(world, `${poolName}-${nth}`, offer, { reservedUntil: world.now });
}

/** Passes until one finds nothing to do. */
function comeToRest(world: World): void {
  for (let pass = 0; pass < passesAtOnce; pass += 1) {
    const acts = actsOf(world, planAt(world, world.now));
    if (acts.length === 0) return;
    for (const act of acts) act();
  }
  throw new Error(`the planner does not come to rest at ${new Date(world.now).toISOString()}`);
}

/**
 * When something happens next, or the planner has something to do. It looks at what is: what is due stays due
 * until it is done. So the first minute at which it acts is found by halving, without knowing its rules.
 */
function nextTime(world: World): Time | undefined {
  const next = world.agenda.next();
  if (next === undefined && isOver(world)) return undefined;
  const acts = (at: Time): boolean => actsOf(world, planAt(world, at)).length > 0;
  let low = nextMinute(world.now);
  let high = nextMinute((next ?? world.now + longestMs) - 1) - minute;
  if (low > high || !acts(high)) return next;
  while (low < high) {
    const middle = low + Math.floor((high - low) / minute / 2) * minute;
    if (acts(middle)) high = middle;
    else low = middle + minute;
  }
  return high;
}

/** Nothing is left but hosts that are kept for ever. */
const isOver = ({ settings, records }: World): boolean =>
  settings.afterwards === 'keep' &&
  [...records.jobs.values(), ...records.builders.values()].every(
    ({ phase }) => phase === 'done' || phase === 'gone',
  );

function atOnce({ cloud }: World, end: Time): number {
  const hosts = [...cloud.values()];
  const heldAt = (time: Time): number =>
    hosts.filter((host) => host.allocatedAt <= time && (isHeld(host) ? end : (host.releasedAt ?? end)) > time)
      .length;
  return Math.max(0, ...hosts.map(({ allocatedAt }) => heldAt(allocatedAt)));
}
