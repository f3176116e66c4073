// The memory of what clouds lack: shelves that are empty, shared by all pools. Once its mark has ended, one
// launch at a time asks for a shelf; only two that first find it empty in the same moment have both asked.
import { type Offering, offeringKey, shelvesOf } from '../contract/offerings.ts';
import type { Fault, LaunchResult } from '../scheduler/ports.ts';
import type { Launch, PoolState, Time } from '../scheduler/records.ts';
import { type Memory, sharedPartition } from '../scheduler/shared-records.ts';
import { change, Raced } from './change.ts';
import { limitsOf, type Ports } from './ports.ts';
import { keep } from './state.ts';

export type Marks = Memory['empty'];

const id = 'memory';

/** What is remembered, as the state has read it. */
export const marksOf = ({ memories }: PoolState): Marks => memoryIn(memories)?.empty ?? {};

const memoryIn = (memories: readonly Memory[]): Memory | undefined => memories.find((one) => one.id === id);

/** Shelves that are not asked for now. */
export const emptyShelves = (marks: Marks, now: Time): Set<string> =>
  new Set(Object.keys(marks).filter((shelf) => (marks[shelf]?.until ?? 0) > now));

/**
 * Renews the ended marks that offerings stand on, before they are asked for again: so nobody else does.
 * Throws `Raced` when somebody else is at it.
 */
export async function renew(
  ports: Ports,
  state: PoolState,
  offerings: readonly Offering[],
  launch: Pick<Launch, 'pool' | 'askedAt'>,
): Promise<void> {
  const ended = [...new Set(offerings.flatMap((one) => shelvesOf(one, launch.pool)))].filter(
    (shelf) => marksOf(state)[shelf],
  );
  const until = renewedUntil(ports, launch);
  await changeMarks(ports, state, (marks) => {
    const again = ended.flatMap((shelf) => {
      const mark = marks[shelf];
      if (mark && mark.until > launch.askedAt) throw new Raced(`${shelf} is asked for by another launch`);
      return mark ? [[shelf, { ...mark, until }] as const] : [];
    });
    return again.length > 0 ? { ...marks, ...Object.fromEntries(again) } : marks;
  });
}

/** Tells the marks that a launch has renewed from others. */
const renewedUntil = (ports: Ports, { pool, askedAt }: Pick<Launch, 'pool' | 'askedAt'>): Time =>
  askedAt + limitsOf(ports, pool).noCapacityMs;

/**
 * Remembers what an answer says: shelves with a fault are empty; those that the launch has renewed, and that
 * gave a machine, are not.
 */
export async function learn(
  ports: Ports,
  state: PoolState,
  launch: Launch,
  { faults, terms = {} }: Pick<LaunchResult, 'faults' | 'terms'>,
  offerings: readonly Offering[],
): Promise<void> {
  const keys = new Set(Object.values(terms).map(({ offering }) => offering));
  const full = new Set(
    offerings.filter((one) => keys.has(offeringKey(one))).flatMap((one) => shelvesOf(one, launch.pool)),
  );
  const renewed = renewedUntil(ports, launch);
  await changeMarks(ports, state, (marks) => {
    const kept = Object.entries(marks).filter(([shelf, { until }]) => !full.has(shelf) || until !== renewed);
    const found = faults.flatMap((fault) => marksFor(ports, launch.pool, fault));
    return withMarks(marks, kept, found);
  });
}

/** Remembers one shelf, unread: what was got there is not fit for work, say. */
export async function rememberEmpty(ports: Ports, shelf: string, mark: Marks[string]): Promise<void> {
  const remember = (marks: Marks) => withMarks(marks, Object.entries(marks), [[shelf, mark]]);
  await change(ports.open, none, (current = none) => decided(ports, current, remember));
}

type Entry = [shelf: string, mark: Marks[string]];

function marksFor(ports: Ports, pool: string, { kind, why, shelves = [] }: Fault): Entry[] {
  if (kind === 'throttled') return [];
  const { rungClosedMaxMs, noCapacityMs } = limitsOf(ports, pool);
  const until = ports.clock.now() + (kind === 'invalid' ? rungClosedMaxMs : noCapacityMs);
  return shelves.map((shelf) => [shelf, { until, why: `${kind}: ${why}`.slice(0, 400) }]);
}

/** The later end counts. The same marks when nothing changes. */
function withMarks(marks: Marks, kept: readonly Entry[], found: readonly Entry[]): Marks {
  const next = new Map(kept);
  for (const [shelf, mark] of found) {
    if ((next.get(shelf)?.until ?? 0) < mark.until) next.set(shelf, mark);
  }
  const same = found.every(([shelf]) => next.get(shelf) === marks[shelf]);
  return same && kept.length === Object.keys(marks).length ? marks : Object.fromEntries(next);
}

const none: Memory = { kind: 'memory', pool: sharedPartition, id, version: 0, empty: {} };

/** One conditional write of the memory as the state has read it; none when nothing changes. */
async function changeMarks(ports: Ports, state: PoolState, decide: (marks: Marks) => Marks): Promise<void> {
  const known = { item: memoryIn(state.memories) };
  const changed = await change(ports.open, none, (current = none) => decided(ports, current, decide), known);
  if (changed) keep(state, changed);
}

/** What ended an hour ago is forgotten. Undefined: nothing changes. */
function decided(
  { clock, standard }: Ports,
  memory: Memory,
  decide: (marks: Marks) => Marks,
): Memory | undefined {
  const next = decide(memory.empty);
  if (next === memory.empty) return undefined;
  const old = clock.now() - standard.tombstoneMs;
  const empty = Object.fromEntries(Object.entries(next).filter(([, { until }]) => until > old));
  return { ...memory, empty };
}
