// Orphan: a machine that carries our mark and that no open record owns, if and only if its launch is
// unknown or its builder has ended. One sighting is a hint; two, far enough apart, are leave to end it.
import type { HostSighting } from './host-ports.ts';
import type { Host } from './host-records.ts';
import type { Limits, StandardLimits } from './limits.ts';
import type { Sighting } from './ports.ts';
import type { Builder, Sight, Time } from './records.ts';

export interface SightingContext {
  sighting: Sighting;
  /** The machine's record in the open table. */
  builder: Builder | undefined;
  /** Its first sighting as an orphan. */
  sight: Sight | undefined;
  /** Does the table or history know its launch? Does history know the builder itself? */
  launchKnown: boolean;
  builderEnded: boolean;
}

export type Decision = 'leave' | 'adopt' | 'remember' | 'end';

/** What the reaper does about one machine that the cloud has shown. */
export function judge(seen: SightingContext, now: Time, limits: Limits): Decision {
  const { sighting, builder, sight } = seen;
  if (builder && !longGone(builder, now, limits)) return 'leave';
  const ended = builder !== undefined || seen.builderEnded;
  if (!ended && seen.launchKnown) return now - sighting.startedAt > limits.adoptAfterMs ? 'adopt' : 'leave';
  if (!sight || now - sight.at > 10 * limits.sightingFadesMs) return 'remember';
  return now - sight.at >= limits.sightingsApartMs ? 'end' : 'leave';
}

/** A machine may be shown for a while after its end. */
const longGone = (builder: Builder, now: Time, limits: Limits): boolean =>
  builder.phase === 'gone' && now - (builder.endedAt ?? 0) > limits.newbornMs;

/**
 * What the reaper does about a host that its cloud shows. One without a record is never just ended: it is
 * paid for, so it is adopted, and released in time. So is one that was given up and has come after all.
 */
export function judgeHost(
  { sighting, host }: { sighting: HostSighting; host: Host | undefined },
  now: Time,
  limits: StandardLimits,
): 'leave' | 'adopt' {
  const isReleased = sighting.state === 'released' || sighting.state === 'released-permanent-failure';
  if (isReleased || now - sighting.allocatedAt <= limits.adoptAfterMs) return 'leave';
  if (!host) return 'adopt';
  if (host.phase !== 'gone') return 'leave';
  // A host may be shown as it was for a while after its end.
  const isLate = host.hostId === sighting.hostId && now - (host.endedAt ?? 0) <= limits.stragglersMs;
  return isLate ? 'leave' : 'adopt';
}

/** A registration that nobody owns, judged like a machine. `builder`: the record that its name spells. */
export function judgeRegistration(
  seen: { name: string; busy: boolean; builder: Builder | undefined; sight: Sight | undefined },
  now: Time,
  limits: Limits,
): Decision {
  const owned =
    seen.builder !== undefined && seen.builder.phase !== 'gone' && seen.builder.runner === seen.name;
  if (owned || seen.busy) return 'leave';
  if (!seen.sight) return 'remember';
  return now - seen.sight.at >= limits.sightingsApartMs ? 'end' : 'leave';
}
