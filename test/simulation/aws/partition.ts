// A partition of a simulated table: its items in the order of their keys.
import type { RawAttributes } from '../../../shared/store/attributes.ts';

export interface Partition {
  size(): number;
  get(key: string): RawAttributes | undefined;
  set(key: string, row: RawAttributes): void;
  delete(key: string): void;
  /** The first items whose keys come after this one, or the first ones at all. */
  after(key: string | undefined, most: number): RawAttributes[];
}

export function partition(): Partition {
  const rows = new Map<string, RawAttributes>();
  /** Made again when a key has come or gone. */
  let sorted: string[] | undefined;
  const keys = (): string[] => {
    sorted ??= [...rows.keys()].sort();
    return sorted;
  };
  return {
    size: () => rows.size,
    get: (key) => rows.get(key),
    set(key, row) {
      if (!rows.has(key)) sorted = undefined;
      rows.set(key, row);
    },
    delete(key) {
      if (rows.delete(key)) sorted = undefined;
    },
    after(key, most) {
      const from = key === undefined ? 0 : placeAfter(keys(), key);
      return keys()
        .slice(from, from + most)
        .flatMap((one): RawAttributes[] => {
          const row = rows.get(one);
          return row ? [row] : [];
        });
    },
  };
}

/** The place of the first key that is greater: the key itself may be gone. */
function placeAfter(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
