// Hosts in a sweep: what the cloud shows is written down; what is missing is asked for by its id.
import { poolOfLaunch } from '../../contract/names.ts';
import type { HostSighting } from '../../scheduler/host-ports.ts';
import type { Host } from '../../scheduler/host-records.ts';
import { endHost, observeHost } from '../../scheduler/hosts/observe.ts';
import { judgeMissingHost } from '../../scheduler/reconcile.ts';
import type { PoolState, Time } from '../../scheduler/records.ts';
import { changeRead } from '../change.ts';
import { limitsOf, type Ports } from '../ports.ts';
import { keep, save } from '../state.ts';
import { count, eachPart, part, type Report } from './report.ts';

/** What the cloud has shown, and when it was asked: what happened later it cannot know. */
export interface SeenHosts {
  at: Time;
  sightings: readonly HostSighting[];
}

/** Undefined: there are none, or the cloud did not answer in full, and the part of hosts abstains. */
export async function listHosts(ports: Ports, report: Report): Promise<SeenHosts | undefined> {
  const { hosts } = ports;
  let seen: SeenHosts | undefined;
  if (!hosts) return undefined;
  await part(report, 'hosts', async () => {
    const at = ports.clock.now();
    seen = { at, sightings: await hosts.list() };
  });
  return seen;
}

/** The pool that a host says to be of. Its tag may be anything that somebody wrote there. */
export const poolOfHost = ({ id = '' }: HostSighting): string | undefined =>
  /-0\d/.test(id) ? undefined : poolOfLaunch(id);

/** The pool's record of a host that the cloud shows, ended ones included. */
export function recordOf({ hosts }: PoolState, { hostId, id }: HostSighting): Host | undefined {
  const own = hosts.find((host) => host.hostId === hostId);
  return own ?? hosts.find((host) => host.id === id && host.hostId === undefined);
}

const parts = { what: 'hosts', name: ({ hostId }: HostSighting) => `host ${hostId}`, width: 10 };

/** Writes down how the hosts of a pool are. */
export async function observeHosts(
  ports: Ports,
  state: PoolState,
  { at, sightings }: SeenHosts,
  report: Report,
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

/** Hosts on record that the cloud's list lacks: written down first, then asked for by their id. */
export async function lookForHosts(
  ports: Ports,
  state: PoolState,
  { sightings }: SeenHosts,
  report: Report,
): Promise<void> {
  const there = new Set(sightings.map(({ hostId }) => hostId));
  const missing = state.hosts.filter(({ hostId = '' }) => !there.has(hostId));
  const of = { ...parts, what: 'missing hosts', name: ({ id }: Host) => `missing host ${id}` };
  await eachPart(report, missing, of, async (host) => {
    const now = ports.clock.now();
    const decision = judgeMissingHost(host, now, limitsOf(ports, host.pool));
    if (decision === 'remember') await save(ports, state, { ...host, missingAt: now });
    if (decision !== 'look') return;
    const found = await ports.hosts?.look(host);
    if (found) return observe(ports, state, host, found, now);
    await save(ports, state, endHost(host, 'the cloud does not know it any more', now));
    ports.log({ unit: 'host', level: 'error', pool: host.pool, host: host.id, outcome: 'vanished' });
    count(report, 'hosts gone');
  });
}
