// What an admin must know about hosts: problems of the sweep, since these are what the alarm counts.
import { type HostOffering, parseOffering, quotaShelf } from '../../contract/offerings.ts';
import { timeOf } from '../../policy/host-texts.ts';
import { hostOfferingsOf, macRungOf } from '../../policy/hosts.ts';
import type { Host } from '../../scheduler/host-records.ts';
import { hostFacts } from '../../scheduler/hosts/facts.ts';
import { dayEnd } from '../../scheduler/hosts/release.ts';
import type { Job, PoolState, Time } from '../../scheduler/records.ts';
import type { Marks } from '../memory.ts';
import { limitsOf, type Ports, paceOf } from '../ports.ts';

type Settings = Pick<Ports, 'config' | 'standard'>;

/** An empty host goes this soon after its paid day; a job waits at least this long before it is told of. */
const soonMinutes = 10;

/**
 * What nobody here can mend is told for this long, so that the alarm is heard, and free again for other news.
 * Where a machine is still on a host, or it is asked again and again to take one, that has this long to end.
 */
const longMinutes = 60;

const minuteOf = (settings: Settings): number => 60_000 / paceOf(settings);

/** What is wrong with the hosts of these pools, each as who, then why. */
export function hostProblems(
  settings: Settings,
  states: readonly PoolState[],
  marks: Marks,
  now: Time,
): string[] {
  const ofHosts = states.flatMap((state) =>
    state.hosts.filter(isHeld).flatMap((host) => {
      const why =
        farAway(settings, host) ?? failed(settings, host, now) ?? overdue(settings, state, host, now);
      return why === undefined ? [] : [`host ${host.id} (${host.hostId}): ${why}`];
    }),
  );
  return [...ofHosts, ...quotaProblems(settings, states, marks, now)];
}

const isHeld = ({ phase, hostId }: Host): boolean =>
  (phase === 'held' || phase === 'releasing') && hostId !== undefined;

/** There are rights to hosts, and somebody looks for them, in the regions of the configuration only. */
function farAway({ config }: Settings, { offering, usdPerHour }: Host): string | undefined {
  const region = parseOffering(offering)?.region;
  if (region === undefined || config.aws?.regions[region]) return undefined;
  return (
    `it costs ${perDay(usdPerHour)} in ${region}, which is not in aws.regions any more, so that nobody ` +
    'releases it: put the region back until it is gone'
  );
}

const perDay = (usdPerHour: number): string => `${(usdPerHour * 24).toFixed(2)} USD a day`;

function failed(settings: Settings, host: Host, now: Time): string | undefined {
  if (host.state !== 'permanent-failure') return undefined;
  if (now - (host.stateSince ?? now) > longMinutes * minuteOf(settings)) return undefined;
  const until = dayEnd(host, limitsOf(settings, host.pool));
  const end = until > now ? `when its paid day is over, at ${timeOf(until, now)}` : 'now';
  return `permanent failure, by EC2's word; nothing starts on it any more, and it is released ${end}`;
}

/** It could have gone, and has not: EC2 refuses it, say, or no pass comes to it. */
function overdue(settings: Settings, state: PoolState, host: Host, now: Time): string | undefined {
  if (host.state === 'pending' || isKept(settings, host)) return undefined;
  const { machineOn, startOn } = hostFacts(state);
  if (machineOn(host) || startOn(host)) return undefined;
  const { instances = [], why } = host;
  const until = dayEnd(host, limitsOf(settings, host.pool));
  const since = Math.max(until, emptySince(state, host));
  if (now - since <= graceMs(settings, host, now)) return undefined;
  const left =
    instances.length > 0 ? `${instances.join(' ')} is on it, which is not on record` : 'it is empty';
  const said = why === undefined ? '' : `: ${why}`;
  return (
    `its paid day is over since ${timeOf(until, now)} and ${left}, but it is not released, ` +
    `and costs ${perDay(host.usdPerHour)}${said}`
  );
}

/** A machine on it ends slowly, and between two rests it is asked to take one. */
function graceMs(settings: Settings, { instances = [], restsUntil = 0 }: Host, now: Time): number {
  const soon = soonMinutes * minuteOf(settings);
  const isSlow = instances.length > 0 || now - restsUntil < soon;
  return isSlow ? longMinutes * minuteOf(settings) : soon;
}

/** By the configuration it stays whatever day it is. */
const isKept = ({ config }: Settings, { pool, state }: Host): boolean =>
  macRungOf(config, pool)?.rung.afterwards === 'keep' && state !== 'permanent-failure';

/** At the earliest: it became available then, or its last machine was gone. */
const emptySince = ({ builders }: PoolState, { id, stateSince = 0 }: Host): Time =>
  Math.max(stateSince, ...builders.map(({ host, endedAt = 0 }) => (host === id ? endedAt : 0)));

/** Quotas of hosts that are used up, or 0 as in new accounts, while a job waits for a Mac: each once. */
function quotaProblems(settings: Settings, states: readonly PoolState[], marks: Marks, now: Time): string[] {
  const found = new Map<string, string>();
  for (const { pool, jobs } of states) {
    const job = longWaiting(settings, pool.pool, jobs, now);
    for (const offering of job ? hostOfferingsOf(settings.config, pool.pool) : []) {
      const why = lackOf(settings, marks, offering, now);
      const who = `quota of hosts ${offering.region} ${offering.quota}`;
      if (job && why) found.set(who, `${who}: job ${job.id} of pool ${job.pool} waits for a Mac, ${why}`);
    }
  }
  return [...found.values()];
}

/** The job that waits longest for a host, while that is news. */
function longWaiting(settings: Settings, pool: string, jobs: readonly Job[], now: Time): Job | undefined {
  const rung = macRungOf(settings.config, pool)?.rung;
  const [first] = jobs.filter(isHostless).sort((a, b) => a.queuedAt - b.queuedAt);
  if (!rung || !first) return undefined;
  const minutes = (now - first.queuedAt) / minuteOf(settings) - Math.max(rung.waitMinutes, soonMinutes);
  return minutes > 0 && minutes <= longMinutes ? first : undefined;
}

const isHostless = ({ phase, verdict }: Job): boolean =>
  phase === 'waiting' && (verdict?.code === 'no-rung' || verdict?.code === 'host-busy');

/** What EC2 has said of the quota lately: while jobs wait, it is asked again whenever its mark has ended. */
function lackOf({ standard }: Settings, marks: Marks, offering: HostOffering, now: Time): string | undefined {
  const mark = marks[quotaShelf(offering)];
  return mark && now - mark.until <= standard.noCapacityMs ? mark.why : undefined;
}
