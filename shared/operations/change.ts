// Read, decide, write at that version, and again if somebody was faster.
import type { OpenTable } from '../scheduler/ports.ts';
import { emptyPool, type ItemOf, type Kind, type Pool } from '../scheduler/records.ts';

/**
 * Somebody else wrote first, too often or where it matters: whoever meets this starts over from a new read.
 */
export class Raced extends Error {
  override name = 'Raced';
}

/**
 * Changes one record by a decision that is repeated on each new state. The decision answers undefined for
 * "no change". `known` saves the first read: what the caller has just read, or undefined where the record is
 * probably new. If that is wrong, the write is refused and the decision repeated.
 * Answers the record as it now is.
 */
export async function change<K extends Kind>(
  open: OpenTable,
  key: { pool: string; kind: K; id: string },
  decide: (current: ItemOf<K> | undefined) => ItemOf<K> | undefined,
  known?: { item: ItemOf<K> | undefined },
): Promise<ItemOf<K> | undefined> {
  let current = known ? known.item : await open.get(key.pool, key.kind, key.id);
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const next = decide(current);
    if (!next || next === current) return current;
    const put = await open.put(next);
    if (put.ok) return put.item;
    current = put.current;
  }
  throw new Raced(`${key.kind} ${key.id} of pool ${key.pool} changes too often`);
}

/** Changes a record that the caller has just read: the first decision is about that reading. */
export const changeRead = <K extends Kind>(
  open: OpenTable,
  item: ItemOf<K> & { kind: K },
  decide: (current: ItemOf<K> | undefined) => ItemOf<K> | undefined,
): Promise<ItemOf<K> | undefined> => change(open, item, decide, { item });

/** Changes the pool's own item, whoever else does so. `known`: as the caller has read it. */
export async function changePool(
  ports: { open: OpenTable },
  pool: string,
  decide: (current: Pool) => Pool,
  known?: Pool,
): Promise<Pool> {
  const key = { pool, kind: 'pool', id: 'pool' } as const;
  const changed = await change(
    ports.open,
    key,
    (current) => decide(current ?? emptyPool(pool)),
    known && { item: known },
  );
  return changed ?? emptyPool(pool);
}

/**
 * Runs `work` on each item, at most `width` at a time, and starts nothing after `until` says stop. Answers
 * how many were left.
 */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
  until: () => boolean = () => false,
): Promise<number> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    while (queue.length > 0 && !until()) {
      const item = queue.shift();
      if (item !== undefined) await work(item);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  const failed = lanes.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return queue.length;
}
