// Values that are loaded when they are needed, and kept for a while.

/** What `load` answered in the last `lifeMs`. Concurrent callers share one load; a failed one is not kept. */
export function freshFor<T>(lifeMs: number, load: () => Promise<T>, now = Date.now): () => Promise<T> {
  let kept: { value: Promise<T>; since: number } | undefined;
  return () => {
    if (kept && now() - kept.since < lifeMs) return kept.value;
    const mine = { value: load(), since: now() };
    kept = mine;
    mine.value.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return mine.value;
  };
}
