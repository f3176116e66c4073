// The faults that happen in a world: each has a name, so that another run can repeat some and leave the rest.
import { type Kind, kindsIn } from './kinds.ts';
import type { Chance } from './time.ts';
import type { Faults } from './world.ts';

/** A fault that has happened. */
export interface Strike {
  /** `crash#12`: the twelfth time that this kind might have happened. */
  name: string;
  kind: Kind;
  at: number;
}

export interface Strikes {
  all: Strike[];
  /** Does a fault happen here? `p`: how likely it is, which also tells its kind. */
  decide(p: number): boolean;
}

/**
 * Decides what happens. With `only`, what has these names happens and nothing else; chance is asked all the
 * same, so that a run with all names of another run is that run.
 */
export function strikesOf(
  faults: Faults,
  chance: Chance,
  now: () => number,
  only?: ReadonlySet<string>,
): Strikes {
  const all: Strike[] = [];
  const decisions = new Map<Kind, number>();
  const kinds = new Map<number, Kind>();
  const kindOf = (p: number): Kind => {
    const kind = kinds.get(p) ?? likeliest(faults, p);
    kinds.set(p, kind);
    return kind;
  };
  return {
    all,
    decide(p) {
      const drawn = chance.chance(p);
      if (p === 0) return false;
      const kind = kindOf(p);
      const number = (decisions.get(kind) ?? 0) + 1;
      decisions.set(kind, number);
      const name = `${kind}#${number}`;
      const happens = only ? only.has(name) : drawn;
      if (happens) all.push({ name, kind, at: now() });
      return happens;
    },
  };
}

/** The kind that is as likely, or twice as likely: of some, answers are lost half as often as questions. */
const likeliest = (faults: Faults, p: number): Kind =>
  kindsIn(faults).find((kind) => faults[kind] === p || faults[kind] === 2 * p) ?? 'other';
