// What a simulated GitHub consists of, and how its registrations come and go.
import type { World } from '../world.ts';
import type { SimulatedDeliveries } from './deliveries.ts';
import type { Line } from './line.ts';
import {
  type Action,
  runIdOf,
  runnerIn,
  type SimulatedJob,
  type SimulatedRun,
  type SimulatedRunner,
} from './records.ts';
import { type GitHubSettings, ownerOf } from './settings.ts';

/** What a simulated GitHub works with. */
export interface Inside {
  world: World;
  settings: Required<GitHubSettings>;
  jobs: Map<string, SimulatedJob>;
  runs: Map<string, SimulatedRun>;
  /** Runs that have not completed, by repository, in the order in which they came. */
  open: Map<string, Set<SimulatedRun>>;
  line: Line;
  runners: Registrations;
  /** Runners that have connected, also those whose registration was deleted since. */
  connected: Map<string, SimulatedRunner>;
  deliveries: SimulatedDeliveries;
  /** Owners that have uninstalled the App, and until when. */
  uninstalled: Map<string, number>;
  /** Repositories that are no more. */
  deleted: Set<string>;
  nextId(): string;
}

/** The registrations. Each may be named by its configuration as well. */
export interface Registrations {
  size: number;
  keys(): Iterable<string>;
  values(): Iterable<SimulatedRunner>;
  get(name: string): SimulatedRunner | undefined;
  /** By its number. */
  find(id: string): SimulatedRunner | undefined;
  /** Of an organization or a repository: `film`, `film/color`. */
  of(place: string): SimulatedRunner[];
  add(runner: SimulatedRunner): void;
  delete(name: string): boolean;
}

/** `group/film/render` and `repository/film/color` are in `film` and in `film/color`. */
const placeOf = ({ scope }: SimulatedRunner): string => {
  const [kind, owner = '', name = ''] = scope.split('/');
  return kind === 'group' ? owner : `${owner}/${name}`;
};

export function registrations(line: Line): Registrations {
  const byName = new Map<string, SimulatedRunner>();
  const byId = new Map<string, SimulatedRunner>();
  const places = new Map<string, Set<SimulatedRunner>>();
  const at = (place: string): Set<SimulatedRunner> => {
    const found = places.get(place) ?? new Set();
    places.set(place, found);
    return found;
  };
  return {
    get size() {
      return byName.size;
    },
    keys: () => byName.keys(),
    values: () => byName.values(),
    get: (name) => byName.get(runnerIn(name)),
    find: (id) => byId.get(id),
    of: (place) => [...at(place)],
    add(runner) {
      byName.set(runner.name, runner);
      byId.set(runner.id, runner);
      at(placeOf(runner)).add(runner);
    },
    delete(name) {
      const runner = byName.get(runnerIn(name));
      if (!runner) return false;
      line.wake(runner);
      byId.delete(runner.id);
      at(placeOf(runner)).delete(runner);
      return byName.delete(runner.name);
    },
  };
}

/** The run of a job that GitHub has. */
export function runOf({ runs }: Inside, job: SimulatedJob): SimulatedRun {
  const run = runs.get(runIdOf(job));
  if (!run) throw new Error(`job ${job.id} has no run`);
  return run;
}

/** Tells the webhook how a job is. Nothing is sent, nor listed, where the App is not, or the repository. */
export function tell(inside: Inside, action: Action, job: SimulatedJob): void {
  const owner = ownerOf(job.repository);
  const installation = inside.settings.installations[owner];
  if (installation === undefined || !isInstalled(inside, owner) || inside.deleted.has(job.repository)) return;
  inside.deliveries.send({ action, job, run: runOf(inside, job), installation });
}

export const isInstalled = ({ uninstalled, world }: Inside, owner: string): boolean =>
  (uninstalled.get(owner) ?? 0) <= world.time.now();

/** A list may lack its end, whatever its total says. */
export const partly = <T>({ world }: Inside, items: T[]): T[] =>
  items.length > 0 && world.faulty(world.faults.emptyList)
    ? items.slice(0, world.chance.whole(0, items.length - 1))
    : items;
