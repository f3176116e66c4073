// Machines without a job: reset for the next one, left as they are, or ended so that their host is cleaned.
import type { Host } from '../host-records.ts';
import { bootsSince, type Limits } from '../limits.ts';
import type { Purse } from '../money.ts';
import type { Builder, Job, Time } from '../records.ts';
import type { Supply } from '../supply.ts';
import type { HostFacts } from './facts.ts';
import type { HostPlan, Keeping } from './keeping.ts';
import { extend, resetReserved } from './money.ts';
import { dayEnd } from './release.ts';
import { mayProveYet, repositoryAfter } from './resets.ts';
import { isOwnOf } from './slots.ts';

export interface BetweenInput {
  now: Time;
  limits: Limits;
  /** Absent: the pool has no rung of Macs any more. */
  keeping: Keeping | undefined;
  facts: HostFacts;
  purse: Purse | undefined;
  hostOf(builder: Builder): Host | undefined;
  /** The job that its host is expected to do next. */
  nextOn(builder: Builder): Job | undefined;
  /** Is the host kept whatever day it is? */
  isKept(host: Host): boolean;
  isDealt(builder: Builder): boolean;
}

export type Between = Pick<HostPlan, 'reset' | 'resetting' | 'relaunch'>;

type Fate = { is: 'reset'; bound: string } | { is: 'resetting' | 'stays' } | { is: 'relaunch'; why: string };

const relaunch = (why: string): Fate => ({ is: 'relaunch', why });
const otherWaits = relaunch('a job waits that needs a clean machine');
const unfitDisk = relaunch('its disk is for no other job');
const dayIsOver = relaunch("its host's paid day is over");

/** Decides about each machine on a host that has no job, and is not ended by the limits of all builders. */
export function betweenJobs({ between, resetting, free }: Supply, input: BetweenInput): Between {
  const idle = free.filter((builder) => builder.host !== undefined && !input.isDealt(builder));
  const decided: Between = { reset: [], resetting: [], relaunch: [] };
  const settle = (builder: Builder, fate: Fate): void => {
    switch (fate.is) {
      case 'reset': {
        const reservedUntil = resetReserved(input.now, input.limits);
        decided.reset.push({ builder, bound: fate.bound, reservedUntil });
        return;
      }
      case 'resetting':
        decided.resetting.push(builder);
        return;
      case 'relaunch':
        decided.relaunch.push({ builder, why: fate.why });
        return;
      case 'stays':
        return;
    }
  };
  for (const builder of between) settle(builder, common(builder, input) ?? afterJob(builder, input));
  for (const builder of resetting) settle(builder, common(builder, input) ?? inReset(builder, input));
  for (const builder of idle) settle(builder, common(builder, input) ?? whileIdle(builder, input));
  return decided;
}

/** What ends a machine without a job, however far its reset is. */
function common(builder: Builder, { keeping, hostOf }: BetweenInput): Fate | undefined {
  const host = hostOf(builder);
  if (!keeping || !host || !keeping.fits(host.offering))
    return relaunch('its pool keeps no such host any more');
  return host.state === 'permanent-failure' ? relaunch('its host has failed') : undefined;
}

function afterJob(builder: Builder, input: BetweenInput): Fate {
  const { keeping, facts, now, limits } = input;
  const bound = keeping && repositoryAfter(builder, facts.jobsOn(builder), facts, keeping);
  if (bound === undefined) {
    const isOpen = keeping?.paidDay === 'shared' && mayProveYet(builder, facts, now, limits);
    return isOpen ? { is: 'stays' } : unfitDisk;
  }
  const next = input.nextOn(builder);
  if (next) return isOwnOf({ repository: bound }, next, facts) ? payReset(builder, bound, input) : otherWaits;
  return hasTime(builder, input) ? payReset(builder, bound, input) : dayIsOver;
}

function inReset(builder: Builder, input: BetweenInput): Fate {
  // Who ran there may have become known only now.
  if (builder.foreign) return unfitDisk;
  const next = input.nextOn(builder);
  if (next)
    return isOwnOf({ repository: builder.bound }, next, input.facts) ? { is: 'resetting' } : otherWaits;
  return isOver(builder, input) ? dayIsOver : { is: 'resetting' };
}

function whileIdle(builder: Builder, input: BetweenInput): Fate {
  const { keeping, now } = input;
  if (input.nextOn(builder)) return otherWaits;
  if (isOver(builder, input)) return dayIsOver;
  const stays = now - bootsSince(builder) < (keeping?.stayMs ?? 0);
  return stays ? { is: 'stays' } : relaunch('no job came');
}

function payReset(builder: Builder, bound: string, { hostOf, now, limits, purse }: BetweenInput): Fate {
  const host = hostOf(builder);
  const until = resetReserved(now, limits);
  const whose = host && extend(host, until, builder.project ?? '', purse);
  return whose ? relaunch('no money is left for its reset') : { is: 'reset', bound };
}

/** Is a reset for nobody in particular of use: does it end in the paid day, and is it waited with? */
function hasTime(builder: Builder, { keeping, hostOf, isKept, now, limits }: BetweenInput): boolean {
  const host = hostOf(builder);
  if (!host || !keeping || keeping.stayMs === 0) return false;
  return isKept(host) || now + limits.usualResetMs < dayEnd(host, limits);
}

function isOver(builder: Builder, { hostOf, isKept, now, limits }: BetweenInput): boolean {
  const host = hostOf(builder);
  return host !== undefined && !isKept(host) && now >= dayEnd(host, limits);
}
