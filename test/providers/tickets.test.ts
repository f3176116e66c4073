// Tickets prove one builder of one launch, and nothing else.
import { describe, expect, it } from 'vitest';
import { ticketFor, ticketProofs } from '../../shared/providers/tickets.ts';

describe('tickets', () => {
  const builder = { id: 'local-gpu-7-0', launch: 'gpu-7', recorded: true, askedAt: async () => 0 };
  const ticket = ticketFor('secret', 'gpu-7', 'local-gpu-7-0');
  const verify = (proof: string, who = builder, secret = 'secret') =>
    ticketProofs(secret).verify('local', proof, who);

  it('are 256 bits that only this builder of this launch can show', async () => {
    expect(ticket).toMatch(/^[0-9a-f]{64}$/);
    expect(await verify(ticket)).toEqual({});
    expect(await verify(ticket, { ...builder, id: 'local-gpu-7-1' })).toBeUndefined();
    expect(await verify(ticket, { ...builder, launch: 'gpu-8' })).toBeUndefined();
    expect(await verify(ticket, builder, 'another secret')).toBeUndefined();
  });

  it('refuse what is no ticket', async () => {
    for (const proof of ['', 'x', ticket.slice(1), `${ticket}0`, ticket.toUpperCase(), 'é'.repeat(64)]) {
      expect(await verify(proof)).toBeUndefined();
    }
  });

  it('are not made from an empty secret', async () => {
    expect(() => ticketFor('', 'gpu-7', 'local-gpu-7-0')).toThrow('secret of the tickets is empty');
    await expect(verify(ticket, builder, '')).rejects.toThrow('secret of the tickets is empty');
  });
});
