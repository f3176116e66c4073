// Hosts in a sweep: what the cloud shows is written down; what is missing is asked for by its id.
import { poolOfLaunch } from '../../contract/names.ts';
import type { HostSighting } from '../../scheduler/host-ports.ts';
import type { Host } from '../../scheduler/host-records.ts';
import { endHost, observeHost } from '../../scheduler/hosts/observe.ts';
import { hostMustBeShown, judgeMissingHost } from '../../scheduler/reconcile.ts';
import type { PoolState, Time } from '../../scheduler/records.ts';
import { changeRead } from '../change.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { keep, save } from '../state.ts';
import { isHidden, type ShownHosts } from './clouds.ts';
import { inDoubt, type Lacks } from './doubt.ts';
import { count, eachPart } from './report.ts';
import type { Sweeping } from './sweeping.ts';

/** The pool that a host says to be of. Its tag may be anything that somebody wrote there. */
export const poolOfHost = ({ id = '' }: HostSighting): string | undefined =>
  /-0\d/.test(id) ? undefined : poolOfLaunch(id);

/** The pool's record of a host that the cloud shows, ended ones included. */
export function recordOf({ hosts }: PoolState, { hostId, id }: HostSighting): Host | undefined {
  const own = hosts.find((host) => host.hostId === hostId);
  return own ?? hosts.find((host) => host.id === id && host.hostId === undefined);
}

const parts = { what: 'hosts', name: ({ hostId }: HostSighting) => `host ${hostId}`, width: 10 };
const missingParts = { what: 'missing hosts', name: ({ id }: Host) => `missing host ${id}`, width: 10 };

/** Writes down how the hosts of a pool are. */
export async function observeHosts(
  { ports, report }: Sweeping,
  state: PoolState,
  { at, sightings }: ShownHosts,
): Promise<void> {
  await eachPart(report, sightings, parts, async (sighting) => {
    const host = recordOf(state, sighting);
    if (host) await observe(ports, state, host, sighting, at);
  });
}

async function observe(
  ports: Ports,
  state: PoolState,
  host: Host,
  sighting: HostSighting,
  at: Time,
): Promise<void> {
  const seen = await changeRead(ports.open, host, (current) =>
    current && (current.seenAt ?? 0) <= at ? observeHost(current, sighting, at) : undefined,
  );
  if (seen) keep(state, seen);
}

/** What the list lacks of the hosts of all pools. */
export function lackOfHosts(ports: Ports, shown: ShownHosts, states: readonly PoolState[]): Lacks {
  const now = ports.clock.now();
  const must = states.flatMap((state) => {
    const limits = limitsOf(ports, state.pool.pool);
    return state.hosts.filter(
      (host) => hostMustBeShown(host, now, limits) && !isHidden(shown, cloudIdOf(host)),
    );
  });
  return {
    part: shown.part,
    kind: 'host',
    noun: 'hosts',
    expected: must.length,
    lacking: must.filter((host) => !shown.ids.has(cloudIdOf(host).id)).length,
    missed: () => states.flatMap((state) => missingOf(state, shown)).map(({ id }) => id),
  };
}

const cloudIdOf = ({ hostId = '', offering }: Host) => ({ id: hostId, offering });

/** Those that are on record, and neither shown nor perhaps hidden. */
const missingOf = ({ hosts }: PoolState, shown: ShownHosts): Host[] =>
  hosts.filter(
    (host) =>
      host.phase !== 'gone' &&
      host.hostId !== undefined &&
      !shown.ids.has(host.hostId) &&
      !isHidden(shown, cloudIdOf(host)),
  );

/**
 * Hosts on record that the cloud's list lacks: written down first, then asked for by their id. `asked`: the
 * list is not believed, and only these may be asked for.
 */
export async function lookForHosts(
  { ports, report }: Sweeping,
  state: PoolState,
  shown: ShownHosts,
  asked: ReadonlySet<string> | undefined,
): Promise<void> {
  await eachPart(report, missingOf(state, shown), missingParts, async (host) => {
    const now = ports.clock.now();
    const { pool, id } = host;
    const judged = asked ? inDoubt(asked, id) : judgeMissingHost(host, now, limitsOf(ports, pool));
    const { decision, isDoubtful, why } = judged;
    report.tell?.({ what: 'missing host', id, decision, why: why(), pool, isDoubtful });
    if (decision === 'remember') await save(ports, state, { ...host, missingAt: now });
    if (decision !== 'look') return;
    const found = await ports.hosts?.look(host);
    if (found) return observe(ports, state, host, found, now);
    await save(ports, state, endHost(host, 'the cloud does not know it any more', now));
    ports.log({ unit: 'host', level: 'error', pool, host: id, outcome: 'vanished' });
    count(report, 'hosts gone');
  });
}
