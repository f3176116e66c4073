// The calls of a simulated CodeBuild: each takes time, is lost, or throttled; the process may die at it.
import type { Build } from '@aws-sdk/client-codebuild';
import type { CodeBuildCalls } from '../../../shared/providers/codebuild/calls.ts';
import { second } from '../time.ts';
import type { CallOptions, Process } from '../world.ts';
import { asBuild } from './builds.ts';
import { refusal, type Starting, starter } from './starting.ts';

/** CodeBuild's own pages have 100 ids: smaller ones, so that a world has several. */
const pageSize = 10;

/** The slowest end of a build that is stopped. */
const slowestMs = 8 * second;

/** One CodeBuild for all processes; each reaches it by its own calls, as it may die at them. */
export function simulatedCalls(place: Starting): (process: Process) => CodeBuildCalls {
  const { world, book } = place;
  const startBuild = starter(place);
  const pageOf = pages(place);
  const { cloud, throttled } = world.faults;
  const trip: CallOptions = { lost: cloud, answerLost: cloud, low: 300, high: 1500 };
  return (process) => {
    const ask = <T>(what: string, effect: () => T): Promise<T> => {
      const unlessThrottled = (): T => {
        if (world.faulty(throttled)) throw refusal('ThrottlingException', 'Rate exceeded');
        return effect();
      };
      return world.call(process, what, unlessThrottled, trip);
    };
    return {
      startBuild: (input) => ask(`start a build of ${input.projectName}`, () => startBuild(input)),
      stopBuild: (id) => ask(`stop build ${id}`, () => stopBuild(place, id, process.name)),
      builds: (ids) => ask(`builds ${ids.length}`, () => ids.flatMap((id) => book.shown(id) ?? [])),
      page: (project, nextToken) => ask(`list builds of ${project}`, () => pageOf(project, nextToken)),
    };
  };
}

interface Page {
  ids: string[];
  nextToken?: string;
}

/**
 * A page begins after the last id of the one before. What is fresh may be left out. A list that is empty
 * where plenty is is a true one the next time: twice in a row nobody could tell it from the truth.
 */
function pages({ world, book, projects }: Starting): (project: string, nextToken?: string) => Page {
  const { time, chance, faults, faulty } = world;
  const toldAt = new Map<string, number>();
  const isFresh = (id: string): boolean => time.now() - (book.get(id)?.startedAt ?? 0) < 90 * second;
  const isEmptied = (project: string): boolean => {
    if (time.now() - (toldAt.get(project) ?? 0) < restMs || !faulty(faults.emptyList)) return false;
    if (chance.chance(0.5)) throw refusal('ThrottlingException', 'Rate exceeded');
    toldAt.set(project, time.now());
    return true;
  };
  return (project, nextToken) => {
    if (!projects.has(project)) throw refusal('ResourceNotFoundException', `no project ${project}`);
    if (isEmptied(project)) return { ids: [] };
    const all = book.listed(project).map(({ build }) => build.id);
    const rest = all.slice(nextToken === undefined ? 0 : all.indexOf(nextToken) + 1);
    const page = rest.slice(0, pageSize);
    return {
      ids: page.filter((id) => !isFresh(id) || !faulty(faults.omitted)),
      ...(rest.length > pageSize && { nextToken: page.at(-1) }),
    };
  };
}

const restMs = 240 * second;

/** A build that has ended is answered as it is. */
function stopBuild({ world, cloud, book }: Starting, id: string, by: string): Build {
  const machine = book.get(id);
  if (!machine) throw refusal('ResourceNotFoundException', `no build ${id}`);
  cloud.terminate(machine, slowestMs, by);
  return asBuild(machine, world.time.now());
}
