// Deliveries that failed: GitHub never repeats them by itself.
import {
  type DeliveryTimes,
  deliveryCounts,
  deliveryTimes,
  dueOf,
  type Stretch,
  stretchesOf,
  withoutOld,
  withPage,
  withRests,
} from '../../scheduler/deliveries.ts';
import { paced } from '../../scheduler/limits.ts';
import { Doubt } from '../../scheduler/ports.ts';
import { agoOf } from '../../scheduler/spans.ts';
import type { DeliveryMemory, FailedDelivery, SweepMemory } from '../../scheduler/sweep-records.ts';
import { type Ports, paceOf } from '../ports.ts';
import { abstain, count, eachPart, type Report } from './report.ts';

/** So many deliveries that fail again and again are named. */
const named = 10;

/** What one sweep reads of GitHub's list. `doubt`: it did not tell, and is asked no more. */
interface Reading {
  memory: DeliveryMemory;
  pages: number;
  doubt?: Doubt;
}

/**
 * Asks GitHub to repeat deliveries of which no attempt has arrived. The list is read back to where earlier
 * sweeps have read it; what one sweep does not reach is left to the next ones.
 */
export async function redeliver(
  ports: Ports,
  memory: SweepMemory,
  report: Report,
  until: () => boolean,
): Promise<void> {
  const times = timesOf(ports);
  const before = memory.deliveries;
  memory.deliveries = await readOn(ports, before, times, report, until);
  tellNews(before, memory.deliveries, report);
  await askAgain(ports, memory.deliveries, times, report, until);
  nameLasting(memory.deliveries, report);
}

const timesOf = (ports: Ports): DeliveryTimes => ({
  ...paced(deliveryTimes, paceOf(ports)),
  backMs: ports.standard.deliveriesBackMs,
});

/** Reads what is new, then what earlier sweeps have left. */
async function readOn(
  ports: Ports,
  known: DeliveryMemory,
  times: DeliveryTimes,
  report: Report,
  until: () => boolean,
): Promise<DeliveryMemory> {
  const now = ports.clock.now();
  const reading: Reading = { memory: withoutOld(known, now, times), pages: deliveryCounts.pages };
  const goesOn = (): boolean => reading.pages > 0 && !reading.doubt && !until();
  const rests: (Stretch | undefined)[] = [];
  for (const stretch of stretchesOf(reading.memory, now, times)) {
    rests.push(await readStretch(ports, reading, stretch, times, goesOn));
  }
  if (reading.doubt) abstain(report, { part: 'deliveries', why: reading.doubt.message, kinds: [] });
  return withRests(reading.memory, rests, now, times);
}

/**
 * Reads a stretch as far as it may; answers what is left of it. While there is no room for more failures only
 * what is new is read on, to see which of them have arrived.
 */
async function readStretch(
  ports: Ports,
  reading: Reading,
  stretch: Stretch,
  times: DeliveryTimes,
  goesOn: () => boolean,
): Promise<Stretch | undefined> {
  const { downTo } = stretch;
  let at = stretch;
  let left: Stretch | undefined;
  while (goesOn()) {
    const page = await readPage(ports, reading, at.cursor);
    if (page === 'doubt') break;
    if (page === 'refused') return left ?? { downTo };
    const { memory, isWhole } = withPage(reading.memory, page.attempts, ports.clock.now(), times);
    reading.memory = memory;
    if (!isWhole) left ??= at;
    const oldest = page.attempts.at(-1)?.at ?? downTo;
    if (page.next === undefined || oldest < downTo) return left;
    at = { cursor: page.next, downTo };
    if (left && stretch.cursor !== undefined) return left;
  }
  return left ?? at;
}

async function readPage(ports: Ports, reading: Reading, cursor: string | undefined) {
  reading.pages -= 1;
  try {
    return (await ports.github.deliveries.page(cursor)) ?? 'refused';
  } catch (error) {
    if (!(error instanceof Doubt)) throw error;
    reading.doubt = error;
    return 'doubt';
  }
}

/** A request that fails concerns that one delivery; only a rate limit concerns all. */
async function askAgain(
  ports: Ports,
  memory: DeliveryMemory,
  times: DeliveryTimes,
  report: Report,
  until: () => boolean,
): Promise<void> {
  const now = ports.clock.now();
  const due = dueOf(memory, now, times);
  let limited: Doubt | undefined;
  const parts = {
    what: 'failed deliveries',
    name: ([guid]: [string, FailedDelivery]) => `delivery ${guid}`,
    width: 4,
    until: () => limited !== undefined || until(),
  };
  tellLeft(memory, due, now, report);
  await eachPart(report, due, parts, async ([guid, failed]) => {
    report.tell?.({ what: 'delivery', id: guid, decision: 'redeliver', why: whyAgain(failed, now) });
    memory.failed[guid] = { ...failed, times: failed.times + 1, askedAt: now };
    try {
      await ports.github.deliveries.redeliver(failed.id);
    } catch (error) {
      if (error instanceof Doubt && error.retryAt !== undefined) limited = error;
      throw error;
    }
    count(report, 'deliveries repeated');
  });
}

const whyAgain = ({ at, times }: FailedDelivery, now: number): string =>
  `it failed ${agoOf(at, now)}, and was asked for ${times} times since then`;

function tellLeft(
  { failed }: DeliveryMemory,
  due: readonly [string, FailedDelivery][],
  now: number,
  { tell }: Report,
): void {
  if (!tell) return;
  const asked = new Set(due.map(([guid]) => guid));
  for (const [guid, { askedAt }] of Object.entries(failed)) {
    if (asked.has(guid)) continue;
    const why =
      askedAt === undefined ? 'others are about to be forgotten' : `it was asked for ${agoOf(askedAt, now)}`;
    tell({ what: 'delivery', id: guid, decision: 'leave', why });
  }
}

function tellNews(before: DeliveryMemory, { arrived }: DeliveryMemory, { tell }: Report): void {
  if (!tell) return;
  for (const guid of Object.keys(before.failed)) {
    if (arrived[guid] === undefined) continue;
    tell({ what: 'delivery', id: guid, decision: 'arrived', why: 'an attempt of it has arrived' });
  }
}

/** What has been asked for again and again in vain is a problem, the first of them by name. */
function nameLasting({ failed }: DeliveryMemory, { problems }: Report): void {
  const lasting = Object.entries(failed)
    .filter(([, { times }]) => times >= deliveryCounts.inVain)
    .sort(([, a], [, b]) => a.at - b.at);
  for (const [guid, { at, times }] of lasting.slice(0, named)) {
    problems.push(`delivery ${guid}: failed ${times} times since ${new Date(at).toISOString()}`);
  }
  const more = lasting.length - named;
  if (more > 0) problems.push(`deliveries in vain: ${more} others failed as often`);
}
