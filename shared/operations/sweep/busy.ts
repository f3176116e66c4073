// Jobs on machines without an owner: GitHub knows of them by registrations, whose names spell their builders.
import { builderOfRunner, runnerPrefix } from '../../contract/names.ts';
import { scopesOf } from '../../policy/route.ts';
import { ageLimit } from '../../scheduler/limits.ts';
import { inParallel } from '../change.ts';
import { limitsOf } from '../ports.ts';
import type { Orphan } from './end-machines.ts';
import { byPlace } from './registrations.ts';
import { abstain } from './report.ts';
import { shareOf } from './share.ts';
import type { Sweeping } from './sweeping.ts';

/** Where GitHub does not tell, machines are left for this many sweeps after their first sighting. */
const patienceSweeps = 10;

/** A registration that may be an orphan's. `busy`: as far as GitHub has said so. */
interface Runner {
  scope: string;
  name: string;
  id: string | undefined;
  busy: boolean;
}

interface Registered {
  ofBuilder: ReadonlyMap<string | undefined, readonly Runner[]>;
  /** Places that did not tell, and why. */
  silent: readonly string[];
}

/**
 * Those of these orphans on which no job runs, or whose time is over whatever runs there. What has a
 * registration goes through its deletion: GitHub refusing it means that a job runs.
 */
export function idleAmong(on: Sweeping, orphans: readonly Orphan[]): (orphan: Orphan) => Promise<boolean> {
  const { ports, report } = on;
  let listing: Promise<Registered> | undefined;
  const listed = (): Promise<Registered> => {
    listing ??= listAll(on, orphans.filter(mayBeRegistered).length);
    return listing;
  };
  const leave = ({ pool, sighting }: Orphan, why: string): false => {
    report.tell?.({ what: 'machine', id: sighting.id, decision: 'leave', why, pool });
    return false;
  };
  return async (orphan) => {
    if (isOver(on, orphan)) return true;
    const own = ownOf(orphan);
    const { ofBuilder, silent } = own || !mayBeRegistered(orphan) ? unlisted : await listed();
    const runners = own ? [own] : (ofBuilder.get(orphan.sighting.id) ?? []);
    for (const { scope, name, id, busy } of runners) {
      const isBusy = busy || (await ports.github.runners.remove(scope, { name, id })) === 'busy';
      if (isBusy) return leave(orphan, 'GitHub says that a job runs on it');
    }
    if (silent.length === 0 || runners.length > 0 || isLongSeen(on, orphan)) return true;
    return leave(orphan, 'GitHub does not tell whether a job runs on it');
  };
}

const unlisted: Registered = { ofBuilder: new Map(), silent: [] };

/** What no launch of ours has started had no configuration from us. */
const mayBeRegistered = ({ sighting, builder }: Orphan): boolean =>
  sighting.launch !== undefined && builder === undefined;

/** As its record says it. */
function ownOf({ builder }: Orphan): Runner | undefined {
  const { scope, runner, runnerId } = builder ?? {};
  return scope && runner ? { scope, name: runner, id: runnerId, busy: false } : undefined;
}

/** No builder lives as long, whatever runs on it. When a Mac began its last turn, only its record knows. */
function isOver({ ports }: Sweeping, { pool, provider, builder, sighting }: Orphan): boolean {
  if (provider === 'mac' && !builder) return false;
  const began = builder?.turnAt ?? sighting.provisionedAt ?? sighting.startedAt;
  return ports.clock.now() - began > ageLimit(limitsOf(ports, pool));
}

const isLongSeen = ({ ports }: Sweeping, { sight }: Orphan): boolean =>
  sight !== undefined && ports.clock.now() - sight.at >= patienceSweeps * ports.standard.sweepMs;

/** All registrations of the installation: asked for only where machines are about to be ended. */
async function listAll({ ports, report, until }: Sweeping, machines: number): Promise<Registered> {
  const { config, github, clock } = ports;
  const runners: Runner[] = [];
  const silent: string[] = [];
  const places = [...byPlace(scopesOf(config))].flatMap(([place, [one]]) => (one ? [{ place, ...one }] : []));
  const list = async ({ place, scope, owner }: (typeof places)[number]): Promise<void> => {
    const share = shareOf(github.allowance(owner), clock.now());
    try {
      if (typeof share === 'string') throw new Error(share);
      const found = await github.runners.list(scope, runnerPrefix(config.installation));
      runners.push(...found.map(({ name, id, busy }) => ({ scope, name, id, busy })));
    } catch (error) {
      silent.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const left = await inParallel(places, 4, list, until);
  if (left > 0) silent.push(`${left} places were not reached in time`);
  if (silent.length > 0) {
    const why = `whether jobs run on ${machines} of them is not known: ${silent[0]}`;
    abstain(report, { part: 'orphans', why, kinds: [] });
  }
  const ofBuilder = Map.groupBy(runners, ({ name }) => builderOfRunner(config.installation, name));
  return { ofBuilder, silent };
}
