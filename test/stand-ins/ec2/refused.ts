// EC2's refusal of a call.
import type { Refusal } from './trouble.ts';

export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** Refuses a call that is not as EC2 has them. */
export const refuse = (code: string, message: string): never => {
  throw new Refused({ code, message });
};
