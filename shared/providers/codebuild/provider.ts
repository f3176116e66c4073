// Provider `codebuild`: builders are builds of AWS CodeBuild. A build is ours because its project is.
import type { OnSilence, Provider, Sighting } from '../../scheduler/ports.ts';
import type { Time } from '../../scheduler/records.ts';
import { inLanes } from '../lanes.ts';
import { book } from './book.ts';
import type { CodeBuildCalls } from './calls.ts';
import { type LaunchRequest, launchBuilds, tokenLifeMs } from './launching.ts';
import { listBuilds } from './listing.ts';
import { projectsOf } from './names.ts';
import { reading } from './reading.ts';
import { openOf, stopBuilds } from './stopping.ts';

export { type CodeBuildCalls, codeBuildCalls } from './calls.ts';

export interface CodeBuildSettings {
  calls: CodeBuildCalls;
  /** Names of all projects of the installation, as `projectName` makes them. */
  projects: readonly string[];
  /** The project of a pool's rung. */
  projectOf(pool: string, rung: number): string;
  /** Where builders reach Callsheet. Needed by those who launch. */
  url?: string;
  /** Makes the tickets. Needed by those who launch; asked for at each launch. */
  secret?: () => Promise<string>;
  now(): Time;
}

/** Builds that are remembered, at some 500 bytes each. Then the next list reads anew. */
const mostRemembered = 20_000;

export function codeBuildProvider(settings: CodeBuildSettings): Provider {
  const { calls, projects, now } = settings;
  const seen = book();
  const read = reading(calls, seen, now);

  function request({ pool, rung, n }: { pool: string; rung: number; n: number }): string {
    const { url } = settings;
    if (url === undefined) throw new Error("provider 'codebuild' was given no url: it cannot launch");
    return JSON.stringify({ n, project: settings.projectOf(pool, rung), url } satisfies LaunchRequest);
  }

  async function list(onSilence?: OnSilence): Promise<Sighting[]> {
    if (seen.size > mostRemembered) seen.clear();
    return listBuilds({ projects, book: seen, reading: read }, onSilence);
  }

  async function look(id: string): Promise<Sighting | undefined> {
    if (seen.of(id).length === 0) await inLanes(projectsOf(id, projects), (project) => read.walk(project));
    await read.ask(openOf(seen, id));
    return seen.of(id).find(({ isOver }) => !isOver)?.sighting;
  }

  const tools = { calls, book: seen, reading: read, now, projects, secret: settings.secret ?? noSecret };
  return {
    tokenLifeMs,
    request,
    launch: (launch) => launchBuilds(tools, launch),
    list,
    look,
    stop: (ids) => stopBuilds(tools, ids),
  };
}

async function noSecret(): Promise<never> {
  throw new Error("provider 'codebuild' was given no secret for tickets: it cannot launch");
}
