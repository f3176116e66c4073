// Receipts as people see them: a row for each day, newest first, with a sentence that says it all. Pure.
import type { FoundView, PublicReceiptView, ReceiptView } from '../contract/view.ts';
import { blindIn, blindMs, costIn, costSoFar, leakMs, leaksOf, receiptOf } from '../scheduler/receipts.ts';
import type { Item, Time } from '../scheduler/records.ts';
import type { Found, Receipt, SweepMemory } from '../scheduler/sweep-records.ts';
import { iso, isoOrNull, shownUsd } from './view.ts';

/** What is known of the reaper's days: its memory holds today, history the days that are over. */
export interface KnownDays {
  memory: SweepMemory | undefined;
  history: readonly Item[];
}

/** Newest first; the first one is the day that is not over. */
export const receiptViews = (known: KnownDays, now: Time): ReceiptView[] =>
  daysOf(known, now).map(({ receipt, isOver }) => receiptView(receipt, isOver));

/** What everybody may see: no machine, no place, and nothing that a part is named after. */
export const publicReceiptViews = (known: KnownDays, now: Time): PublicReceiptView[] =>
  daysOf(known, now).map(({ receipt, isOver }) => {
    const { id: day, isClean, sweeps, counts } = receipt;
    return { day, isOver, isClean, words: publicWords(receipt, isOver), sweeps, counts };
  });

interface Day {
  receipt: Receipt;
  isOver: boolean;
}

/** A reaper that was ended between a receipt and its memory has the day twice: then it is over. */
function daysOf({ memory, history }: KnownDays, now: Time): Day[] {
  const over = history.filter((item) => item.kind === 'receipt');
  const isWritten = memory === undefined || over.some(({ id }) => id === memory.today.day);
  const today = isWritten ? [] : [{ receipt: receiptOf(memory, now), isOver: false }];
  return [...today, ...over.map((receipt) => ({ receipt, isOver: true }))];
}

function receiptView(receipt: Receipt, isOver: boolean): ReceiptView {
  const { id: day, from, endedAt, isClean, sweeps, troubled, longestPauseMs, counts, more, usd } = receipt;
  return {
    day,
    isOver,
    from: iso(from),
    endedAt: isOver ? iso(endedAt) : null,
    isClean,
    words: wordsOf(receipt, isOver),
    doubts: doubtsOf(receipt),
    sweeps,
    troubled,
    longestPauseMinutes: Math.round(longestPauseMs / 6000) / 10,
    counts,
    found: receipt.found.map((found) => foundView(receipt, found)),
    abstentions: receipt.abstentions.map(({ since, until, ...abstention }) => ({
      ...abstention,
      since: iso(since),
      until: isoOrNull(until),
    })),
    more,
    usd: shownUsd(usd),
  };
}

const foundView = (receipt: Receipt, found: Found): FoundView => ({
  kind: found.kind,
  id: found.id,
  place: found.place ?? null,
  launch: found.launch ?? null,
  since: iso(found.since),
  until: isoOrNull(found.until),
  usd: shownUsd(costIn(receipt, found)),
  usdSoFar: shownUsd(costSoFar(receipt, found)),
  protected: found.protected === true,
});

/** The line of the log when a day is over. */
export const receiptLine = (receipt: Receipt): Record<string, unknown> => ({
  ...receipt.counts,
  unit: 'receipt',
  day: receipt.id,
  outcome: receipt.isClean ? 'nothing leaked' : 'leaked',
  words: wordsOf(receipt, true),
  sweeps: receipt.sweeps,
  troubled: receipt.troubled,
  found: receipt.found.map((found) => `${nameOf(found)} ${standingOf(receipt, found)}`),
  usd: shownUsd(receipt.usd),
});

const nameOf = ({ kind, id, place }: Found): string =>
  [kind, id, place && `in ${place}`].filter(Boolean).join(' ');

/** `since 2026-11-21T10:00:00.000Z, protected, 1.05 USD so far`. */
function standingOf(receipt: Receipt, found: Found): string {
  const until = found.until === undefined ? '' : ` until ${iso(found.until)}`;
  const usd = costSoFar(receipt, found);
  return [
    `since ${iso(found.since)}${until}`,
    ...(found.protected ? ['protected'] : []),
    ...(usd > 0 ? [`${usd.toFixed(2)} USD so far`] : []),
  ].join(', ');
}

/** A sentence names so many; the lists have the others. */
const mostNamed = 3;

/** `nothing leaked`, or what, and what could not be seen. */
function wordsOf(receipt: Receipt, isOver: boolean): string {
  const leaks = leaksOf(receipt);
  const usd = leaks.reduce((sum, leak) => sum + costSoFar(receipt, leak), 0);
  const named = some(leaks.map((leak) => leakIn(receipt, leak)));
  const what = `${named || tooMuch}${usd > 0 ? `, ${usd.toFixed(2)} USD so far` : ''}`;
  const doubts = doubtsOf(receipt);
  return verdict(receipt, isOver, what) + (doubts.length > 0 ? `, ${asFar}: ${some(doubts)}` : '');
}

function publicWords(receipt: Receipt, isOver: boolean): string {
  const kinds = Map.groupBy(leaksOf(receipt), ({ kind }) => kind);
  const what = [...kinds]
    .map(([kind, { length }]) => `${length} ${kind}${length === 1 ? '' : 's'}`)
    .join(', ');
  return verdict(receipt, isOver, what || tooMuch) + (doubtsOf(receipt).length > 0 ? `, ${asFar}` : '');
}

const asFar = 'as far as could be seen';
const tooMuch = 'more than can be listed';

const verdict = ({ isClean }: Receipt, isOver: boolean, what: string): string =>
  isClean ? `nothing leaked${isOver ? '' : ' so far'}` : `leaked: ${what}`;

const leakIn = ({ endedAt }: Receipt, leak: Found): string =>
  `${nameOf(leak)} for ${lengthOf((leak.until ?? endedAt) - leak.unownedSince)}` +
  (leak.protected ? ' (protected)' : '');

/** What could not be seen for too long. */
function doubtsOf(receipt: Receipt): string[] {
  const { longestPauseMs } = receipt;
  return [
    ...(longestPauseMs > leakMs ? [`no sweep ended for ${lengthOf(longestPauseMs)}`] : []),
    ...blindIn(receipt).map(
      (each) => `nothing sure of ${each.part} for ${lengthOf(blindMs(receipt, each))} (${each.why})`,
    ),
  ];
}

/** The first ones, and how many more there are. */
function some(all: readonly string[]): string {
  const more = all.length - mostNamed;
  return [...all.slice(0, mostNamed), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** `40 minutes`, `5 hours`: rounded down. */
function lengthOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes >= 120) return `${Math.floor(minutes / 60)} hours`;
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
