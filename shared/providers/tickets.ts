// Tickets: the proof of builders that have no identity document. Made again when needed, never stored.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Proofs } from '../scheduler/ports.ts';

/** The ticket of one builder: 64 hexadecimal digits. `launch` is the launch's id, `<pool>-<number>`. */
export function ticketFor(secret: string, launch: string, builder: string): string {
  if (secret === '') throw new Error('the secret of the tickets is empty: give it at least 32 random bytes');
  return createHmac('sha256', secret).update(`ticket/${launch}/${builder}`).digest('hex');
}

/** Checks tickets in constant time, whatever the provider: no two builders of ours have the same id. */
export const ticketProofs = (secret: string): Proofs => ({
  async verify(_provider, proof, builder) {
    const expected = Buffer.from(ticketFor(secret, builder.launch, builder.id));
    const shown = Buffer.from(proof);
    return shown.length === expected.length && timingSafeEqual(shown, expected) ? {} : undefined;
  },
});
