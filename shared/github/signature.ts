// The signature of a delivery: HMAC-SHA-256 of the raw body, in the header `x-hub-signature-256`.
import { verify } from '@octokit/webhooks-methods';

/**
 * Is the delivery from someone who knows one of the secrets? Two secrets are good while they are rotated.
 * `body` is the text as it came, before any parsing. Bytes that are no UTF-8 decode to another text, which no
 * signature fits. Never throws; compares in constant time.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function verifySignature(
  secrets: readonly string[],
  body: string,
  header: string | undefined,
): Promise<'good' | 'missing' | 'bad'> {
  if (!header) return 'missing';
  if (!body) return 'bad';
  for (const secret of secrets) {
    if (secret && (await verify(secret, body, header))) return 'good';
  }
  return 'bad';
}
