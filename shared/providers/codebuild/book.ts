// The builds that one instance of the provider has seen. It saves calls; nothing depends on it.
import type { Seen } from './builds.ts';

export interface Book {
  readonly size: number;
  note(seen: Seen): void;
  get(build: string): Seen | undefined;
  /** All builds of a builder: one, unless somebody has retried it by hand. */
  of(builder: string): Seen[];
  /** Builds that were not over when they were last seen. */
  open(): Seen[];
  forget(build: string): void;
  /** Marks builds before which a walk has left nothing unread. */
  settle(builds: readonly string[]): void;
  isSettled(build: string): boolean;
  clear(): void;
}

export function book(): Book {
  const byBuild = new Map<string, Seen>();
  const byBuilder = new Map<string, Set<string>>();
  const settled = new Set<string>();
  const buildsOf = (builder: string) => byBuilder.get(builder) ?? new Set<string>();
  return {
    get size() {
      return byBuild.size;
    },
    note(seen) {
      byBuild.set(seen.build, seen);
      byBuilder.set(seen.sighting.id, buildsOf(seen.sighting.id).add(seen.build));
    },
    get: (build) => byBuild.get(build),
    of: (builder) => [...buildsOf(builder)].flatMap((build) => byBuild.get(build) ?? []),
    open: () => [...byBuild.values()].filter((seen) => !seen.isOver),
    forget(build) {
      byBuild.delete(build);
      settled.delete(build);
    },
    settle(builds) {
      for (const build of builds) if (byBuild.has(build)) settled.add(build);
    },
    isSettled: (build) => settled.has(build),
    clear() {
      byBuild.clear();
      byBuilder.clear();
      settled.clear();
    },
  };
}
