// Reads builds: those that are known by their ids, the others by the lists of their projects.
import { Doubt } from '../../scheduler/ports.ts';
import type { Time } from '../../scheduler/records.ts';
import { inLanes } from '../lanes.ts';
import { together } from '../together.ts';
import type { Book } from './book.ts';
import { type Seen, seenBuild } from './builds.ts';
import type { CodeBuildCalls } from './calls.ts';
import { refusalOf } from './faults.ts';

/** Each throws `Doubt` when CodeBuild does not answer in full. */
export interface Reading {
  /** Asks about these builds, 100 a call. */
  ask(builds: readonly string[]): Promise<void>;
  /**
   * Reads a project's builds, newest first, until all of a page were met by an earlier walk, or were started
   * before `since` (default: too long ago to live). A project that does not exist has no builds.
   */
  walk(project: string, since?: Time): Promise<void>;
}

const minute = 60_000;

/** Longest time in the queue, longest build, and an hour. */
const longestLifeMs = (480 + 2160 + 60) * minute;

/** A list may show a build late, behind others that are known; an id may be unreadable at first. */
const settlesMs = 10 * minute;

const perCall = 100;

/** As many as one call takes, at a time. */
export const hundreds = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / perCall) }, (_, index) =>
    ids.slice(index * perCall, (index + 1) * perCall),
  );

export function reading(calls: CodeBuildCalls, book: Book, now: () => Time): Reading {
  async function askOnce(ids: string[]): Promise<void> {
    const builds = await calls.builds(ids).catch(doubt);
    const answered = builds.map((build) => seenBuild(build, now()));
    for (const seen of answered) book.note(seen);
    const there = new Set(answered.map(({ build }) => build));
    for (const id of ids) if (!there.has(id) && !isFresh(book.get(id))) book.forget(id);
  }

  const isFresh = (seen: Seen | undefined): boolean =>
    seen !== undefined && now() - seen.sighting.startedAt < settlesMs;

  async function ask(builds: readonly string[]): Promise<void> {
    await inLanes(hundreds([...new Set(builds)]), askOnce);
  }

  async function walk(project: string, since?: Time): Promise<void> {
    const met: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await pageOf(calls, project, nextToken);
      await ask(page.ids.filter((id) => !book.get(id)));
      met.push(...page.ids);
      if (isEnough(page.ids, since ?? now() - longestLifeMs)) break;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    // Only a walk to the end says that nothing behind these is unread.
    if (since === undefined) book.settle(met);
  }

  function isEnough(ids: readonly string[], since: Time): boolean {
    const oldest = Math.min(...ids.map((id) => book.get(id)?.sighting.startedAt ?? Number.POSITIVE_INFINITY));
    return oldest < since || (ids.every(book.isSettled) && oldest < now() - settlesMs);
  }

  return { ask, walk: together(walk, (project, since) => `${project} ${since ?? ''}`) };
}

async function pageOf(calls: CodeBuildCalls, project: string, nextToken: string | undefined) {
  try {
    return await calls.page(project, nextToken);
  } catch (error) {
    if (refusalOf(error).kind === 'absent') return { ids: [], nextToken: undefined };
    return doubt(error);
  }
}

/** Whatever it is: half a list is none. */
function doubt(error: unknown): never {
  throw new Doubt(`builds of CodeBuild cannot be read: ${refusalOf(error).why}`);
}
