// A delivery as API Gateway hands it over, and what is answered.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/**
 * Bytes of a body that are still read. GitHub sends up to 25 MB, but a `workflow_job` has under 100 kB, and
 * the largest of what every App gets (lists of repositories) a few MB. Lambda takes 6 MB in all, of which
 * 4 MiB in base64 are 5.6.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const bodyLimit = 4 * 1024 * 1024;

/** How a delivery ended: the answer, and the words for the log. */
export interface Outcome {
  status: 202 | 400 | 401 | 413 | 503;
  outcome: 'accepted' | 'ignored' | 'refused' | 'failed';
  action?: string | undefined;
  why?: string;
  answer: Record<string, unknown>;
}

/** The body's text, or undefined when it is beyond the limit. */
export function textOf(event: APIGatewayProxyEventV2): string | undefined {
  const body = event.body ?? '';
  const encoding = event.isBase64Encoded ? 'base64' : 'utf8';
  if (Buffer.byteLength(body, encoding) > bodyLimit) return undefined;
  return encoding === 'base64' ? Buffer.from(body, encoding).toString() : body;
}

/** A header's value; names have no case. */
export function headerOf(event: APIGatewayProxyEventV2, name: string): string | undefined {
  const found = Object.keys(event.headers ?? {}).find((key) => key.toLowerCase() === name);
  return found && event.headers[found];
}

/** JSON whatever its parameters: it is UTF-8 by definition, a charset changes nothing (RFC 8259). */
export const isJson = (contentType: string | undefined): boolean =>
  /^application\/json\s*(;|$)/i.test(contentType?.trim() ?? '');

/** The value that the text spells, or undefined when it is not JSON. */
export function jsonOf(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export const responseOf = ({ status, answer }: Outcome): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(answer),
});
