// The kinds of faults by name, and what each one is in a few words.
import type { Faults } from './world.ts';

/** A kind of fault; `other`: what happens in any foul world, as an event that is lost. */
export type Kind = keyof Faults | 'other';

/** In words, for tables. */
export const kindWords: Record<Kind, string> = {
  crash: 'a function dies between two calls',
  deliveryLost: 'a delivery is lost',
  deliveryTwice: 'a delivery is repeated',
  deliveryLate: 'a delivery is late',
  cloud: 'a call to a cloud or its answer is lost',
  github: 'a call to GitHub or its answer is lost',
  http: 'a call of a builder or its answer is lost',
  partial: 'a launch starts some of its machines',
  bootFails: 'a machine never boots',
  wedged: 'an agent hangs',
  spot: 'a machine is taken away',
  throttled: 'EC2 takes no more calls',
  unfit: 'a machine finds itself unfit',
  omitted: 'a list leaves a machine out',
  overlap: 'two dispatchers or sweeps at once',
  skew: 'the clock of a function is wrong',
  hangs: 'a call hangs until the time limit',
  tableThrottled: 'the table takes no more calls',
  emptyList: 'a list is empty, or a part of it silent',
  rateLimited: 'GitHub refuses an account for minutes',
  deadRun: 'a job stays queued though its run has ended',
  thief: 'a job of others takes a runner of ours',
  lies: 'an agent lies',
  rootJob: 'a job kills the agent of its machine',
  deafToStop: 'a machine ignores its stop for minutes',
  strays: 'something of ours appears that nobody has on record',
  tick: 'the schedule leaves a tick out or doubles it',
  staleBusy: 'GitHub deletes a busy registration',
  refusedScope: 'GitHub refuses runners in a scope',
  other: 'an event is lost',
};

export const isKind = (name: string): name is keyof Faults => name in kindWords && name !== 'other';

export const kinds: readonly (keyof Faults)[] = Object.keys(kindWords).filter(isKind);

/** Which kinds happen in a world. */
export const kindsIn = (faults: Partial<Faults>): (keyof Faults)[] =>
  kinds.filter((kind) => Boolean(faults[kind]));
