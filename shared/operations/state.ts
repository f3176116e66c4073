// The state that one pass works on: read once, then kept up to date with the pass's own writes.
import type { Item, PoolState } from '../scheduler/records.ts';
import type { Ports } from './ports.ts';

const listOf = {
  host: 'hosts',
  launch: 'launches',
  builder: 'builders',
  job: 'jobs',
  run: 'runs',
  notice: 'notices',
  sight: 'sights',
  memory: 'memories',
  ledger: 'ledgers',
  sweep: 'sweeps',
} as const;

/**
 * Writes at the version that was read. Answers the record as stored, or undefined if somebody was faster:
 * the state then holds what is stored now.
 */
export async function save<T extends Item>(
  ports: Pick<Ports, 'open'>,
  state: PoolState,
  item: T,
): Promise<T | undefined> {
  const put = await ports.open.put(item);
  const stored = put.ok ? put.item : put.current;
  if (stored) keep(state, stored);
  return put.ok ? put.item : undefined;
}

/** Puts a record into the state, in place of its earlier version. */
export function keep(state: PoolState, item: Item): void {
  if (item.kind === 'pool') {
    state.pool = item;
    return;
  }
  // Receipts are history from the beginning.
  if (item.kind === 'receipt') return;
  const list: Item[] = state[listOf[item.kind]];
  const at = list.findIndex((other) => other.id === item.id);
  if (at < 0) list.push(item);
  else list[at] = item;
}
