// What a fact does to the record of a host, or of a machine on one. Pure, and safe to repeat.
import type { HostSighting } from '../host-ports.ts';
import type { Host } from '../host-records.ts';
import type { Limits } from '../limits.ts';
import type { Builder, Time } from '../records.ts';

/** The host as its cloud has just shown it, or undefined when that is no news of this record. */
export function observeHost(current: Host, sighting: HostSighting, now: Time): Host | undefined {
  if (current.phase === 'gone') return undefined;
  if (current.hostId !== undefined && current.hostId !== sighting.hostId) return undefined;
  const { hostId, state, allocatedAt, instances, offering, usdPerHour } = sighting;
  const isSame = current.state === state;
  const seen: Host = {
    ...current,
    phase: current.phase === 'asked' ? 'held' : current.phase,
    hostId,
    allocatedAt,
    offering,
    // The configuration, and with it the price, may have lost the region meanwhile.
    usdPerHour: usdPerHour || current.usdPerHour,
    state,
    stateSince: isSame ? (current.stateSince ?? now) : now,
    seenAt: now,
    instances,
    missingAt: undefined,
    unbilledMs: current.unbilledMs + (isSame ? 0 : cleaningMs(current)),
  };
  const isReleased = state === 'released' || state === 'released-permanent-failure';
  if (!isReleased) return seen;
  return endHost(seen, current.phase === 'releasing' ? undefined : 'its cloud has released it', now);
}

/** The host after its end, or after it was given up. Without `why`, as was decided. */
export const endHost = (current: Host, why: string | undefined, now: Time): Host => ({
  ...current,
  phase: 'gone',
  endedAt: now,
  why,
});

/** How long it has been seen to clean itself, this time: surely nothing is paid between the sightings. */
const cleaningMs = ({ state, stateSince, seenAt }: Host): number =>
  state === 'pending' ? Math.max(0, (seenAt ?? 0) - (stateSince ?? seenAt ?? 0)) : 0;

/** For how long a host is paid so far, in ms; never too little, since only what was seen is free. */
export function billedMs(host: Host, now: Time): number {
  if (host.allocatedAt === undefined) return 0;
  const until = host.endedAt ?? now;
  return Math.max(0, until - host.allocatedAt - host.unbilledMs - cleaningMs(host));
}

/** What a host has cost so far, in millionths of a US dollar. */
export const hostCost = (host: Host, now: Time): number =>
  Math.round((host.usdPerHour * billedMs(host, now) * 1_000_000) / 3_600_000);

/** A host that refused a machine although it was shown as available: it is left alone, longer each time. */
export function restHost(host: Host, why: string, now: Time, limits: Limits): Host {
  const rests = (host.rests ?? 0) + 1;
  const ms = Math.min(limits.hostRestMs * 2 ** (rests - 1), limits.hostRestMaxMs);
  return { ...host, rests, restsUntil: now + ms, why };
}

/** A host that may not suit what is asked for: others are tried first. It has not refused by itself. */
export const avoidHost = (host: Host, why: string, now: Time, { rungClosedMaxMs }: Limits): Host => ({
  ...host,
  restsUntil: now + rungClosedMaxMs,
  why,
});

/** A host that has taken a machine; undefined when nothing is left of its rests. */
export function restedHost(host: Host): Host | undefined {
  if (!host.rests && host.restsUntil === undefined) return undefined;
  return { ...host, rests: 0, restsUntil: undefined, why: undefined };
}

/** A machine whose disk is about to be replaced, for trusted jobs of one repository from then on. */
export const beginReset = (builder: Builder, bound: string, now: Time): Builder => ({
  ...builder,
  bound,
  reset: { askedAt: now },
});

/** The machine after its disk was replaced: as if it booted, with nothing left of the turn before. */
export function nextTurn(builder: Builder, now: Time): Builder {
  return {
    kind: builder.kind,
    pool: builder.pool,
    id: builder.id,
    version: builder.version,
    phase: 'booting',
    provider: builder.provider,
    rung: builder.rung,
    launch: builder.launch,
    launchedAt: builder.launchedAt,
    project: builder.project,
    usdPerHour: builder.usdPerHour,
    offering: builder.offering,
    address: builder.address,
    machine: builder.machine,
    host: builder.host,
    bound: builder.bound,
    turn: builder.turn + 1,
    turnAt: now,
    count: 0,
  };
}
