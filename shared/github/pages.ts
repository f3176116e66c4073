// Lists that come in pages of at most 100.

export const pageSize = 100;

/** `complete`: false when there were more pages than `maxPages`. */
export interface Pages<T> {
  items: T[];
  complete: boolean;
}

/** Loads pages 1, 2, … until one is not full. */
export async function readPages<T>(
  maxPages: number,
  load: (page: number) => Promise<T[]>,
): Promise<Pages<T>> {
  const items: T[] = [];
  for (let page = 1; page <= maxPages; page++) {
    const loaded = await load(page);
    items.push(...loaded);
    if (loaded.length < pageSize) return { items, complete: true };
  }
  return { items, complete: false };
}
