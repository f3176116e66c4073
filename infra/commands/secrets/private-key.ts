// The App's private key: what it must look like, and reading it from a file.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { messageOf, Problem } from '../command.ts';

/** What SSM's free tier holds, in bytes. */
const mostBytes = 4096;

/** What is wrong with the key and what to take instead, without a word of it. Undefined: it is good. */
export function keyFault(pem: string): string | undefined {
  const other = otherThing(pem);
  if (other) return `it is ${other}, not a private key; generate one on the page of the App`;
  if (Buffer.byteLength(pem) > mostBytes)
    return `it has more than ${mostBytes} bytes; take GitHub's file as it is`;
  const key = parsed(pem);
  if (!key) return 'it is no private key in PEM; take the file that GitHub gave you, as it is';
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = key;
  if (type !== 'rsa')
    return `it is a key of type ${type}, and GitHub's are RSA; generate one on the page of the App`;
  if ((details?.modulusLength ?? 0) < 2048) return 'its RSA key has less than 2048 bits; generate another';
  return undefined;
}

function otherThing(pem: string): string | undefined {
  if (/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(pem)) return 'a certificate';
  if (/-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) return 'a public key';
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem))
    return 'locked with a passphrase';
  return undefined;
}

/** Parsed as the functions do it. */
function parsed(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem.replaceAll('\\n', '\n'));
  } catch {
    return undefined;
  }
}

/** The key in a file. Throws `Problem`. `warn` hears that others can read it. */
export function keyInFile(file: string, warn: (line: string) => void): string {
  const pem = textOf(file);
  const fault = keyFault(pem);
  if (fault) throw new Problem(`${file} cannot be the App's key: ${fault}`);
  if (process.platform !== 'win32' && statSync(file).mode & 0o044) {
    warn(`warning: others on this computer can read ${file}: chmod 600 it, or delete it once it is stored`);
  }
  return `${pem.trim()}\n`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem(`cannot read the App's key: ${messageOf(error)}`);
  }
}
