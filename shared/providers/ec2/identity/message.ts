// Signed messages (CMS) as EC2's metadata hands them out: what is taken for one, and whether it is genuine.
import { X509Certificate } from 'node:crypto';
import { fromBER, OctetString } from 'asn1js';
import { Certificate, ContentInfo, SignedData } from 'pkijs';

/** A message with exactly one signer. Nothing in it is to be believed before `isGenuine` has said so. */
export interface Message {
  kind: 'message';
  content: Uint8Array;
  /** Is it signed with the key of this certificate (PEM)? Those that it brings itself do not count. */
  isGenuine(certificate: string): Promise<boolean>;
}

export interface Refused {
  kind: 'refused';
  /** For the log; who showed it is told nothing. */
  why: string;
}

export const refused = (why: string): Refused => ({ kind: 'refused', why });

/** Those of EC2 are about 1500 characters long. */
const longest = 8192;

/** https://www.rfc-editor.org/rfc/rfc5652 and https://www.rfc-editor.org/rfc/rfc5754 */
const oid = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  sha256: '2.16.840.1.101.3.4.2.1',
  rsa: '1.2.840.113549.1.1.1',
  sha256WithRsa: '1.2.840.113549.1.1.11',
} as const;

/** Reads a message in base64 on one line: with its content, and signed once, by RSA with SHA-256. */
export function readMessage(text: string): Message | Refused {
  const bytes = Buffer.from(text, 'base64');
  if (text.length > longest || bytes.toString('base64') !== text) return refused('it is no base64');
  const found = signedDataIn(bytes);
  if (!found) return refused('it is no signed message');
  const { signed, content } = found;
  if (!content) return refused('its content is not attached');
  const [signer, ...more] = signed.signerInfos;
  if (!signer || more.length > 0) return refused('it has not exactly one signer');
  const algorithm = signer.signatureAlgorithm.algorithmId;
  if (signer.digestAlgorithm.algorithmId !== oid.sha256) return refused('its digest is not SHA-256');
  const isRsa = algorithm === oid.rsa || algorithm === oid.sha256WithRsa;
  if (!isRsa) return refused('it is not signed by RSA with SHA-256');
  return { kind: 'message', content, isGenuine: (certificate) => isSignedBy(signed, certificate) };
}

/** The one message that the bytes are, with nothing behind it. The parser bounds its depth and its parts. */
function signedDataIn(bytes: Buffer): { signed: SignedData; content: Uint8Array | undefined } | undefined {
  try {
    const { offset, result } = fromBER(bytes);
    const outer = new ContentInfo({ schema: result });
    if (offset !== bytes.length || outer.contentType !== oid.signedData) return undefined;
    const signed = new SignedData({ schema: outer.content });
    const { eContent, eContentType } = signed.encapContentInfo;
    const isAttached = eContent instanceof OctetString && eContentType === oid.data;
    return { signed, content: isAttached ? new Uint8Array(eContent.getValue()) : undefined };
  } catch {
    return undefined;
  }
}

/** The chain is not checked: the certificate is pinned, and is no authority's. */
async function isSignedBy(signed: SignedData, certificate: string): Promise<boolean> {
  signed.certificates = [Certificate.fromBER(new X509Certificate(certificate).raw)];
  try {
    return await signed.verify({ signer: 0, checkChain: false });
  } catch {
    return false;
  }
}
