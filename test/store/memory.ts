// The store in memory, with the semantics of the real tables: deep copies, versions, items that do not parse.
import type { History, OpenTable, Put } from '../../shared/scheduler/ports.ts';
import type { Item, Time } from '../../shared/scheduler/records.ts';
import { endOf } from '../../shared/store/dynamo.ts';
import { historyKey, sortKey } from '../../shared/store/keys.ts';
import { checked, isOfKind, isVersionOf, parseItem, Unreadable } from '../../shared/store/parse.ts';
import { addTo, emptyState } from '../../shared/store/state.ts';

/** A record as text, so that nobody holds what is stored. */
interface Entry {
  text: string;
  version: unknown;
  /** Why it does not parse. */
  problem?: string;
}

export interface MemoryStore {
  open: OpenTable;
  history: History;
  /** Stores fields that may be no record, as a hand or another release would. */
  plant(pool: string, key: string, fields: Record<string, unknown>): void;
  /** Makes the item under this sort key unreadable, whether it existed or not. */
  poison(pool: string, key: string): void;
}

export function memoryStore(): MemoryStore {
  const pools = new Map<string, Map<string, Entry>>();
  const itemsOf = (pool: string): Map<string, Entry> => {
    const items = pools.get(pool) ?? new Map<string, Entry>();
    pools.set(pool, items);
    return items;
  };
  const plant = (pool: string, key: string, fields: Record<string, unknown>): void => {
    const parsed = parseItem({ ...fields, pool }, key, sortKey);
    const problem = 'problem' in parsed ? parsed.problem : undefined;
    itemsOf(pool).set(key, { text: JSON.stringify({ ...fields, pool }), version: fields.version, problem });
  };
  return {
    open: openInMemory(itemsOf),
    history: historyInMemory(),
    plant,
    poison: (pool, key) => plant(pool, key, {}),
  };
}

function openInMemory(itemsOf: (pool: string) => Map<string, Entry>): OpenTable {
  return {
    async read(pool) {
      const state = emptyState(pool);
      const entries = [...itemsOf(pool)].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [key, entry] of entries) {
        if (entry.problem === undefined) addTo(state, copyOf(entry, key));
        else state.unreadable.push(key);
      }
      return state;
    },
    async get(pool, kind, id) {
      const key = sortKey(kind, id);
      const entry = itemsOf(pool).get(key);
      const item = entry && copyOf(entry, key);
      return item && isOfKind(item, kind) && item.id === id ? item : undefined;
    },
    put: async (item) => put(itemsOf(item.pool), item),
    async remove(item) {
      const key = sortKey(item.kind, item.id);
      const entry = itemsOf(item.pool).get(key);
      if (entry && entry.version !== item.version) return false;
      itemsOf(item.pool).delete(key);
      return true;
    },
  };
}

function put<T extends Item>(items: Map<string, Entry>, item: T): Put<T> {
  const key = sortKey(item.kind, item.id);
  const next = { ...item, version: item.version + 1 };
  const text = JSON.stringify(checked(next));
  const entry = items.get(key);
  if (item.version === 0 ? !entry : entry?.version === item.version) {
    items.set(key, { text, version: next.version });
    return { ok: true, item: next };
  }
  const current = entry && copyOf(entry, key);
  return { ok: false, current: current && isVersionOf(current, item) ? current : undefined };
}

function copyOf({ text, problem }: Entry, key: string): Item {
  if (problem !== undefined) throw new Unreadable('the store in memory', key, problem);
  const item: Item = JSON.parse(text);
  return item;
}

function historyInMemory(): History {
  const ended = new Map<string, { text: string; kind: string; end: Time }>();
  return {
    has: async (kind, id) => ended.has(historyKey(kind, id)),
    async put(item) {
      const text = JSON.stringify(checked(item));
      ended.set(historyKey(item.kind, item.id), { text, kind: item.kind, end: endOf(item) });
    },
    async recent(kind, limit) {
      const items = [...ended.values()].filter((entry) => entry.kind === kind).sort((a, b) => b.end - a.end);
      return items.slice(0, Math.max(0, limit)).map((entry): Item => JSON.parse(entry.text));
    },
  };
}
