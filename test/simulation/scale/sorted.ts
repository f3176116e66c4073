// Values in the order of their keys, as a partition of DynamoDB has them, also with tens of thousands.

export interface Sorted<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** All whose keys come after this one, or all. */
  after(key: string | undefined): T[];
  /** The same one by one, until `visit` says no. */
  walk(key: string | undefined, visit: (value: T, key: string) => boolean): void;
}

export function sorted<T>(): Sorted<T> {
  const values = new Map<string, T>();
  const keys: string[] = [];
  /** The place of the first key that is greater. */
  const placeAfter = (key: string): number => {
    let [low, high] = [0, keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const walk: Sorted<T>['walk'] = (start, visit) => {
    for (let at = start === undefined ? 0 : placeAfter(start); at < keys.length; at += 1) {
      const key = keys[at] ?? '';
      const value = values.get(key);
      if (value !== undefined && !visit(value, key)) return;
    }
  };
  return {
    get: (key) => values.get(key),
    set(key, value) {
      if (!values.has(key)) keys.splice(placeAfter(key), 0, key);
      values.set(key, value);
    },
    delete(key) {
      if (values.delete(key)) keys.splice(placeAfter(key) - 1, 1);
    },
    after(key) {
      const found: T[] = [];
      walk(key, (value) => found.push(value) > 0);
      return found;
    },
    walk,
  };
}
