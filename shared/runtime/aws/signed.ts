// A light signed client of AWS's JSON protocols: what the webhook loads instead of the SDK.
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import aws4 from 'aws4';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** Version of the JSON protocol that the service speaks. */
const protocols = { dynamodb: '1.0', sqs: '1.0', ssm: '1.1' } as const;

export interface SignedSettings {
  service: keyof typeof protocols;
  region: string;
  /** Instead of the service's own address, as `http://127.0.0.1:8000`. */
  endpoint?: string | undefined;
  /** Asked at each call. Without it the environment is read, where Lambda keeps those of its role. */
  credentials?: () => Promise<Credentials>;
  /** How long one try may take. */
  timeoutMs?: number;
}

/** Calls an operation, as `DynamoDB_20120810.GetItem`, and answers its parsed body. */
export type SignedSend = (target: string, body: object) => Promise<unknown>;

interface Refusal {
  code: string;
  status: number;
  why?: string | undefined;
  details?: unknown;
  cause?: unknown;
}

/** AWS refused, or gave no answer (`NoAnswer`, status 0) in any of the tries. */
export class AwsError extends Error {
  override name = 'AwsError';
  /** AWS's name for it, as `ResourceNotFoundException`. */
  readonly code: string;
  /** Of the answer. */
  readonly status: number;
  readonly #details: unknown;
  constructor(target: string, { code, status, why, details, cause }: Refusal) {
    super(`${target}: ${code}${why ? ` (${why.slice(0, 300)})` : ''}`, { cause });
    this.code = code;
    this.status = status;
    this.#details = details;
  }
  /** The parsed answer. No log shows it, since it may hold an item. */
  get details(): unknown {
    return this.#details;
  }
}

const tries = 3;
const pauseMs = 50;

/**
 * Repeats what AWS could not do now, and what was not answered: the first request may then have had effect,
 * so bodies must be safe to repeat. Throws AwsError.
 */
export function signedJson(settings: SignedSettings): SignedSend {
  const { service, region, credentials = environmentCredentials, timeoutMs = 3000 } = settings;
  const url = new URL(settings.endpoint ?? `https://${service}.${region}.amazonaws.com`);
  // An import would also load what node:http exports of the WebSocket client: 20 ms more.
  const transport = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https');
  const agent = new transport.Agent({ keepAlive: true });
  const post = (headers: OutgoingHttpHeaders, body: string) =>
    answerOf(
      transport.request(url, { method: 'POST', agent, headers, signal: AbortSignal.timeout(timeoutMs) }),
      body,
    );
  return async (target, content) => {
    const body = JSON.stringify(content);
    const by = await credentials();
    for (let attempt = 1; ; attempt += 1) {
      const headers = signedHeaders(settings, url.host, target, body, by);
      const outcome = await post(headers, body).then(
        (answer) => read(target, answer),
        (cause: Error) => new AwsError(target, { code: 'NoAnswer', status: 0, why: cause.message, cause }),
      );
      if (!(outcome instanceof AwsError)) return outcome;
      if (attempt === tries || !mayPass(outcome)) throw outcome;
      await pause(Math.random() * pauseMs * 2 ** attempt);
    }
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
async function environmentCredentials(): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  };
}

/** Made anew for each try: a signature is good for five minutes. */
function signedHeaders(
  { service, region }: SignedSettings,
  host: string,
  target: string,
  body: string,
  by: Credentials,
): OutgoingHttpHeaders {
  const headers = {
    Host: host,
    'Content-Type': `application/x-amz-json-${protocols[service]}`,
    'X-Amz-Target': target,
  };
  return aws4.sign({ service, region, method: 'POST', path: '/', headers, body }, by).headers ?? {};
}

interface Answer {
  status: number;
  text: string;
}

function answerOf(request: ClientRequest, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    request.end(body);
  });
}

/** A refusal is `{"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": …}`. */
function read(target: string, { status, text }: Answer): unknown {
  const details = parsed(text);
  if (status === 200 && details !== undefined) return details;
  const code = wordOf(details, '__type')?.split('#').at(-1) ?? `Http${status}`;
  // What AWS says of a signature or a token repeats the request's headers.
  const why = /Signature|Token/.test(code)
    ? undefined
    : (wordOf(details, 'message') ?? wordOf(details, 'Message'));
  return new AwsError(target, { code, status, why, details });
}

/** Undefined: it is no JSON, as from a proxy in between. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wordOf(content: unknown, name: string): string | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const word: unknown = Reflect.get(content, name);
  return typeof word === 'string' ? word : undefined;
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
function mayPass({ status, code }: AwsError): boolean {
  if (status === 0 || status === 429 || status >= 500) return true;
  return /Throttl|ThroughputExceeded|RequestLimitExceeded|TooManyRequests/.test(code);
}
