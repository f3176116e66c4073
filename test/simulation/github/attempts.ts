// Attempts to deliver that a simulated GitHub lists, for three days.
import { minute } from '../time.ts';
import type { Told } from './payloads.ts';

/** One attempt to deliver. */
export interface Attempt {
  /** Larger than a double holds exactly, as GitHub's are. */
  id: bigint;
  guid: string;
  at: number;
  /** Lists show it from then on. */
  listedAt: number;
  redelivery: boolean;
  /** HTTP status of the answer; 0: there was none. */
  statusCode: number;
  status: string;
  told: Told;
}

/** https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks */
const keptMs = 3 * 24 * 60 * minute;

/** Above 2^60, so that whoever reads an id as a number asks for another one. */
const firstId = 2n ** 60n;

/** What is too old is thrown away when this many are kept, and half of them are. */
const tidyFrom = 2000;

export function attempts(now: () => number) {
  /** In the order in which they were made. */
  let all: Attempt[] = [];
  let made = 0;
  const byId = new Map<string, Attempt>();
  const isOld = (attempt: Attempt | undefined): boolean =>
    attempt !== undefined && now() - attempt.at > keptMs;
  const tidy = (): void => {
    if (all.length < tidyFrom || !isOld(all[all.length >> 1])) return;
    for (const attempt of all) if (isOld(attempt)) byId.delete(String(attempt.id));
    all = all.filter((attempt) => !isOld(attempt));
  };
  return {
    /** Lists show it after `lagMs`. */
    note(attempt: Omit<Attempt, 'id' | 'at' | 'listedAt'>, lagMs: number): void {
      made += 1;
      const id = firstId + 1009n * BigInt(made);
      const noted = { ...attempt, id, at: now(), listedAt: now() + lagMs };
      all.push(noted);
      byId.set(String(id), noted);
      tidy();
    },
    /** Those that are listed now, newest first, older than the one with this id. */
    page(size: number, olderThan?: string): { attempts: Attempt[]; more: boolean } {
      const last = olderThan === undefined ? undefined : BigInt(olderThan);
      const found: Attempt[] = [];
      for (let at = all.length - 1; at >= 0 && found.length <= size; at -= 1) {
        const attempt = all[at];
        if (!attempt || isOld(attempt)) break;
        const isOlder = last === undefined || attempt.id < last;
        if (isOlder && attempt.listedAt <= now()) found.push(attempt);
      }
      return { attempts: found.slice(0, size), more: found.length > size };
    },
    find(id: string): Attempt | undefined {
      const attempt = byId.get(id);
      return isOld(attempt) ? undefined : attempt;
    },
  };
}
