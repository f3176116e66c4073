// Orphan: a machine that carries our mark and that no open record owns, if and only if its launch is
// unknown or its builder has ended. One sighting is a hint; two, far enough apart, are leave to end it.
import type { HostSighting } from './host-ports.ts';
import type { Host } from './host-records.ts';
import type { Limits, StandardLimits } from './limits.ts';
import type { Sighting } from './ports.ts';
import type { Builder, Sight, Time } from './records.ts';
import { agoOf } from './spans.ts';

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

/** What is decided about one thing, and why, in words for an admin: they are made only if somebody asks. */
export interface Judgement<D extends string = Decision> {
  decision: D;
  /** Nobody owns it. Absent: it has an owner, or is about to get one. */
  isUnowned?: true;
  /** It is left as it is only since somebody did not tell, or not believably. */
  isDoubtful?: true;
  why(): string;
}

/** What the reaper does about one machine that the cloud has shown. */
export function judge(seen: SightingContext, now: Time, limits: Limits): Judgement {
  const { sighting, builder, sight } = seen;
  if (builder && builder.phase !== 'gone') return { decision: 'leave', why: () => recordOf(builder, now) };
  if (builder && !longGone(builder, now, limits))
    return { decision: 'leave', why: () => endOf(builder, now) };
  if (sighting.protected) return protectedOne;
  const ended = builder !== undefined || seen.builderEnded;
  if (!ended && seen.launchKnown) return judgeNewcomer(sighting, now, limits);
  const why = (): string => {
    if (ended) return builder ? endOf(builder, now) : 'its record has ended and is in history';
    return sighting.launch ? `nobody knows its launch ${sighting.launch}` : 'it names no launch of ours';
  };
  return judgeSighted(sight, why, now, { ...limits, fadesMs: 10 * limits.sightingFadesMs });
}

const recordOf = ({ phase, heardAt, launchedAt }: Builder, now: Time): string =>
  heardAt === undefined
    ? `its record is ${phase}, launched ${agoOf(launchedAt, now)}`
    : `its record is ${phase}, heard of ${agoOf(heardAt, now)}`;

const endOf = ({ endedAt = 0 }: Builder, now: Time): string => `its record ended ${agoOf(endedAt, now)}`;

/** A machine may be shown for a while after its end. */
const longGone = (builder: Builder, now: Time, limits: Limits): boolean =>
  now - (builder.endedAt ?? 0) > limits.newbornMs;

const protectedOne: Judgement = {
  decision: 'leave',
  isUnowned: true,
  why: () => 'nobody owns it, but it is protected by its tag',
};

/** Its launch is known: the answer of the launch may be under way, or lost. */
function judgeNewcomer({ launch, startedAt }: Sighting, now: Time, { adoptAfterMs }: Limits): Judgement {
  const decision = now - startedAt > adoptAfterMs ? 'adopt' : 'leave';
  return {
    decision,
    why: () => `it has no record, but its launch ${launch} is known: it started ${agoOf(startedAt, now)}`,
  };
}

/** The first of two sightings must not be too young; too old, or of a time to come, it proves nothing. */
function judgeSighted(
  sight: Sight | undefined,
  why: () => string,
  now: Time,
  { sightingsApartMs, fadesMs }: { sightingsApartMs: number; fadesMs: number },
): Judgement {
  const since = sight && sight.at <= now && now - sight.at <= fadesMs ? sight.at : undefined;
  if (since === undefined) {
    return { decision: 'remember', isUnowned: true, why: () => `${why()}; seen so for the first time` };
  }
  const decision = now - since >= sightingsApartMs ? 'end' : 'leave';
  return { decision, isUnowned: true, why: () => `${why()}; seen so ${agoOf(since, now)}, too` };
}

/**
 * What the reaper does about a host that its cloud shows. One without a record is never just ended: it is
 * paid for, so it is adopted, and released in time. So is one that was given up and has come after all.
 */
export function judgeHost(
  { sighting, host }: { sighting: HostSighting; host: Host | undefined },
  now: Time,
  limits: StandardLimits,
): Judgement<'leave' | 'adopt'> {
  const leave = (why: () => string) => ({ decision: 'leave', why }) as const;
  if (sighting.state === 'released' || sighting.state === 'released-permanent-failure')
    return leave(() => 'it is released');
  if (host && host.phase !== 'gone') return leave(() => `its record is ${host.phase}`);
  const endedAt = host?.endedAt ?? 0;
  // A host may be shown as it was for a while after its end.
  if (host?.hostId === sighting.hostId && now - endedAt <= limits.stragglersMs)
    return leave(() => `its record ended ${agoOf(endedAt, now)}`);
  if (sighting.protected) return { ...leave(protectedOne.why), isUnowned: true };
  const age = () => `it has no open record, and was allocated ${agoOf(sighting.allocatedAt, now)}`;
  return now - sighting.allocatedAt <= limits.adoptAfterMs ? leave(age) : { decision: 'adopt', why: age };
}

/** A registration that nobody owns, judged like a machine. `builder`: the record that its name spells. */
export function judgeRegistration(
  seen: { name: string; busy: boolean; builder: Builder | undefined; sight: Sight | undefined },
  now: Time,
  limits: Limits,
): Judgement {
  const { name, busy, builder, sight } = seen;
  const isOpen = builder !== undefined && builder.phase !== 'gone';
  if (isOpen && builder.runner === name) return { decision: 'leave', why: () => recordOf(builder, now) };
  const why = (): string => {
    if (isOpen) return `its builder ${builder.id} has another registration, ${builder.runner ?? 'none'}`;
    return builder ? `builder ${builder.id}: ${endOf(builder, now)}` : 'no builder on record has it';
  };
  if (busy) return { decision: 'leave', isUnowned: true, why: () => `${why()}; but a job runs on it` };
  // Its scope may be listed at every fifth sweep only.
  return judgeSighted(sight, why, now, { ...limits, fadesMs: limits.tombstoneMs });
}
