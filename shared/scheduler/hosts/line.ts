// The line: which host each job that lacks a builder waits for, and for which jobs another host is asked.
import type { Hold } from '../demand.ts';
import type { Purse, Whose } from '../money.ts';
import type { Job, Time } from '../records.ts';
import type { HostOffer, HostWait } from './keeping.ts';
import { dayReserved, extend, hostMoney, jobReserved } from './money.ts';
import { seatingOrder } from './order.ts';
import { isFree, never, newSlot, type Slot, type SlotContext, startOf, take } from './slots.ts';

export interface Line {
  slots: Slot[];
  /** Clean hosts that get a machine, and for whom. */
  starts: { slot: Slot; job: Job }[];
  /** Hosts that are worth their price. */
  asks: { id: string; offer: HostOffer; job: Job; reservedUntil: Time }[];
  waits: HostWait[];
  holds: Hold[];
  noRoom: Job[];
  noRung: Job[];
}

export interface LineInput extends SlotContext {
  /** Hosts that may still be asked for. */
  room: number;
  purse: Purse | undefined;
  /** Jobs that only money keeps from a machine that is there. */
  refused: ReadonlyMap<Job, Whose>;
  /** What a job takes on a host of which nothing is known, in ms. */
  meanMs: number;
  /** The id of the nth host that is asked for. */
  idOf(nth: number): string;
}

/** Why a job gets no new host: there is none to be asked for, no room for one, or no money. */
type Refusal = 'none' | 'full' | Whose;

/**
 * Puts the jobs in line: each where it can begin first. One that would wait too long gets another host, if
 * that is faster. Changes `slots`.
 */
export function lineUp(jobs: readonly Job[], slots: Slot[], input: LineInput): Line {
  const line: Line = { slots, starts: [], asks: [], waits: [], holds: [], noRoom: [], noRung: [] };
  for (const job of seatingOrder(jobs, slots, input)) seat(job, line, input);
  return line;
}

function seat(job: Job, line: Line, input: LineInput): void {
  const { keeping, limits, now } = input;
  const { slot, whose } = earliest(job, line.slots, input);
  const start = slot ? startOf(slot, job, input.facts) : never;
  const isLate = start > job.queuedAt + keeping.waitMs && start > now + limits.usualBootMs;
  const refusal = isLate ? askFor(job, line, input) : undefined;
  if (isLate && refusal === undefined) return;
  if (!slot) {
    refuse(job, whose ?? refusal ?? 'none', line);
    return;
  }
  const isFirst = slot.jobs.length === 0;
  take(slot, job, input);
  if (isFirst && slot.is === 'clean') line.starts.push({ slot, job });
  else if (refusal === 'full') line.noRoom.push(job);
  else if (!(isFirst && slot.is === 'coming')) line.waits.push({ job, host: slot.id, at: start });
}

/** A clean host where there is one, else where the job can begin first; with money for it. */
function earliest(job: Job, slots: readonly Slot[], input: LineInput): { slot?: Slot; whose?: Whose } {
  const { facts, limits, now, purse } = input;
  const startAt = new Map(slots.map((slot) => [slot, startOf(slot, job, facts)]));
  const timeOf = (slot: Slot): Time => startAt.get(slot) ?? never;
  const refused = input.refused.get(job);
  const open = slots.filter((slot) => Number.isFinite(timeOf(slot)) && (!refused || isFree(slot)));
  const later = (a: Slot, b: Slot): number => Number(isFree(b)) - Number(isFree(a)) || timeOf(a) - timeOf(b);
  const refusals = ({ host }: Slot): number => host?.rests ?? 0;
  open.sort(
    (a, b) => later(a, b) || refusals(a) - refusals(b) || preference(a, input) - preference(b, input),
  );
  let whose = refused;
  for (const slot of open) {
    const needsMoney = slot.host && isFree(slot) ? slot.host : undefined;
    const said = needsMoney && extend(needsMoney, jobReserved(now, limits), job.project, purse);
    if (!said) return { slot };
    whose = said;
  }
  return whose === undefined ? {} : { whose };
}

/** Of hosts alike: one that is there, is paid for already, and for longest. */
function preference({ is, host }: Slot, { now, limits }: LineInput): number {
  if (is !== 'clean' || host?.allocatedAt === undefined) return 2 * limits.paidMs;
  return now - host.allocatedAt;
}

/** Asks for a host of the first kind that there is money for; or says why not. */
function askFor(job: Job, { slots, asks }: Line, input: LineInput): Refusal | undefined {
  const { keeping, limits, now, purse, meanMs } = input;
  if (asks.length >= input.room) return 'full';
  let refusal: Refusal = 'none';
  for (const offer of keeping.offers) {
    const amount = hostMoney(offer.usdPerHour, limits.paidMs + limits.hostSlackMs);
    const whose = purse?.take(job.project, amount);
    if (!whose) {
      const slot = newSlot(input.idOf(asks.length), meanMs, input);
      take(slot, job, input);
      slots.push(slot);
      asks.push({ id: slot.id, offer, job, reservedUntil: dayReserved(now, limits) });
      return undefined;
    }
    refusal = whose;
  }
  return refusal;
}

function refuse(job: Job, refusal: Refusal, line: Line): void {
  if (refusal === 'full') line.noRoom.push(job);
  else if (refusal === 'none') line.noRung.push(job);
  else line.holds.push({ job, state: 'held', code: 'daily-limit', why: refusal });
}
