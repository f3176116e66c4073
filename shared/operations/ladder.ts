// The ladder of a pool as it is now: what its rungs cost, and which of them have nothing to give. Pure.
import { type HostOffering, type Offering, shelvesOf } from '../contract/offerings.ts';
import { hostOfferingsOf } from '../policy/hosts.ts';
import { termsOf } from '../policy/ladder.ts';
import { poolNamed } from '../policy/lookup.ts';
import { offeringsOf } from '../policy/offerings.ts';
import type { Config, Rung as RungConfig } from '../policy/schema.ts';
import type { PoolState, RungRest, Time } from '../scheduler/records.ts';
import { inVainSince, type Rung } from '../scheduler/rungs.ts';
import { emptyShelves, type Marks, marksOf } from './memory.ts';
import { limitsOf, type Ports, paceOf } from './ports.ts';

type Settings = Pick<Ports, 'config' | 'standard'>;

/** May a rung of the pool cost money, or lack what others have found empty? Then it shares what is known. */
export const sharesWithOthers = (config: Config, pool: string): boolean =>
  (poolNamed(config, pool)?.ladder ?? []).some(
    ({ provider }, rung) =>
      provider === 'ec2' || provider === 'mac' || termsOf(config, pool, rung).usdPerHour > 0,
  );

/** The rungs of a pool, by the configuration, what the pool remembers of them, and what all pools do. */
export function ladderNow(settings: Settings, state: PoolState, now: Time): Rung[] {
  const { pool } = state;
  const limits = limitsOf(settings, pool.pool);
  const marks = marksOf(state);
  const ladder = poolNamed(settings.config, pool.pool)?.ladder ?? [];
  return ladder.map((rung, index) => {
    const closed = pool.closedRungs[index];
    const hosts = rung.provider === 'mac' ? hostOfferingsOf(settings.config, pool.pool) : [];
    const machines = offeringsOf(settings.config, pool.pool, index);
    const all = [...machines, ...hosts];
    const open = openAmong(all, pool.pool, marks, now);
    const rests = [
      restOf(closed, now),
      all.length > 0 && open.length === 0 && emptiness(all, pool.pool, marks, now),
    ];
    return {
      ...joined(rests.filter((rest) => rest !== false)),
      since: inVainSince(closed, now, limits),
      patienceMs: (patienceMinutes(rung) * 60_000) / paceOf(settings),
      usdPerHour: dearest(settings.config, pool.pool, index, openAmong(machines, pool.pool, marks, now)),
      spot: rung.provider === 'ec2' && rung.market === 'spot',
    };
  });
}

/** Offerings that stand on no empty shelf. */
export function openAmong<One extends Offering | HostOffering>(
  offerings: readonly One[],
  pool: string,
  marks: Marks,
  now: Time,
): One[] {
  const empty = emptyShelves(marks, now);
  return offerings.filter((offering) => !shelvesOf(offering, pool).some((shelf) => empty.has(shelf)));
}

/** What a builder of a rung costs at most, if it is one of these offerings. */
export const dearest = (config: Config, pool: string, rung: number, open: readonly Offering[]): number =>
  open.length > 0 ? Math.max(...open.map((one) => one.usdPerHour)) : termsOf(config, pool, rung).usdPerHour;

/** The patience of CodeBuild is its queue. */
function patienceMinutes(rung: RungConfig): number {
  switch (rung.provider) {
    case 'ec2':
      return rung.patienceMinutes;
    case 'codebuild':
    case 'local':
    case 'mac':
      return 0;
  }
}

type Rest = NonNullable<Rung['rests']>;

const restOf = (closed: RungRest | undefined, now: Time): Rest | false =>
  closed !== undefined && closed.until > now && { until: closed.until, whys: [closed.why] };

/** Every offering stands on an empty shelf: until the first of them can be asked for again. */
function emptiness(
  offerings: readonly (Offering | HostOffering)[],
  pool: string,
  marks: Marks,
  now: Time,
): Rest {
  const rests = offerings.map((offering) => {
    const found = shelvesOf(offering, pool).flatMap((shelf) => marks[shelf] ?? []);
    const held = found.filter(({ until }) => until > now);
    return { until: Math.max(...held.map(({ until }) => until)), whys: held.map(({ why }) => why) };
  });
  const whys = new Set(rests.flatMap((rest) => rest.whys));
  return { until: Math.min(...rests.map(({ until }) => until)), whys: [...whys] };
}

function joined(rests: readonly Rest[]): Pick<Rung, 'rests'> {
  if (rests.length === 0) return {};
  const whys = new Set(rests.flatMap((rest) => rest.whys));
  return { rests: { until: Math.max(...rests.map(({ until }) => until)), whys: [...whys] } };
}
