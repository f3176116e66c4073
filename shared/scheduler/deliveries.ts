// Failed deliveries: what the reaper knows of them, what it still has to read, and what is asked again.
import type { Attempt } from './ports.ts';
import type { Time } from './records.ts';
import type { DeliveryMemory, FailedDelivery } from './sweep-records.ts';

const second = 1000;
const minute = 60 * second;

/** In milliseconds. */
export const deliveryTimes = {
  /** Attempts are listed when they have ended, most within this time … */
  overlapMs: 30 * second,
  /** … and all within this: so often the list is read back to where all were. */
  settlesMs: 5 * minute,
  /** A delivery is asked again at most this often; after ten times in vain, this often. */
  askEveryMs: 5 * minute,
  askLateMs: 60 * minute,
  /** That one has arrived is remembered this long at least. */
  arrivedMs: 20 * minute,
  /** A clock may differ from that of the sweep before by this much. */
  skewMs: minute,
};

export interface DeliveryTimes extends Record<keyof typeof deliveryTimes, number> {
  /** How far back GitHub can repeat deliveries. */
  backMs: number;
}

/** What one sweep asks, and what is remembered, at most. */
export const deliveryCounts = { pages: 10, asks: 100, failed: 300, arrived: 300, gaps: 20, inVain: 10 };

/** Attempts that are to be read: from a cursor, or from the newest one, back to a time. */
export interface Stretch {
  cursor?: string | undefined;
  downTo: Time;
}

export const freshDeliveries = (): DeliveryMemory => ({
  seenTo: 0,
  settledTo: 0,
  gaps: [],
  failed: {},
  arrived: {},
});

/** Without what GitHub can repeat no more. A clock that was ahead of this one has left nothing to rely on. */
export function withoutOld(memory: DeliveryMemory, now: Time, times: DeliveryTimes): DeliveryMemory {
  const oldest = now - times.backMs;
  const isAhead = memory.seenTo > now + times.skewMs;
  const isNeeded = (seenAt: Time): boolean => memory.gaps.length > 0 || now - seenAt <= times.arrivedMs;
  return {
    ...memory,
    seenTo: isAhead ? 0 : memory.seenTo,
    settledTo: isAhead ? 0 : memory.settledTo,
    failed: only(memory.failed, ({ at }) => at >= oldest),
    arrived: only(memory.arrived, isNeeded),
  };
}

function only<T>(all: Record<string, T>, isKept: (one: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([, one]) => isKept(one)));
}

/** What is to be read, the newest first: what is new since the last time, then the gaps. */
export function stretchesOf(
  memory: DeliveryMemory,
  now: Time,
  times: DeliveryTimes,
): [Stretch, ...Stretch[]] {
  const { seenTo, settledTo, gaps } = memory;
  const fresh = seenTo - times.overlapMs;
  const downTo = isSettling(memory, now, times) ? Math.min(fresh, settledTo) : fresh;
  const within = (time: Time): Time => Math.max(time, now - times.backMs);
  return [{ downTo: within(downTo) }, ...gaps.map((gap) => ({ ...gap, downTo: within(gap.downTo) }))];
}

const isSettling = ({ settledTo }: DeliveryMemory, now: Time, { settlesMs }: DeliveryTimes): boolean =>
  now - settledTo >= 2 * settlesMs;

/**
 * With what a page tells. `isWhole`: false when not all its failures had room; it is to be read again. That
 * one attempt has arrived counts whichever it is, and in whatever order they are seen.
 */
export function withPage(
  memory: DeliveryMemory,
  attempts: readonly Attempt[],
  now: Time,
  { backMs }: DeliveryTimes,
): { memory: DeliveryMemory; isWhole: boolean } {
  const failed = new Map(Object.entries(memory.failed));
  const arrived = new Map(Object.entries(memory.arrived));
  const here = new Set<string>();
  for (const { guid, hasArrived, again } of attempts) {
    if (!hasArrived) continue;
    here.add(guid);
    // Before a first attempt there is no other that failed.
    if (failed.delete(guid) || again) arrived.set(guid, now);
  }
  let isWhole = true;
  for (const attempt of attempts) {
    const { guid } = attempt;
    if (attempt.hasArrived || here.has(guid) || arrived.has(guid) || now - attempt.at > backMs) continue;
    const known = failed.get(guid);
    if (!known && failed.size >= deliveryCounts.failed) isWhole = false;
    else failed.set(guid, withFailure(known, attempt));
  }
  const kept = { failed: Object.fromEntries(failed), arrived: newest(arrived) };
  return { memory: { ...memory, ...kept }, isWhole };
}

/** A later attempt can be repeated for longer. */
function withFailure(known: FailedDelivery | undefined, { id, at }: Attempt): FailedDelivery {
  if (!known) return { id, at, times: 0 };
  return { ...known, at: Math.min(known.at, at), id: at > known.at ? id : known.id };
}

function newest(arrived: ReadonlyMap<string, Time>): Record<string, Time> {
  const all = [...arrived];
  if (all.length <= deliveryCounts.arrived) return Object.fromEntries(all);
  return Object.fromEntries(all.sort(([, a], [, b]) => b - a).slice(0, deliveryCounts.arrived));
}

/** After reading: `rests` are what was not read of each stretch, in their order. */
export function withRests(
  memory: DeliveryMemory,
  rests: readonly (Stretch | undefined)[],
  now: Time,
  times: DeliveryTimes,
): DeliveryMemory {
  const [top, ...others] = rests;
  const gaps: DeliveryMemory['gaps'] = [];
  let { seenTo, settledTo } = memory;
  if (!top || top.cursor !== undefined) {
    if (isSettling(memory, now, times)) settledTo = now - times.settlesMs;
    seenTo = now;
  }
  for (const rest of [top, ...others]) {
    if (rest?.cursor !== undefined) gaps.push({ cursor: rest.cursor, downTo: rest.downTo });
  }
  for (const rest of others) {
    // Its cursor was refused: it is read again from the newest attempt on.
    if (rest && rest.cursor === undefined) {
      seenTo = Math.min(seenTo, rest.downTo);
      settledTo = Math.min(settledTo, rest.downTo);
    }
  }
  return { ...memory, seenTo, settledTo, gaps: joined(gaps) };
}

/** The oldest ones become one, where there are too many: some of it is read twice then. */
function joined(gaps: DeliveryMemory['gaps']): DeliveryMemory['gaps'] {
  const kept = gaps.slice(0, deliveryCounts.gaps);
  const last = kept.at(-1);
  const oldest = gaps.at(-1);
  if (!last || !oldest) return kept;
  return [...kept.slice(0, -1), { cursor: last.cursor, downTo: Math.min(last.downTo, oldest.downTo) }];
}

/** Deliveries that are to be asked for now, those first that are about to be forgotten. */
export function dueOf(memory: DeliveryMemory, now: Time, times: DeliveryTimes): [string, FailedDelivery][] {
  return Object.entries(memory.failed)
    .filter(([, failed]) => isDue(failed, memory, now, times))
    .sort(([, a], [, b]) => a.at - b.at)
    .slice(0, deliveryCounts.asks);
}

/** Not before all is seen that came of the last request; where that takes too long, nevertheless. */
function isDue(
  { times: asked, askedAt }: FailedDelivery,
  { settledTo, gaps }: DeliveryMemory,
  now: Time,
  { askEveryMs, askLateMs }: DeliveryTimes,
): boolean {
  if (askedAt === undefined) return true;
  const everyMs = asked < deliveryCounts.inVain ? askEveryMs : askLateMs;
  const isSeen = settledTo >= askedAt && gaps.every(({ downTo }) => downTo >= askedAt);
  return now - askedAt >= (isSeen ? everyMs : 3 * everyMs);
}
