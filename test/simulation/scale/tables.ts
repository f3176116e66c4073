// The two tables at the level of their ports: records as they are, no attributes and no schema, so that a day
// of 100,000 jobs takes minutes. They count what the real ones would do.

import type { History, OpenTable, Put } from '../../../shared/scheduler/ports.ts';
import type { Item } from '../../../shared/scheduler/records.ts';
import { historyKey, sortKey } from '../../../shared/store/keys.ts';
import { isOfKind, isVersionOf } from '../../../shared/store/parse.ts';
import { addTo, emptyState } from '../../../shared/store/state.ts';
import type { Process, World } from '../world.ts';
import { historyExtras, itemBytes, openExtras } from './sizes.ts';
import { type Sorted, sorted } from './sorted.ts';
import { type Counting, pageBytes, pageTrip, parsingMs } from './units.ts';

export interface Tables {
  of(process: Process): { open: OpenTable; history: History };
}

interface Row {
  item: Item;
  bytes: number;
}

interface Shared {
  world: World;
  counting: Counting;
  partitions: Map<string, Sorted<Row>>;
  written(item: Item): void;
}

/** `written`: hears each record as it is stored in the open table. */
export function portTables(world: World, counting: Counting, written: (item: Item) => void): Tables {
  const shared: Shared = { world, counting, partitions: new Map(), written };
  const archive = new Map<string, number>();
  return {
    of: (process) => ({
      open: openTable(shared, process),
      history: historyTable(world, counting, archive, process),
    }),
  };
}

function openTable(shared: Shared, process: Process): OpenTable {
  const { world, counting } = shared;
  const ask = <T>(what: string, effect: () => T): Promise<T> => world.call(process, what, effect);
  return {
    async read(pool) {
      const state = emptyState(pool);
      let start: string | undefined;
      do {
        const from = start;
        const own = partitionOf(shared, pool);
        const page = await world.call(process, 'read', () => pageOf(own, from), pageTrip);
        counting.page(process, pool, page);
        await world.time.sleep(parsingMs(process, page.items));
        for (const { item } of page.rows) addTo(state, ownOf(item));
        start = page.next;
      } while (start !== undefined);
      return state;
    },
    async get(pool, kind, id) {
      const row = await ask('get', () => got(shared, pool, sortKey(kind, id)));
      const item = row && ownOf(row.item);
      return item && isOfKind(item, kind) ? item : undefined;
    },
    async put(item) {
      const put = await ask('put', () => written(shared, item));
      // The real store asks for what was in the way, if it was not told.
      if (!put.ok && !put.current)
        await ask('get', () => got(shared, item.pool, sortKey(item.kind, item.id)));
      return put;
    },
    remove: (item) => ask('delete', () => removed(shared, item)),
  };
}

function partitionOf({ partitions }: Shared, pool: string): Sorted<Row> {
  const own = partitions.get(pool) ?? sorted<Row>();
  partitions.set(pool, own);
  return own;
}

function got(shared: Shared, pool: string, key: string): Row | undefined {
  const found = partitionOf(shared, pool).get(key);
  shared.counting.get(found?.bytes ?? 0, pool);
  return found;
}

/** A refused write costs as much as what is there. */
function written<T extends Item>(shared: Shared, item: T): Put<T> {
  const { counting, written: hear } = shared;
  const own = partitionOf(shared, item.pool);
  const key = sortKey(item.kind, item.id);
  const before = own.get(key);
  if ((before?.item.version ?? 0) !== item.version) {
    counting.write('put', before?.bytes ?? 0, item.pool);
    const current = before?.item;
    return { ok: false, current: current && isVersionOf(current, item) ? current : undefined };
  }
  const next = { ...item, version: item.version + 1 };
  const kept = Object.freeze(ownOf(next));
  const bytes = itemBytes(kept) + openExtras(key);
  counting.write('put', Math.max(bytes, before?.bytes ?? 0), item.pool);
  own.set(key, { item: kept, bytes });
  hear(kept);
  return { ok: true, item: next };
}

function removed(shared: Shared, item: Item): boolean {
  const own = partitionOf(shared, item.pool);
  const key = sortKey(item.kind, item.id);
  const before = own.get(key);
  shared.counting.write('delete', before?.bytes ?? 0, item.pool);
  if (before && before.item.version !== item.version) return false;
  own.delete(key);
  return true;
}

/** The reaper's memory is changed in place by who has it: each gets one of its own. */
const ownOf = (item: Item): Item => (item.kind === 'sweep' ? structuredClone(item) : item);

interface Page {
  rows: Row[];
  items: number;
  bytes: number;
  next: string | undefined;
}

function pageOf(own: Sorted<Row>, start: string | undefined): Page {
  const page: Page = { rows: [], items: 0, bytes: 0, next: undefined };
  own.walk(start, (row, key) => {
    page.rows.push(row);
    page.items += 1;
    page.bytes += row.bytes;
    page.next = page.bytes >= pageBytes ? key : undefined;
    return page.next === undefined;
  });
  return page;
}

/** Answers only whether something ended: what is shown of it is asked by nobody here. */
function historyTable(
  world: World,
  counting: Counting,
  archive: Map<string, number>,
  process: Process,
): History {
  return {
    has: (kind, id) =>
      world.call(process, 'get', () => {
        const bytes = archive.get(historyKey(kind, id));
        counting.get(bytes ?? 0);
        return bytes !== undefined;
      }),
    put: (item) =>
      world.call(process, 'put', () => {
        const key = historyKey(item.kind, item.id);
        const bytes = itemBytes(item) + historyExtras(key);
        counting.write('put', bytes, undefined, 'endedAt' in item);
        archive.set(key, bytes);
      }),
    recent: async () => [],
  };
}
