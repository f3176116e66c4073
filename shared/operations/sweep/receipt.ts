// What the sweeps of a day add up to, and the receipt that is written when the day is over.
import { dayOf } from '../../scheduler/money.ts';
import { dayAfter, mostAbstentions, mostFound, receiptOf } from '../../scheduler/receipts.ts';
import type { Time } from '../../scheduler/records.ts';
import type { Abstention, Found, SweepMemory, Unowned } from '../../scheduler/sweep-records.ts';
import type { Ports } from '../ports.ts';
import { receiptLine } from '../receipts-view.ts';
import type { Abstained, Report } from './report.ts';

/** A day that began so much later than now is of a clock that was wrong: it is given up. */
const mostSkewMs = 60 * 60_000;

/** Reasons may quote a cloud's words; a record has a limit. */
const mostLetters = 300;

/** Adds a sweep to its day. `before`: the start of the sweep before, or of this one where there was none. */
export function noteSweep(memory: SweepMemory, report: Report, now: Time, before: Time): void {
  const { today } = memory;
  today.sweeps += 1;
  if (report.problems.length > 0) today.troubled += 1;
  today.longestPauseMs = Math.max(today.longestPauseMs, now - before);
  for (const [what, n] of Object.entries(report.counts)) today.counts[what] = (today.counts[what] ?? 0) + n;
  const unlisted =
    noteFound(today.found, report, before, now) + noteAbstained(today.abstentions, report, now);
  today.more = Math.max(today.more, unlisted);
}

/** Answers how many things found no place in the list. */
function noteFound(list: Found[], { unowned, abstained }: Report, before: Time, now: Time): number {
  const places = new Map(list.map((found, place) => [keyOf(found), place]));
  const seen = new Map(unowned.map((each) => [keyOf(each), each]));
  for (const found of list) {
    const isOpen = found.until === undefined;
    if (isOpen && !seen.has(keyOf(found)) && !abstained.some((part) => hides(part, found))) found.until = now;
  }
  let unlisted = 0;
  for (const [key, each] of seen) {
    const place = places.get(key);
    const known = place === undefined ? undefined : list[place];
    if (place !== undefined && known) list[place] = seenAgain(known, each);
    else if (list.length < mostFound) list.push(newlyFound(each, before));
    else unlisted += 1;
  }
  return unlisted;
}

const keyOf = ({ kind, place = '', id }: Unowned): string => `${kind} ${place} ${id}`;

/** A place that did not tell may still have it. */
const hides = ({ kinds, place }: Abstained, found: Found): boolean =>
  kinds.includes(found.kind) && (place === undefined || found.place === undefined || place === found.place);

/** The sweep before has not found it. */
const newlyFound = (unowned: Unowned, before: Time): Found => ({
  ...fieldsOf(unowned),
  unownedSince: Math.max(unowned.since, before),
});

/** It has no end any more. Whether it is protected may have changed. */
const seenAgain = ({ since, unownedSince }: Found, again: Unowned): Found => ({
  ...fieldsOf(again),
  since: Math.min(since, again.since),
  unownedSince,
});

const fieldsOf = ({
  kind,
  id,
  place,
  launch,
  since,
  usdPerHour,
  protected: isProtected,
}: Unowned): Unowned => ({
  kind,
  id,
  place,
  launch,
  since,
  usdPerHour,
  protected: isProtected,
});

/** Answers how many abstentions found no place in the list. */
function noteAbstained(list: Abstention[], { abstained }: Report, now: Time): number {
  const parts = new Map(abstained.map(({ part, why }) => [part, why.slice(0, mostLetters)]));
  const open = list.filter(({ until }) => until === undefined);
  for (const abstention of open) {
    const why = parts.get(abstention.part);
    if (why === undefined) abstention.until = now;
    else Object.assign(abstention, { why, times: abstention.times + 1 });
    parts.delete(abstention.part);
  }
  const room = mostAbstentions - list.length;
  const begun = [...parts].map(([part, why]) => ({ part, why, since: now, times: 1 }));
  list.push(...begun.slice(0, room));
  return Math.max(0, begun.length - room);
}

/**
 * Writes the receipt of a day that is over, and begins the next one with what has not ended. `before`: the
 * start of the last sweep of that day. Comes before
 * `noteSweep`, so that the first sweep of a day is noted in it. Repeating writes the same. Throws what
 * history throws: then the day goes on until it can be written.
 */
export async function closeDays(
  { history, log }: Pick<Ports, 'history' | 'log'>,
  memory: SweepMemory,
  now: Time,
  before: Time = memory.at,
): Promise<void> {
  const { today } = memory;
  if (now < today.from - mostSkewMs) memory.today = dayAfter(today, now);
  if (dayOf(now) <= today.day) return;
  const receipt = receiptOf({ ...memory, at: before }, now);
  await history.put(receipt);
  log(receiptLine(receipt));
  memory.today = dayAfter(today, now);
}
