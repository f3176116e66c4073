// The memory of what clouds lack: shelves that are empty, shared by all pools. Once its mark has ended, one
// launch at a time asks for a shelf; only two that first find it empty in the same moment have both asked.
import { type HostOffering, type Offering, offeringKey, shelvesOf } from '../contract/offerings.ts';
import type { Fault, LaunchResult } from '../scheduler/ports.ts';
import type { Launch, PoolState, Time } from '../scheduler/records.ts';
import { type Memory, sharedPartition } from '../scheduler/shared-records.ts';
import { change, Raced } from './change.ts';
import { isLasting, isThrottled } from './faults.ts';
import { limitsOf, type Ports } from './ports.ts';
import { keep } from './state.ts';

export type Marks = Memory['empty'];
type Mark = Marks[string];
type Entry = [shelf: string, mark: Mark];

/**
 * What is asked for, and by whom: a launch, or a host of Macs. `closed`: what was said first is not known.
 */
type Offerings = readonly (Offering | HostOffering)[];
type Asking = Pick<Launch, 'pool' | 'askedAt'>;

const id = 'memory';

/**
 * Every pass reads the marks of all pools, and one item holds 400 kB at most: these stay below 150. Launches
 * keep the cloud's words in full. Quotas are few, and their words end with the page where more is asked for.
 */
const mostMarks = 700;
const longestWhy = 120;
const longestQuotaWhy = 300;

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
  offerings: Offerings,
  launch: Asking,
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

const renewedUntil = (ports: Ports, { pool, askedAt }: Asking): Time =>
  askedAt + limitsOf(ports, pool).noCapacityMs;

/** Ends at once what a launch has renewed: it was not asked for after all. */
export const giveBack = (
  ports: Ports,
  state: PoolState,
  offerings: Offerings,
  launch: Asking,
): Promise<void> =>
  changeMarks(ports, state, (marks) => withMarks(marks, givenBack(ports, marks, offerings, launch), []));

/**
 * Remembers what an answer says: shelves with a fault are empty; those that the launch has renewed, and that
 * gave a machine, are not. A cloud that only throttles has not been asked; but a launch that is closed was
 * asked before, and what was said then is not known.
 */
export async function learn(
  ports: Ports,
  state: PoolState,
  launch: Asking & { phase?: Launch['phase'] },
  { started, faults, terms = {} }: LaunchResult,
  offerings: Offerings,
): Promise<void> {
  const notAsked = launch.phase !== 'closed' && started.length === 0 && isThrottled(faults);
  const keys = new Set(Object.values(terms).map(({ offering }) => offering));
  const full = offerings.filter((one) => keys.has(offeringKey(one)));
  await changeMarks(ports, state, (marks) => {
    const kept = notAsked
      ? givenBack(ports, marks, offerings, launch)
      : withoutFull(ports, marks, full, launch);
    return withMarks(
      marks,
      kept,
      faults.flatMap((fault) => marksFor(ports, launch.pool, fault)),
    );
  });
}

function givenBack(ports: Ports, marks: Marks, offerings: Offerings, launch: Asking): Entry[] {
  const isRenewed = renewedBy(ports, launch, offerings);
  return Object.entries(marks).map(([shelf, mark]) => [
    shelf,
    isRenewed(shelf, mark) ? { ...mark, until: launch.askedAt } : mark,
  ]);
}

function withoutFull(ports: Ports, marks: Marks, full: Offerings, launch: Asking): Entry[] {
  const isRenewed = renewedBy(ports, launch, full);
  return Object.entries(marks).filter(([shelf, mark]) => !isRenewed(shelf, mark));
}

/** Tells the marks of offerings that a launch has renewed from others. */
function renewedBy(ports: Ports, launch: Asking, offerings: Offerings) {
  const shelves = new Set(offerings.flatMap((one) => shelvesOf(one, launch.pool)));
  const renewed = renewedUntil(ports, launch);
  return (shelf: string, { until }: Mark): boolean => until === renewed && shelves.has(shelf);
}

/** Remembers one shelf, unread: what was got there is not fit for work, say. */
export async function rememberEmpty(ports: Ports, shelf: string, { until, why }: Mark): Promise<void> {
  const found: Entry = [shelf, { until, why: why.slice(0, longestWhy) }];
  const remember = (marks: Marks) => withMarks(marks, Object.entries(marks), [found]);
  await change(ports.open, none, (current = none) => decided(ports, current, remember));
}

function marksFor(ports: Ports, pool: string, fault: Fault): Entry[] {
  const { kind, shelves = [] } = fault;
  if (kind === 'throttled') return [];
  const { rungClosedMaxMs, noCapacityMs } = limitsOf(ports, pool);
  const until = ports.clock.now() + (isLasting(fault) ? rungClosedMaxMs : noCapacityMs);
  const why = `${kind}: ${fault.why}`.slice(0, kind === 'quota' ? longestQuotaWhy : longestWhy);
  return shelves.map((shelf) => [shelf, { until, why }]);
}

/** The later end counts. The same marks when nothing changes. */
function withMarks(marks: Marks, kept: readonly Entry[], found: readonly Entry[]): Marks {
  const next = new Map(kept);
  for (const [shelf, mark] of found) {
    if ((next.get(shelf)?.until ?? 0) < mark.until) next.set(shelf, mark);
  }
  const same = [...next].every(([shelf, mark]) => mark === marks[shelf]);
  return same && next.size === Object.keys(marks).length ? marks : Object.fromEntries(next);
}

const none: Memory = { kind: 'memory', pool: sharedPartition, id, version: 0, empty: {} };

/** One conditional write of the memory as the state has read it; none when nothing changes. */
async function changeMarks(ports: Ports, state: PoolState, decide: (marks: Marks) => Marks): Promise<void> {
  const known = { item: memoryIn(state.memories) };
  const changed = await change(ports.open, none, (current = none) => decided(ports, current, decide), known);
  if (changed) keep(state, changed);
}

/** What ended a while ago is forgotten, and what ends first where there is too much. Undefined: no change. */
function decided(
  { clock, standard }: Ports,
  memory: Memory,
  decide: (marks: Marks) => Marks,
): Memory | undefined {
  const next = decide(memory.empty);
  if (next === memory.empty) return undefined;
  const old = clock.now() - standard.inVainMs;
  const young = Object.entries(next).filter(([, { until }]) => until > old);
  const longestFirst = young.sort(([, a], [, b]) => b.until - a.until);
  return { ...memory, empty: Object.fromEntries(longestFirst.slice(0, mostMarks)) };
}
