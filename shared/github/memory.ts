// What was loaded, kept for a while: callers at the same time share one load, and a failure is never kept.

/** A value, and the time (ms since 1970) from which it is loaded anew. */
export interface Perishable<T> {
  value: T;
  until: number;
}

export interface Memory<T> {
  /** The kept value, else what `load` answers. Throws what `load` throws; the next call then loads again. */
  get(key: string, load: () => Promise<Perishable<T>>): Promise<T>;
  forget(key: string): void;
}

export function memory<T>(now: () => number): Memory<T> {
  const kept = new Map<string, Perishable<T>>();
  const loads = new Map<string, Promise<T>>();

  const loaded = async (key: string, load: () => Promise<Perishable<T>>): Promise<T> => {
    try {
      const fresh = await load();
      kept.set(key, fresh);
      return fresh.value;
    } finally {
      loads.delete(key);
    }
  };

  return {
    async get(key, load) {
      const known = kept.get(key);
      if (known && now() < known.until) return known.value;
      const running = loads.get(key) ?? loaded(key, load);
      loads.set(key, running);
      return running;
    },
    forget: (key) => {
      kept.delete(key);
    },
  };
}
