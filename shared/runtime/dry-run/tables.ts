// The tables of a dry run: reads pass through, writes stay here, and later reads see them.
import type { History, OpenTable, Put } from '../../scheduler/ports.ts';
import type { Item, ItemOf, Kind, PoolState } from '../../scheduler/records.ts';
import { historyKey, sortKey } from '../../store/keys.ts';
import { checked, isOfKind, isVersionOf } from '../../store/parse.ts';
import { addTo } from '../../store/state.ts';
import type { HistoryReads, Note, TableReads } from './reads.ts';

/** What was written or removed, by pool and sort key. */
type Written = Map<string, { kind: Kind; id: string; now: Item | undefined }>;

/** Conditional as the real one: of two writes at one version the second meets the first. */
export function dryTable(reads: TableReads, note: Note): OpenTable {
  const pools = new Map<string, Written>();
  const writtenIn = (pool: string): Written => {
    const written = pools.get(pool) ?? new Map();
    pools.set(pool, written);
    return written;
  };
  const get = async <K extends Kind>(pool: string, kind: K, id: string): Promise<ItemOf<K> | undefined> => {
    const written = writtenIn(pool).get(sortKey(kind, id));
    if (!written) return reads.get(pool, kind, id);
    const item = written.now && structuredClone(written.now);
    return item && isOfKind(item, kind) ? item : undefined;
  };
  const write = ({ pool, kind, id }: Item, now: Item | undefined): void =>
    void writtenIn(pool).set(sortKey(kind, id), { kind, id, now });
  return {
    get,
    async read(pool) {
      const state = await reads.read(pool);
      for (const { kind, id, now } of writtenIn(pool).values()) {
        drop(state, kind, id);
        if (now) addTo(state, structuredClone(now));
      }
      return state;
    },
    async put<T extends Item>(item: T): Promise<Put<T>> {
      const next = { ...item, version: item.version + 1 };
      const stored = structuredClone(checked(next));
      const current: Item | undefined = await get(item.pool, item.kind, item.id);
      if ((current?.version ?? 0) !== item.version)
        return { ok: false, current: current && isVersionOf(current, item) ? current : undefined };
      write(item, stored);
      note({ act: 'write', ...nameOf(item) });
      return { ok: true, item: next };
    },
    async remove(item) {
      const current: Item | undefined = await get(item.pool, item.kind, item.id);
      if (current && current.version !== item.version) return false;
      write(item, undefined);
      note({ act: 'remove', ...nameOf(item) });
      return true;
    },
  };
}

/** A pool's own record is never removed. */
function drop({ pool: _, unreadable: __, ...lists }: PoolState, kind: Kind, id: string): void {
  for (const list of Object.values(lists)) {
    const items: Item[] = list;
    const at = items.findIndex((item) => item.kind === kind && item.id === id);
    if (at >= 0) items.splice(at, 1);
  }
}

const nameOf = ({ kind, id, pool }: Item) => ({ what: kind, id, of: `pool ${pool}` });

export function dryHistory(reads: HistoryReads, note: Note): History {
  const written = new Map<string, Item>();
  return {
    has: async (kind, id) => written.has(historyKey(kind, id)) || reads.has(kind, id),
    async put(item) {
      written.set(historyKey(item.kind, item.id), structuredClone(checked(item)));
      note({ act: 'archive', ...nameOf(item) });
    },
    async recent(kind, limit) {
      const own = [...written.values()].filter((item) => item.kind === kind).reverse();
      const others = await reads.recent(kind, limit);
      const isNew = ({ id }: Item): boolean => !written.has(historyKey(kind, id));
      return [...own, ...others.filter(isNew)].slice(0, limit);
    },
  };
}
