// Virtual time and chance: one seed decides everything that happens in a simulated world.

export const second = 1000;
export const minute = 60 * second;

/** A seeded source of chance (mulberry32). */
export function seeded(seed: number) {
  let state = (seed * 2654435761) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  for (let warm = 0; warm < 5; warm += 1) next();
  return {
    chance: (p: number): boolean => next() < p,
    between: (low: number, high: number): number => low + next() * (high - low),
    whole: (low: number, high: number): number => Math.floor(low + next() * (high + 1 - low)),
    pick: <T>(from: readonly T[]): T => {
      const at = Math.floor(next() * from.length);
      for (const one of from.slice(at, at + 1)) return one;
      throw new Error('nothing to pick from');
    },
  };
}

export type Chance = ReturnType<typeof seeded>;

interface Happening {
  at: number;
  order: number;
  run: () => void;
}

/** A clock that moves from one happening to the next, letting all promises settle in between. */
export function virtualTime(start: number) {
  let now = start;
  let order = 0;
  const heap: Happening[] = [];
  const earlier = (a: Happening, b: Happening): boolean =>
    a.at < b.at || (a.at === b.at && a.order < b.order);
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a && b) [heap[i], heap[j]] = [b, a];
  };
  const before = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && b !== undefined && earlier(a, b);
  };
  const push = (happening: Happening): void => {
    heap.push(happening);
    for (let i = heap.length - 1; i > 0 && before(i, (i - 1) >> 1); i = (i - 1) >> 1) swap(i, (i - 1) >> 1);
  };
  const pop = (): Happening | undefined => {
    swap(0, heap.length - 1);
    const top = heap.pop();
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = before(left, i) ? left : i;
      if (before(right, least)) least = right;
      if (least === i) return top;
      swap(i, least);
      i = least;
    }
  };
  const after = (ms: number, run: () => void): void =>
    push({ at: now + Math.max(0, ms), order: order++, run });
  return {
    now: (): number => now,
    after,
    sleep: (ms: number): Promise<void> => new Promise((resolve) => after(ms, resolve)),
    /** `look` is called after each happening, when all that it promised has settled. */
    async runUntil(end: number, look?: () => void): Promise<void> {
      for (let next = heap[0]; next && next.at <= end; next = heap[0]) {
        pop();
        now = next.at;
        next.run();
        await new Promise((resolve) => setImmediate(resolve));
        look?.();
      }
      now = end;
    },
  };
}

export type VirtualTime = ReturnType<typeof virtualTime>;
