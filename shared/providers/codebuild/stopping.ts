// Stops builds: what is not there, or over, is stopped already.

import { inLanes } from '../lanes.ts';
import type { Book } from './book.ts';
import { seenBuild } from './builds.ts';
import { refusalOf } from './faults.ts';
import type { LaunchTools } from './launching.ts';
import { parseBuilderId, projectsOf } from './names.ts';

export interface StopTools extends Pick<LaunchTools, 'calls' | 'book' | 'reading' | 'now'> {
  projects: readonly string[];
}

/** Answers the ids of which a build may still run. */
export async function stopBuilds(tools: StopTools, ids: readonly string[]): Promise<{ failed: string[] }> {
  const ours = [...new Set(ids)].filter((id) => parseBuilderId(id) !== undefined);
  const unread = await readProjects(tools, ours);
  const running = ours.flatMap((id) => openOf(tools.book, id));
  const refused = new Set<string>();
  await inLanes(running, async (build) => {
    if (!(await stopBuild(tools, build))) refused.add(build);
  });
  // A build that ended meanwhile may have been refused for that.
  await tools.reading.ask([...refused]).catch(() => {});
  const mayRun = (id: string): boolean => {
    const builds = tools.book.of(id);
    if (builds.length === 0) return projectsOf(id, tools.projects).some((project) => unread.has(project));
    return builds.some(({ build, isOver }) => refused.has(build) && !isOver);
  };
  return { failed: ours.filter(mayRun) };
}

/** Ids of the builder's builds that were not over when they were last seen. */
export const openOf = (book: Book, builder: string): string[] =>
  book.of(builder).flatMap(({ build, isOver }) => (isOver ? [] : build));

/** Reads the projects where builders may be that are not known. Answers those that could not be read. */
async function readProjects(
  { book, reading, projects }: StopTools,
  ids: readonly string[],
): Promise<Set<string>> {
  const unknown = ids.filter((id) => book.of(id).length === 0);
  const unread = new Set<string>();
  await inLanes([...new Set(unknown.flatMap((id) => projectsOf(id, projects)))], (project) =>
    reading.walk(project).catch(() => void unread.add(project)),
  );
  return unread;
}

/** False: its end could not be asked for. */
async function stopBuild({ calls, book, now }: StopTools, id: string): Promise<boolean> {
  try {
    const build = await calls.stopBuild(id);
    const seen = build && seenBuild(build, now());
    // Whose it is was learned before, from an answer that certainly has its variables.
    const known = book.get(id);
    if (seen && known) book.note({ ...known, isOver: seen.isOver });
    return true;
  } catch (error) {
    if (refusalOf(error).kind !== 'absent') return false;
    book.forget(id);
    return true;
  }
}
