// One answer for those who ask for the same thing at the same time.

/** Calls of `work` with the same key share one answer while it is under way. Nothing is kept after that. */
export function together<A extends readonly unknown[], T>(
  work: (...asked: A) => Promise<T>,
  keyOf: (...asked: A) => string,
): (...asked: A) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return (...asked) => {
    const key = keyOf(...asked);
    const answer = underWay.get(key) ?? work(...asked).finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  };
}
