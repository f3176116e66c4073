// How foul a world is: kinds of faults drawn from its seed, or one kind alone.
import { seeded } from './time.ts';
import { type Faults, noFaults } from './world.ts';

/** The most that a world has of what is drawn evenly. */
const most: Partial<Record<keyof Faults, number>> = {
  crash: 0.03,
  deliveryLost: 0.15,
  deliveryTwice: 0.25,
  deliveryLate: 0.2,
  cloud: 0.12,
  github: 0.08,
  http: 0.1,
  partial: 0.4,
  bootFails: 0.2,
  wedged: 0.12,
  spot: 0.15,
  omitted: 0.03,
  overlap: 0.05,
  throttled: 0.1,
  unfit: 0.15,
  skew: 1,
  hangs: 0.01,
  tableThrottled: 0.03,
  emptyList: 0.03,
  rateLimited: 0.002,
  deadRun: 0.1,
  thief: 0.1,
  lies: 0.1,
  rootJob: 0.1,
  deafToStop: 0.3,
  strays: 0.01,
  tick: 0.05,
};

/** A scope that GitHub refuses, in worlds that have one. */
export const refusedScope = 'repository/studio/shading';

/** Faults drawn from the seed: about half of the kinds are off in one world. */
export function drawnFaults(seed: number): Faults {
  const chance = seeded(seed ^ 0x5bd1e995);
  const drawn = Object.fromEntries(
    Object.entries(most).map(([kind, likely]) => [kind, chance.chance(0.5) ? 0 : chance.between(0, likely)]),
  );
  return {
    ...noFaults,
    ...drawn,
    staleBusy: chance.chance(0.5),
    refusedScope: chance.chance(0.12) ? refusedScope : undefined,
  };
}

/** One kind alone, as likely as it gets in the worst world. */
export function oneKind(kind: keyof Faults): Faults {
  switch (kind) {
    case 'staleBusy':
      return { ...noFaults, staleBusy: true };
    case 'deafToStop':
      // Only what hangs has to be stopped.
      return { ...noFaults, deafToStop: most.deafToStop ?? 0, wedged: most.wedged ?? 0 };
    case 'refusedScope':
      return { ...noFaults, refusedScope };
    default:
      return { ...noFaults, [kind]: most[kind] ?? 0 };
  }
}
