// The signature of deliveries: GitHub's documented example, rotation, and what is never good.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../shared/github/signature.ts';

const secret = "It's a Secret to Everybody";
const body = 'Hello, World!';
const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

describe('verifySignature', () => {
  it("agrees with the example in GitHub's documentation", async () => {
    expect(await verifySignature([secret], body, signature)).toBe('good');
  });

  it('takes the first, the second, or neither of two secrets', async () => {
    expect(await verifySignature([secret, 'new'], body, signature)).toBe('good');
    expect(await verifySignature(['new', secret], body, signature)).toBe('good');
    expect(await verifySignature(['new', 'newer'], body, signature)).toBe('bad');
  });

  it('is bad without secrets, with an empty secret, or without a body', async () => {
    const empty = `sha256=${createHmac('sha256', '').update(body).digest('hex')}`;
    expect(await verifySignature([], body, signature)).toBe('bad');
    expect(await verifySignature([''], body, empty)).toBe('bad');
    expect(await verifySignature(['', secret], body, signature)).toBe('good');
    expect(await verifySignature([secret], '', signature)).toBe('bad');
  });

  it('is missing without a header', async () => {
    expect(await verifySignature([secret], body, undefined)).toBe('missing');
    expect(await verifySignature([secret], body, '')).toBe('missing');
  });

  it('never throws, and never takes anything else', async () => {
    const changed = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(signature.toUpperCase(), `${signature} `),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), changed, async (text, header) => {
        expect(await verifySignature([secret], text, header)).not.toBe('good');
      }),
    );
  });
});
