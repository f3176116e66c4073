// Faults: what follows from why a provider could not start what was asked.
import type { Fault } from '../scheduler/ports.ts';

/** Nothing is known but that the cloud wants to be asked later. */
export const isThrottled = (faults: readonly Fault[]): boolean =>
  faults.length > 0 && faults.every(({ kind }) => kind === 'throttled');

/** Time alone does not mend it: somebody must change the configuration, and perhaps deploy. */
export const isLasting = ({ kind, cheap }: Fault): boolean => kind === 'invalid' && !cheap;

export const concernsAdmin = ({ kind, unknown }: Fault): boolean =>
  kind === 'quota' || kind === 'invalid' || unknown === true;
