// Epochs: each turn of a machine has one, which says nothing of any other.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { epochFor, epochsOf } from '../../shared/providers/epochs.ts';
import { ticketFor } from '../../shared/providers/tickets.ts';

const builder = { id: 'i-0123456789abcdef0', turn: 2 };
const epoch = epochFor('secret', 'aswf', builder);

describe('an epoch', () => {
  it('is the HMAC of installation, machine and turn, the same each time', async () => {
    const signed = createHmac('sha256', 'secret').update('callsheet epoch aswf i-0123456789abcdef0 2');
    expect(epoch).toBe(signed.digest('hex'));
    expect(await epochsOf('aswf', async () => 'secret').of(builder)).toBe(epoch);
  });

  it('is of one turn of one machine of one installation', () => {
    const others = [
      epochFor('secret', 'aswf', { ...builder, turn: 3 }),
      epochFor('secret', 'aswf', { ...builder, id: 'i-0123456789abcdef1' }),
      epochFor('secret', 'film', builder),
      epochFor('another secret', 'aswf', builder),
      ticketFor('secret', 'mac-7', builder.id),
    ];
    expect(new Set([epoch, ...others]).size).toBe(6);
  });

  it('is not made from an empty secret, and says when the secret cannot be read', async () => {
    expect(() => epochFor('', 'aswf', builder)).toThrow('secret of the epochs is empty');
    const unread = epochsOf('aswf', () => Promise.reject(new Error('no parameter')));
    await expect(unread.of(builder)).rejects.toThrow('no parameter');
  });
});
