// The reaper's own memory: read when a sweep begins, changed by its parts, and saved when it ends.
import { freshDeliveries } from '../../scheduler/deliveries.ts';
import { freshDay } from '../../scheduler/receipts.ts';
import type { PoolState, Time } from '../../scheduler/records.ts';
import { type Ledger, sharedPartition } from '../../scheduler/shared-records.ts';
import type { SweepMemory } from '../../scheduler/sweep-records.ts';
import { type Marks, marksOf } from '../memory.ts';
import type { Ports } from '../ports.ts';
import { part, type Report } from './report.ts';

const id = 'sweep';
const name = "the reaper's memory";

/** What all pools share, as far as it can be read. */
export interface Shared {
  /** A fresh one where there is none, or it cannot be read. */
  memory: SweepMemory;
  /** It may be saved: nothing is known to stand there that could not be read. */
  isKnown: boolean;
  /** Undefined: one of them cannot be read, and no money is counted. */
  ledgers: Ledger[] | undefined;
  marks: Marks;
}

export async function readShared({ open, clock }: Ports, report: Report): Promise<Shared> {
  let state: PoolState | undefined;
  await part(report, 'shared records', async () => {
    state = await open.read(sharedPartition);
  });
  const fresh = freshMemory(clock.now());
  return state
    ? sharedOf(state, fresh, report)
    : { memory: fresh, isKnown: false, ledgers: undefined, marks: {} };
}

function sharedOf(state: PoolState, fresh: SweepMemory, report: Report): Shared {
  const { own = [], others = [] } = Object.groupBy(state.unreadable, (key) =>
    key.endsWith(`#sweep#${id}`) ? 'own' : 'others',
  );
  const isWhole = others.length === 0;
  if (!isWhole) report.problems.push(`ledgers: ${others.length} items cannot be read: ${others[0]}`);
  for (const key of own) {
    report.problems.push(`${name}: it cannot be read: delete item ${key} of partition ${sharedPartition}`);
  }
  return {
    memory: state.sweeps.find((one) => one.id === id) ?? fresh,
    isKnown: own.length === 0,
    ledgers: isWhole ? state.ledgers : undefined,
    marks: isWhole ? marksOf(state) : {},
  };
}

/** The memory of a reaper that knows nothing: it looks at all deliveries that GitHub has. */
export const freshMemory = (now: Time): SweepMemory => ({
  kind: 'sweep',
  pool: sharedPartition,
  id,
  version: 0,
  at: now,
  pools: [],
  life: {},
  listed: {},
  unknown: {},
  turn: 0,
  deliveries: freshDeliveries(),
  today: freshDay(now),
});

/** The pools of the next sweep: those of today, and all that have anything on record, or did not tell. */
export function rememberPools(
  memory: SweepMemory,
  pools: readonly string[],
  states: readonly PoolState[],
  { config }: Pick<Ports, 'config'>,
): void {
  const empty = new Set(states.filter(isEmpty).map(({ pool }) => pool.pool));
  const kept = pools.filter((pool) => !empty.has(pool));
  memory.pools = [...new Set([...Object.keys(config.pools), ...kept])].sort();
}

/** Its own record stays for ever: numbers of launches never come again. */
const isEmpty = (state: PoolState): boolean =>
  [
    ...[state.hosts, state.launches, state.builders, state.jobs],
    ...[state.runs, state.notices, state.sights, state.unreadable],
  ].every(({ length }) => length === 0);

/**
 * Two sweeps may overlap: one of them is remembered, which loses nothing but words of the other. Answers
 * whether it is this one.
 */
export async function saveMemory(ports: Ports, memory: SweepMemory, report: Report): Promise<boolean> {
  let isSaved = false;
  await part(report, name, async () => {
    const put = await ports.open.put(memory);
    if (!put.ok) throw new Error('another sweep has saved its own meanwhile');
    memory.version = put.item.version;
    isSaved = true;
  });
  return isSaved;
}
