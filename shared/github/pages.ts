// Lists that come in pages of at most 100.
import { Doubt } from '../scheduler/ports.ts';

export const pageSize = 100;

/** `complete`: false when there were more pages than `maxPages`. */
export interface Pages<T> {
  items: T[];
  complete: boolean;
}

/** What a page was asked for, and how many things the whole list has, by GitHub's own count. */
export interface Counted {
  route: string;
  page?: number;
  size?: number;
  total: number;
}

/** A page as it came. Throws `Doubt` when it shows less than it must by its own count: that is no list. */
export function wholePage<T>(items: T[], { route, page = 1, size = pageSize, total }: Counted): T[] {
  const least = Math.min(size, total - (page - 1) * size);
  if (items.length >= least) return items;
  const shows = `page ${page} shows ${items.length}`;
  throw new Doubt(`${route}: ${shows}, and by GitHub's own count of ${total} it has ${least}`);
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
