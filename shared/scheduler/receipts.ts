// The receipt of a day (UTC): what had no owner for too long, what it cost, what nobody could see. Pure.
import { dayOf } from './money.ts';
import type { Time } from './records.ts';
import type { Abstention, DaySoFar, Found, Receipt, SweepMemory } from './sweep-records.ts';

const dayMs = 86_400_000;
const msPerHour = 3_600_000;

/**
 * What stands without an owner for longer has leaked: two passes, the grace, and an end that takes its time.
 * What cannot be seen for longer is in doubt. In ms.
 */
export const leakMs = 15 * 60_000;

/** What a receipt lists at most: a record takes 400 kB. */
export const mostFound = 100;
export const mostAbstentions = 50;

/** A day of which no sweep is known yet. */
export const freshDay = (now: Time): DaySoFar => ({
  day: dayOf(now),
  from: now,
  sweeps: 0,
  troubled: 0,
  longestPauseMs: 0,
  counts: {},
  found: [],
  abstentions: [],
  more: 0,
});

/** The day after `today`: it begins with what has not ended. */
export const dayAfter = ({ found, abstentions }: DaySoFar, now: Time): DaySoFar => ({
  ...freshDay(now),
  found: found.filter(({ until }) => until === undefined),
  abstentions: abstentions.filter(({ until }) => until === undefined),
});

/** The receipt of the day so far, as it stands at `now`, or at the day's end if that is over. */
export function receiptOf({ pool, at, today }: SweepMemory, now: Time): Receipt {
  const { day, ...sweeps } = today;
  const endedAt = Math.min(now, startOf(day) + dayMs);
  const cut = { ...sweeps, endedAt, longestPauseMs: Math.max(sweeps.longestPauseMs, endedAt - at) };
  const usd = today.found.reduce((sum, found) => sum + costIn({ id: day, endedAt }, found), 0);
  return { kind: 'receipt', pool, id: day, version: 0, ...cut, isClean: isClean(cut), usd };
}

/** More things than a receipt can list are no clean day, however soon those that it lists were ended. */
const isClean = (day: Pick<Receipt, 'found' | 'more' | 'endedAt'>): boolean =>
  leaksOf(day).length === 0 && (day.more === 0 || day.found.length < mostFound);

/** What had no owner for too long, or stands at the end and is protected. */
export const leaksOf = ({ found, endedAt }: Pick<Receipt, 'found' | 'endedAt'>): Found[] =>
  found.filter(
    ({ until, unownedSince, protected: isProtected }) =>
      (until ?? endedAt) - unownedSince > leakMs || (isProtected && until === undefined),
  );

/** What could not be seen for too long. */
export const blindIn = (receipt: Pick<Receipt, 'id' | 'abstentions' | 'endedAt'>): Abstention[] =>
  receipt.abstentions.filter((abstention) => blindMs(receipt, abstention) > leakMs);

/** How long a part has abstained within the day, in ms. */
export const blindMs = (
  { id, endedAt }: Pick<Receipt, 'id' | 'endedAt'>,
  { since, until = endedAt }: Abstention,
): number => until - Math.max(since, startOf(id));

/** What it has cost within the day, in US dollars. */
export const costIn = ({ id, endedAt }: Pick<Receipt, 'id' | 'endedAt'>, found: Found): number =>
  costFrom(Math.max(found.since, startOf(id)), found, endedAt);

/** What it has cost until the end of the day, in US dollars. */
export const costSoFar = ({ endedAt }: Pick<Receipt, 'endedAt'>, found: Found): number =>
  costFrom(found.since, found, endedAt);

const costFrom = (from: Time, { until = Infinity, usdPerHour }: Found, end: Time): number =>
  (usdPerHour * Math.max(0, Math.min(until, end) - from)) / msPerHour;

/** Midnight, at which a day begins. */
const startOf = (day: string): Time => Date.parse(day);
