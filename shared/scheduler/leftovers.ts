// Leftover: a volume or network interface of ours that is attached to nothing. Nobody owns it, if and only if
// no machine of its launch is there, or may still come. Two sightings, far enough apart, are leave to delete
// it.
import type { Limits } from './limits.ts';
import type { Judgement } from './orphans.ts';
import type { Leftover } from './ports.ts';
import type { PoolState, Sight, Time } from './records.ts';
import { agoOf } from './spans.ts';

export interface LeftoverContext {
  leftover: Leftover;
  /** The records of its launch's pool. Absent: it names no launch of ours. */
  pool: Pick<PoolState, 'builders' | 'launches'> | undefined;
  /** When it was seen without an owner before. */
  sight: Sight | undefined;
  /** False: sightings are taken anew in this sweep, and nothing is deleted. */
  mayEnd: boolean;
}

/** What the reaper does about one leftover. */
export function judgeLeftover(
  { leftover, pool, sight, mayEnd }: LeftoverContext,
  now: Time,
  limits: Limits,
): Judgement<'leave' | 'remember' | 'end'> {
  const owner = pool && ownerOf(leftover, pool);
  if (owner !== undefined) return { decision: 'leave', why: () => owner };
  const since = sight && mayEnd && isGood(sight, now, limits) ? sight.at : undefined;
  const decide = (decision: 'leave' | 'remember' | 'end', what: string) =>
    ({ decision, isUnowned: true, why: () => `${nobodyOf(leftover)}; ${what}` }) as const;
  if (leftover.protected) return decide(sight ? 'leave' : 'remember', 'but it is protected by its tag');
  if (since === undefined) return decide('remember', 'seen so for the first time');
  const { madeAt } = leftover;
  // What a machine is made with may be there before the machine.
  if (madeAt !== undefined && now - madeAt < limits.stragglersMs)
    return decide('leave', `but it was made ${agoOf(madeAt, now)}`);
  return decide(
    now - since >= limits.sightingsApartMs ? 'end' : 'leave',
    `seen so ${agoOf(since, now)}, too`,
  );
}

/** A sighting of a time to come proves nothing, nor does an old one. */
const isGood = ({ at }: Sight, now: Time, { sightingFadesMs }: Limits): boolean =>
  at <= now && now - at <= 10 * sightingFadesMs;

/** Why it may be needed. EC2 does not say whose it was: any machine of the launch may get it back. */
function ownerOf(
  { launch }: Leftover,
  { builders, launches }: Pick<PoolState, 'builders' | 'launches'>,
): string | undefined {
  const builder = builders.find((one) => one.launch === launch && one.phase !== 'gone');
  if (builder) return `builder ${builder.id} of its launch ${launch} is ${builder.phase}`;
  const isOpen = launches.some(({ id, phase }) => id === launch && phase === 'asked');
  return isOpen ? `its launch ${launch} has no answer yet` : undefined;
}

const nobodyOf = ({ launch }: Leftover): string =>
  launch === undefined ? 'it names no launch of ours' : `no machine of its launch ${launch} is there`;

/** Since when nobody owns it, as far as that is known: the end of the last machine of its launch, if any. */
export function leftSince({ leftover, pool, sight }: LeftoverContext, now: Time): Time {
  const { launch, madeAt } = leftover;
  const ends = (pool?.builders ?? []).flatMap((one) => (one.launch === launch ? (one.endedAt ?? []) : []));
  return Math.max(madeAt ?? sight?.at ?? now, ...ends);
}
