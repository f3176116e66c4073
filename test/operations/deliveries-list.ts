// A webhook's attempts as GitHub lists them: in pages, the newest first, some late, by cursors that end.
import type { Attempt, Deliveries } from '../../shared/scheduler/ports.ts';
import { Doubt } from '../../shared/scheduler/ports.ts';
import type { Time } from '../../shared/scheduler/records.ts';

const pageSize = 100;

/** One attempt. `lateMs`: GitHub lists it so much later. */
export interface Listed {
  guid: string;
  at: Time;
  lateMs: number;
  hasArrived: boolean;
}

/** What comes of a request to repeat a delivery. */
export type Answer = { hasArrived: boolean; lateMs: number } | 'none';

export interface DeliveryList extends Deliveries {
  add(attempt: Listed): void;
  /** By guid: when it was asked for. */
  asked: Map<string, Time[]>;
  /** Calls since the last look, which begins a new count. */
  calls(): { pages: number; asks: number };
  /** When an attempt of it arrived first. */
  arrivedAt(guid: string): Time | undefined;
  trouble: { silent: boolean; cursorsEnd: boolean };
}

export function deliveryList(now: () => Time, answerTo: (guid: string) => Answer): DeliveryList {
  const all: (Attempt & { listedAt: Time })[] = [];
  let isSorted = true;
  const guidOf = new Map<string, string>();
  const guids = new Set<string>();
  const arrived = new Map<string, Time>();
  const asked = new Map<string, Time[]>();
  const trouble = { silent: false, cursorsEnd: false };
  let [pages, asks] = [0, 0];
  const add = ({ guid, at, lateMs, hasArrived }: Listed): void => {
    const again = guids.has(guid) ? { again: true as const } : {};
    const id = `a${guidOf.size + 1}`;
    guidOf.set(id, guid);
    guids.add(guid);
    all.push({ id, guid, at, hasArrived, listedAt: at + lateMs, ...again });
    isSorted = false;
    if (hasArrived) arrived.set(guid, Math.min(at, arrived.get(guid) ?? at));
  };
  return {
    add,
    asked,
    trouble,
    calls: () => {
      const calls = { pages, asks };
      [pages, asks] = [0, 0];
      return calls;
    },
    arrivedAt: (guid) => arrived.get(guid),
    async page(cursor) {
      pages += 1;
      if (trouble.silent) throw new Doubt('no answer');
      if (cursor !== undefined && trouble.cursorsEnd) return undefined;
      if (!isSorted) all.sort((a, b) => b.at - a.at);
      isSorted = true;
      const shown = all.filter(({ listedAt }) => listedAt <= now());
      return pageOf(
        shown.map(({ listedAt: _, ...attempt }) => attempt),
        cursor,
      );
    },
    async redeliver(id) {
      asks += 1;
      const guid = guidOf.get(id) ?? '';
      asked.set(guid, [...(asked.get(guid) ?? []), now()]);
      const answer = answerTo(guid);
      if (answer === 'none') throw new Doubt('no answer');
      add({ guid, at: now(), ...answer });
    },
  };
}

/** A cursor stands behind an attempt, whatever comes before it. */
function pageOf(shown: readonly Attempt[], cursor: string | undefined) {
  const from = cursor === undefined ? 0 : shown.findIndex(({ id }) => id === cursor) + 1;
  const attempts = shown.slice(from, from + pageSize);
  return { attempts, next: from + pageSize < shown.length ? attempts.at(-1)?.id : undefined };
}
