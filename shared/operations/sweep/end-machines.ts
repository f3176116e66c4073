// Ends machines that nobody owns, many by one call: clouds count calls, and what is ended at once.

import type { Sighting } from '../../scheduler/ports.ts';
import type { Builder, Sight } from '../../scheduler/records.ts';
import { idleAmong } from './busy.ts';
import { count, eachPart, part } from './report.ts';
import { rememberSight } from './sights.ts';
import type { Sweeping } from './sweeping.ts';

/** A machine that was shown, and what is known of it. */
export interface SeenMachine {
  pool: string;
  provider: string;
  builder: Builder | undefined;
  sighting: Sighting;
  sight: Sight | undefined;
}

/** One that was seen twice without an owner. */
export interface Orphan extends SeenMachine {
  why: string;
}

/** What EC2 advises for one call. */
const perCall = 100;

/**
 * EC2 lets 1000 end at once, and 20 more each second: a sweep each minute is never throttled.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
 */
const perSweep = 1000;

/** Machines that are named when they cannot be stopped. */
const named = 20;

const parts = { what: 'orphans', name: ({ sighting }: Orphan) => `machine ${sighting.id}`, width: 10 };

/** Ends those on which no job runs. What is left is named, and comes in the next sweep. */
export async function endMachines(on: Sweeping, orphans: readonly Orphan[]): Promise<void> {
  const { report, until } = on;
  const room = Math.max(0, perSweep - (report.counts['orphans ended'] ?? 0));
  const idle: Orphan[] = [];
  const some = orphans.slice(0, room);
  const isIdle = idleAmong(on, some);
  await eachPart(report, some, { ...parts, until }, async (orphan) => {
    if (await isOwned(on, orphan)) return;
    if (await isIdle(orphan)) idle.push(orphan);
  });
  const failed: Orphan[] = [];
  let left = Math.max(0, orphans.length - room);
  for (const together of inCalls(idle)) {
    if (until()) left += together.length;
    else failed.push(...(await endTogether(on, together)));
  }
  for (const orphan of failed.slice(0, named))
    report.problems.push(`${parts.name(orphan)}: ${cannot(orphan)}`);
  if (failed.length > named)
    report.problems.push(`orphans: ${failed.length - named} others could not be stopped`);
  if (left > 0) report.problems.push(`orphans: ${left} are left to the next sweep`);
}

/** A list of records may lack one, and it may be new: before the end it is asked for by its id. */
async function isOwned({ ports, report }: Sweeping, { pool, sighting }: Orphan): Promise<boolean> {
  if (sighting.launch === undefined) return false;
  const { id } = sighting;
  const builder = await ports.open.get(pool, 'builder', id);
  if (!builder || builder.phase === 'gone') return false;
  report.tell?.({ what: 'machine', id, decision: 'leave', why: 'it has a record after all', pool });
  return true;
}

const cannot = ({ why }: Orphan): string => `it has no owner, and could not be stopped: ${why}`;

const inCalls = (orphans: readonly Orphan[]): Orphan[][] =>
  [...Map.groupBy(orphans, ({ provider }) => provider).values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / perCall) }, (_, nth) =>
      all.slice(nth * perCall, (nth + 1) * perCall),
    ),
  );

/** Of one provider. Answers those that could not be stopped; where a call fails, each is asked for alone. */
async function endTogether(on: Sweeping, orphans: readonly Orphan[]): Promise<Orphan[]> {
  try {
    return await stop(on, orphans);
  } catch {
    const failed: Orphan[] = [];
    const { report, until } = on;
    await eachPart(report, orphans, { ...parts, until }, async (orphan) => {
      failed.push(...(await stop(on, [orphan])));
    });
    return failed;
  }
}

async function stop({ ports, report }: Sweeping, orphans: readonly Orphan[]): Promise<Orphan[]> {
  const cloud = ports.providers[orphans[0]?.provider ?? ''];
  const hints = new Map(orphans.map(({ sighting: { id, terms } }) => [id, terms?.offering]));
  const failed = new Set((await cloud?.stop([...hints.keys()], hints))?.failed ?? hints.keys());
  const isLeft = ({ sighting }: Orphan): boolean => failed.has(sighting.id);
  for (const { pool, sighting, why } of orphans.filter((orphan) => !isLeft(orphan))) {
    ports.log({ unit: 'machine', pool, machine: sighting.id, outcome: 'orphan ended', why });
    count(report, 'orphans ended');
  }
  const left = orphans.filter(isLeft);
  // Its first sighting does not fade as long as it is tried.
  for (const { pool, sighting, sight } of left) {
    await part(report, `sighting of ${sighting.id}`, () =>
      rememberSight(ports, { pool, id: sighting.id }, sight),
    );
  }
  return left;
}
