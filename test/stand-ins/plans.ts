// Plans for the fault proxy: a fault for the next calls that fit, or faults by chance from a seed.
import { seeded as seededChance } from '../simulation/time.ts';
import type { Call, Fault, Plan } from './proxy.ts';

/** Which calls are meant: the operation's name, and words that their body must have. */
export interface Fitting {
  operation: string;
  words?: readonly string[];
}

const fits = ({ operation, words = [] }: Fitting, call: Call): boolean =>
  call.operation === operation && words.every((word) => call.body.includes(word));

/** The next `times` calls that fit meet the fault. `met` says how many have. */
export function next(times: number, fitting: Fitting, fault: Fault): { plan: Plan; met(): number } {
  let left = times;
  return {
    plan(call) {
      if (left === 0 || !fits(fitting, call)) return undefined;
      left -= 1;
      return fault;
    },
    met: () => times - left,
  };
}

/** How probable each fault is, for each call. */
export interface Chances {
  throttled: number;
  unreached: number;
  lost: number;
}

/** Faults by chance for the calls that `meant` picks: the same seed gives the same sequence. */
export function seeded(seed: number, chances: Chances, meant: (call: Call) => boolean): Plan {
  const { between } = seededChance(seed);
  return (call) => {
    if (!meant(call)) return undefined;
    let rest = between(0, 1);
    for (const kind of ['throttled', 'unreached', 'lost'] as const) {
      rest -= chances[kind];
      if (rest < 0) return { kind };
    }
    return undefined;
  };
}
