// Which text can be the App's private key, and what is said of one that cannot.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyFault } from '../../infra/commands/secrets/private-key.ts';
import { appKey } from '../github/scripted-github.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (type: 'pkcs8' | 'pkcs1') => rsa.privateKey.export({ type, format: 'pem' }).toString();
const locked = rsa.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});
const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
  type: 'pkcs1',
  format: 'pem',
});

describe('the App key', () => {
  it.each([
    ['as GitHub gives it', appKey],
    ['in PKCS#8', pem('pkcs8')],
    ['in one line', appKey.replaceAll('\n', '\\n')],
  ])('%s is good', (_, text) => {
    expect(keyFault(text)).toBeUndefined();
  });

  it.each([
    ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'it is a public key'],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n', 'it is a certificate'],
    ['a locked key', locked, 'it is locked with a passphrase'],
    ['another kind', elliptic.toString(), 'it is a key of type ec'],
    ['a short key', short.toString(), 'less than 2048 bits'],
    ['nonsense', 'hello', 'it is no private key in PEM'],
    ['half a key', appKey.slice(0, 800), 'it is no private key in PEM'],
    ['a large file', appKey + 'x'.repeat(4096), 'more than 4096 bytes'],
  ])('%s is refused in words', (_, text, words) => {
    expect(keyFault(text)).toContain(words);
  });
});
