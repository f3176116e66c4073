// What machines have left behind: volumes and network interfaces without an owner are deleted, seen twice.
import { poolOfLaunch } from '../../contract/names.ts';
import { judgeLeftover, leftSince } from '../../scheduler/leftovers.ts';
import type { Judgement } from '../../scheduler/orphans.ts';
import type { Leftover, Leftovers, Silence } from '../../scheduler/ports.ts';
import type { PoolState, Sight } from '../../scheduler/records.ts';
import type { LeftKind } from '../../scheduler/sweep-records.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { abstain, count, eachPart, partOrAbstain, type Report } from './report.ts';
import { isIdle } from './rhythm.ts';
import { rememberSight } from './sights.ts';

/** Where sightings of leftovers are kept: nobody owns them. */
const leftovers = '-leftovers';

const kinds: readonly LeftKind[] = ['volume', 'interface'];

/** They cost cents a day: while none is known, work goes on at this many sweeps for each look at them. */
const everyNth = 5;

/** Things that one sweep deletes, and begins to remember: the next ones come to the others. */
const perSweep = 100;

const parts = {
  what: 'leftovers',
  name: ({ kind, id, place }: Leftover) => `${kind} ${id} in ${place}`,
  width: 10,
};

const ofSights = { ...parts, name: ({ id }: Sight) => `sighting of ${id}` };

/**
 * Looks for what machines have left behind, if there are ports for it. `mayEnd`: see `LeftoverContext`. As
 * long as something has no owner, each sweep looks.
 */
export async function judgeLeftovers(
  ports: Ports,
  states: readonly PoolState[],
  report: Report,
  mayEnd: boolean,
  turn: number,
): Promise<void> {
  const port = ports.leftovers;
  if (!port) return;
  await partOrAbstain(report, { part: 'leftovers', kinds }, async () => {
    const { sights } = await ports.open.read(leftovers);
    const isTurn = turn % everyNth === 0 || states.every(isIdle);
    if (sights.length > 0 || isTurn) await lookFor(port, { ports, states, report, mayEnd, sights });
  });
}

interface Looking {
  ports: Ports;
  states: readonly PoolState[];
  report: Report;
  mayEnd: boolean;
  sights: readonly Sight[];
}

interface Judged {
  leftover: Leftover;
  sight: Sight | undefined;
  judgement: Judgement<'leave' | 'remember' | 'end'>;
}

async function lookFor(port: Leftovers, looking: Looking): Promise<void> {
  const { ports, report, sights } = looking;
  const silences: Silence[] = [];
  const found = await port.list((silence) => silences.push(silence));
  for (const { place, why } of silences)
    abstain(report, { part: `leftovers in ${place}`, why, kinds, place });
  const judged = await judgeAll(found, looking);
  const toDo = (what: Judged['judgement']['decision']): Judged[] =>
    judged.filter(({ judgement }) => judgement.decision === what).slice(0, perSweep);
  const of = { ...parts, name: ({ leftover }: Judged) => parts.name(leftover) };
  await eachPart(report, toDo('remember'), of, (one) => remember(looking, one));
  await eachPart(report, toDo('end'), of, async ({ leftover }) => {
    await port.remove(leftover);
    count(report, 'leftovers deleted');
  });
  const there = new Set(found.map(({ id }) => id));
  const owned = new Set(
    judged.flatMap(({ leftover, judgement }) => (judgement.isUnowned ? [] : leftover.id)),
  );
  // A place that is silent may have what is not there any more.
  const isOver = (id: string): boolean => owned.has(id) || (silences.length === 0 && !there.has(id));
  const over = sights.filter(({ id }) => isOver(id));
  await eachPart(report, over, ofSights, async (sight) => void (await ports.open.remove(sight)));
}

/** Those of a pool whose records cannot be read in full are left: their owners may stand there. */
async function judgeAll(found: readonly Leftover[], looking: Looking): Promise<Judged[]> {
  const { report, sights } = looking;
  const known = new Map(sights.map((sight) => [sight.id, sight]));
  const byPool = Map.groupBy(found, ({ launch = '' }) => poolOfLaunch(launch));
  const judged: Judged[] = [];
  for (const [pool, left] of byPool) {
    const part = pool === undefined ? 'leftovers' : `leftovers of pool ${pool}`;
    await partOrAbstain(report, { part, kinds }, async () => {
      const state = pool === undefined ? undefined : await stateOf(looking, pool);
      for (const leftover of left) judged.push(judge(looking, leftover, state, known.get(leftover.id)));
    });
  }
  return judged;
}

/** A pool that left the configuration is read here only. Throws what hides records of it. */
async function stateOf({ ports, states }: Looking, pool: string): Promise<PoolState> {
  const state = states.find((one) => one.pool.pool === pool) ?? (await ports.open.read(pool));
  const { unreadable } = state;
  if (unreadable.length > 0) throw new Error(`${unreadable.length} items cannot be read: ${unreadable[0]}`);
  return state;
}

function judge(
  { ports, report, mayEnd }: Looking,
  leftover: Leftover,
  pool: PoolState | undefined,
  sight: Sight | undefined,
): Judged {
  const now = ports.clock.now();
  const context = { leftover, pool, sight, mayEnd };
  const judgement = judgeLeftover(context, now, limitsOf(ports, pool?.pool.pool ?? leftovers));
  const { kind, id, place, launch, usdPerHour } = leftover;
  report.tell?.({
    what: kind,
    id,
    decision: judgement.decision,
    why: judgement.why(),
    pool: pool?.pool.pool,
  });
  if (judgement.isUnowned) {
    const since = leftSince(context, now);
    const isProtected = leftover.protected && { protected: true as const };
    report.unowned.push({ kind, id, place, ...(launch && { launch }), since, usdPerHour, ...isProtected });
  }
  return { leftover, sight, judgement };
}

async function remember({ ports, report }: Looking, { leftover, sight }: Judged): Promise<void> {
  await rememberSight(ports, { pool: leftovers, id: leftover.id }, sight);
  count(report, 'leftovers seen');
}
