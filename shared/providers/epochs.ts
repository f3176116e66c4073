// Epochs: what an agent must show to claim in a later turn of its machine. Made again when needed, never
// stored.
import { createHmac } from 'node:crypto';
import type { Epochs } from '../scheduler/host-ports.ts';
import type { Builder } from '../scheduler/records.ts';

/** The epoch of one turn: 64 hexadecimal digits, which only who has the builders' secret can tell before. */
export function epochFor(
  secret: string,
  installation: string,
  { id, turn }: Pick<Builder, 'id' | 'turn'>,
): string {
  if (secret === '') throw new Error('the secret of the epochs is empty: give it at least 32 random bytes');
  return createHmac('sha256', secret).update(`callsheet epoch ${installation} ${id} ${turn}`).digest('hex');
}

/** `secret`: its failures are those of the port. */
export const epochsOf = (installation: string, secret: () => Promise<string>): Epochs => ({
  of: async (builder) => epochFor(await secret(), installation, builder),
});
