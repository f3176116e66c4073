// The keeper of hosts: what becomes of each host of a pool, and which jobs get a machine there. Pure.
import type { Calls } from '../calls.ts';
import { dealOf } from '../deals.ts';
import type { Host } from '../host-records.ts';
import type { Limits } from '../limits.ts';
import type { Purse } from '../money.ts';
import type { Job, PoolState, Time } from '../records.ts';
import type { Supply } from '../supply.ts';
import { betweenJobs } from './between.ts';
import type { HostDeals } from './deals.ts';
import type { HostFacts } from './facts.ts';
import type { HostPlan, Keeping } from './keeping.ts';
import { type Line, lineUp } from './line.ts';
import { dayReserved, extend, jobReserved } from './money.ts';
import { mayGo } from './release.ts';
import { meanJobMs, servedNews } from './served.ts';
import { type SlotContext, slotOf } from './slots.ts';

export interface KeepInput {
  state: PoolState;
  now: Time;
  limits: Limits;
  /** Absent: the pool has no rung of Macs any more. */
  keeping: Keeping | undefined;
  supply: Supply;
  facts: HostFacts;
  /** Jobs that neither have nor get a builder that is there, in their order. */
  jobs: readonly Job[];
  /** What was dealt to machines before. */
  deals: HostDeals;
  purse: Purse | undefined;
  /** Is the rung left alone, since its machines fail? */
  isClosed: boolean;
  /** How long asking again finds the host that was allocated, in ms. */
  tokenLifeMs: number;
  /** The id of the nth host that this plan asks for, from 0 on. */
  idOf(nth: number): string;
}

/** What the keeper decides, and its part in the calls for builders. */
export interface Kept {
  hosts: HostPlan;
  calls: Calls;
}

/** Decides what one pass does about the hosts of a pool. */
export function keepHosts(input: KeepInput): Kept {
  const { state, now, limits, keeping, supply, facts, deals, purse } = input;
  const alive = state.hosts.filter(({ phase }) => phase !== 'gone');
  const extensions = keptHosts(alive, input);
  const kept = new Set(extensions.kept);
  const line = keeping ? lineOf(alive, keeping, input) : emptyLine(input.jobs);
  const slots = new Map(line.slots.map((slot) => [slot.id, slot]));
  const byId = new Map(alive.map((host) => [host.id, host]));
  const between = betweenJobs(supply, {
    now,
    limits,
    keeping,
    facts,
    purse,
    hostOf: ({ host }) => byId.get(host ?? ''),
    nextOn: ({ host }) => slots.get(host ?? '')?.jobs[0],
    isKept: (host) => kept.has(host),
    isDealt: ({ id }) => deals.dealt.has(id),
  });
  const [start] = line.starts;
  const [ask] = line.asks;
  const reservedUntil = jobReserved(now, limits);
  const hosts: HostPlan = {
    // One number in a pass: with two, a pass that reads between the two writes could plan the same host under
    // a third. So a launch comes first, and the host with the next pass.
    allocate: start || !ask || !keeping ? undefined : { ...ask, rung: keeping.rung },
    launchOn: start?.slot.host && { host: start.slot.host, reservedUntil },
    ...oldAsks(alive, input),
    extend: [...deals.extend, ...extensions.extend],
    ...between,
    release: alive.filter(
      (host) => mayGo(host, facts, now, limits) && !kept.has(host) && !slots.get(host.id)?.jobs.length,
    ),
    served: servedNews(state, facts),
    waits: line.waits,
  };
  return { hosts, calls: callsOf(line, keeping) };
}

function lineOf(alive: readonly Host[], keeping: Keeping, input: KeepInput): Line {
  const { now, limits, facts, deals, purse } = input;
  const meanMs = meanJobMs(alive, limits);
  const at: SlotContext = {
    now,
    limits,
    keeping,
    facts,
    jobMsOn: (host) => (host.served.length > 0 ? meanJobMs([host], limits) : meanMs),
    dealtJob: ({ id }) => deals.dealt.get(id),
  };
  const slots = alive.map((host) => slotOf(host, at)).filter((slot) => slot !== undefined);
  if (input.isClosed) return { ...emptyLine(input.jobs), slots };
  const held = alive.filter(({ state }) => state !== 'permanent-failure').length;
  const room = Math.max(0, keeping.maximum - held);
  const { idOf } = input;
  return lineUp(input.jobs, slots, { ...at, room, purse, refused: deals.refused, meanMs, idOf });
}

const emptyLine = (jobs: readonly Job[]): Line => ({
  slots: [],
  starts: [],
  asks: [],
  waits: [],
  holds: [],
  noRoom: [],
  noRung: [...jobs],
});

function callsOf(line: Line, keeping: Keeping | undefined): Calls {
  const { starts, asks, holds, noRoom, noRung } = line;
  const [start] = starts;
  return {
    ...(start && keeping && { call: { rung: keeping.rung, deal: [dealOf(start.job)] } }),
    again: starts.length + asks.length > 1,
    holds,
    noRoom,
    noRung,
    inVain: keeping && noRung.length > 0 ? [keeping.rung] : [],
  };
}

/** Hosts that stay whatever day it is, as long as there is money for another one. */
function keptHosts(alive: readonly Host[], input: KeepInput) {
  const { keeping, facts, now, limits, purse } = input;
  const kept: Host[] = [];
  const extended: HostPlan['extend'] = [];
  if (keeping?.afterwards !== 'keep') return { kept, extend: extended };
  for (const host of alive) {
    const isUsedUp = keeping.paidDay === 'one-job' && facts.hasServed(host);
    const isUseless = host.state === 'permanent-failure' || !keeping.fits(host.offering) || isUsedUp;
    if (host.phase !== 'held' || isUseless) continue;
    const isDue = host.reservedUntil - now < limits.hostSlackMs;
    const reservedUntil = dayReserved(now, limits);
    if (isDue && extend(host, reservedUntil, '', purse)) continue;
    kept.push(host);
    if (isDue) extended.push({ host, reservedUntil });
  }
  return { kept, extend: extended };
}

function oldAsks(
  hosts: readonly Host[],
  { now, limits, tokenLifeMs }: KeepInput,
): Pick<HostPlan, 'askAgain' | 'close'> {
  const unanswered = hosts.filter(({ phase }) => phase === 'asked');
  const age = (host: Host): number => now - host.askedAt;
  const isYoung = (host: Host): boolean => age(host) <= tokenLifeMs - limits.tokenMarginMs;
  return {
    askAgain: unanswered.filter((host) => age(host) >= limits.launchSettlesMs && isYoung(host)),
    close: unanswered.filter((host) => age(host) > tokenLifeMs + limits.closeMarginMs),
  };
}
