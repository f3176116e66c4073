// Lists what runs: the builds that are known, and what the lists of the projects add to them.
import type { OnSilence, Sighting, Silence } from '../../scheduler/ports.ts';
import { inLanes } from '../lanes.ts';
import type { Book } from './book.ts';
import { projectOfBuild, projectsOf } from './names.ts';
import { hundreds, type Reading } from './reading.ts';

export interface ListTools {
  projects: readonly string[];
  book: Book;
  reading: Reading;
}

/**
 * All builds that are not over. A project of which something cannot be read is named to `onSilence`, and
 * nothing of it is shown; without `onSilence` it throws.
 */
export async function listBuilds(
  { projects, book, reading }: ListTools,
  onSilence?: OnSilence,
): Promise<Sighting[]> {
  const silent = new Map<string, string>();
  const read = async (of: readonly string[], work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!onSilence) throw error;
      for (const project of of) silent.set(project, error instanceof Error ? error.message : String(error));
    }
  };
  const known = book.open().map(({ build }) => build);
  await inLanes(hundreds(known), (builds) => read(builds.map(projectOfBuild), reading.ask(builds)));
  const others = projects.filter((project) => !silent.has(project));
  await inLanes(others, (project) => read([project], reading.walk(project)));
  for (const [project, why] of silent) onSilence?.(silenceOf(project, why, projects));
  const shown = book.open().filter(({ build }) => !silent.has(projectOfBuild(build)));
  return [...new Map(shown.map(({ sighting }) => [sighting.id, sighting])).values()];
}

/** A builder's id names its pool: it may be in the projects of all its sizes. */
const silenceOf = (project: string, why: string, projects: readonly string[]): Silence => ({
  place: `project ${project}`,
  why,
  hides: ({ id }) => projectsOf(id, projects).includes(project),
});
