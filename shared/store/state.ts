// A pool's state, put together from the items of one read.
import { emptyPool, type Item, type PoolState } from '../scheduler/records.ts';
import { sortKey } from './keys.ts';

/** A pool without items. */
export const emptyState = (pool: string): PoolState => ({
  pool: emptyPool(pool),
  hosts: [],
  launches: [],
  builders: [],
  jobs: [],
  runs: [],
  notices: [],
  sights: [],
  memories: [],
  ledgers: [],
  sweeps: [],
  unreadable: [],
});

/** Adds a record to the list of its kind. */
export function addTo(state: PoolState, item: Item): void {
  switch (item.kind) {
    case 'pool':
      state.pool = item;
      return;
    case 'host':
      state.hosts.push(item);
      return;
    case 'launch':
      state.launches.push(item);
      return;
    case 'builder':
      state.builders.push(item);
      return;
    case 'job':
      state.jobs.push(item);
      return;
    case 'run':
      state.runs.push(item);
      return;
    case 'notice':
      state.notices.push(item);
      return;
    case 'sight':
      state.sights.push(item);
      return;
    case 'memory':
      state.memories.push(item);
      return;
    case 'ledger':
      state.ledgers.push(item);
      return;
    case 'sweep':
      state.sweeps.push(item);
      return;
    case 'receipt':
      // Receipts are history from the beginning.
      state.unreadable.push(sortKey(item.kind, item.id));
      return;
  }
}
