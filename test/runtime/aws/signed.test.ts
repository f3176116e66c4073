// The light signed client against a server that refuses, breaks off and stays silent.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import aws4 from 'aws4';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwsError, signedJson } from '../../../shared/runtime/aws/signed.ts';
import { closed, listening } from '../../store/server.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };

interface Arrived {
  request: IncomingMessage;
  body: string;
}
type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const answer =
  (status: number, body: string): Reply =>
  (response) =>
    response.writeHead(status).end(body);
const fine = answer(200, '{"Item":{"n":{"N":"1"}}}');
const refusal = (code: string, more: object = {}) =>
  JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, ...more });

let arrived: Arrived[];
let replies: Reply[];
let endpoint: string;
const server = () =>
  createServer(async (request, response) => {
    arrived.push({ request, body: await text(request) });
    (replies.shift() ?? fine)(response, request);
  });
let running: ReturnType<typeof server>;

beforeEach(async () => {
  arrived = [];
  replies = [];
  running = server();
  endpoint = `http://127.0.0.1:${await listening(running)}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await closed(running);
});

const client = (more: Partial<Parameters<typeof signedJson>[0]> = {}) =>
  signedJson({ service: 'dynamodb', region, endpoint, credentials: async () => credentials, ...more });

/** The signature that a request should carry, by what arrived. */
function expected({ request: { headers }, body }: Arrived, secretAccessKey: string) {
  const names = /SignedHeaders=([^,]*)/.exec(String(headers.authorization))?.[1]?.split(';') ?? [];
  const signed = Object.fromEntries(names.map((name) => [name, headers[name]]));
  const by = { ...credentials, secretAccessKey };
  return aws4.sign({ service: 'dynamodb', region, method: 'POST', path: '/', headers: signed, body }, by)
    .headers;
}

describe('a request', () => {
  it('is signed over what arrives', async () => {
    expect(await client()('DynamoDB_20120810.GetItem', { TableName: 'tä' })).toEqual({
      Item: { n: { N: '1' } },
    });
    const [first] = arrived;
    if (!first) throw new Error('nothing arrived');
    expect(first.body).toBe('{"TableName":"tä"}');
    expect(first.request.method).toBe('POST');
    expect(first.request.headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-security-token': 'session',
      host: endpoint.slice('http://'.length),
      authorization: expect.stringContaining(`/${region}/dynamodb/aws4_request`),
    });
    const covered =
      'SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target';
    expect(first.request.headers.authorization).toContain(covered);
    expect(first.request.headers.authorization).toBe(expected(first, 'secret')?.Authorization);
    expect(first.request.headers.authorization).not.toBe(expected(first, 'other')?.Authorization);
  });

  it('speaks the version of the protocol that the service speaks', async () => {
    await client({ service: 'ssm' })('AmazonSSM.GetParameter', {});
    expect(arrived[0]?.request.headers['content-type']).toBe('application/x-amz-json-1.1');
  });
});

describe('a client', () => {
  it('reads the credentials in the environment at each call', async () => {
    const send = client({ credentials: undefined });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDFIRST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'one');
    await send('DynamoDB_20120810.GetItem', {});
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDSECOND');
    vi.stubEnv('AWS_SESSION_TOKEN', 'two');
    await send('DynamoDB_20120810.GetItem', {});
    const [first, second] = arrived.map(({ request: { headers } }) => headers);
    expect(first?.authorization).toContain('AKIDFIRST');
    expect(second?.authorization).toContain('AKIDSECOND');
    expect([first, second].map((headers) => headers?.['x-amz-security-token'])).toEqual(['one', 'two']);
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    await expect(send('DynamoDB_20120810.GetItem', {})).rejects.toThrow('set AWS_ACCESS_KEY_ID');
  });

  it('keeps its connection open', async () => {
    const ports = new Set<number | undefined>();
    replies = [1, 2, 3].map(
      (): Reply => (response, request) => {
        ports.add(request.socket.remotePort);
        fine(response, request);
      },
    );
    const send = client();
    for (let call = 0; call < 3; call += 1) await send('DynamoDB_20120810.GetItem', {});
    expect(ports.size).toBe(1);
  });
});

describe('a try that may pass', () => {
  it.each<[string, Reply]>([
    ['an error of AWS', answer(500, refusal('InternalServerError'))],
    ['an error of something in between', answer(503, '<html>busy</html>')],
    ['throttling', answer(400, refusal('ProvisionedThroughputExceededException'))],
    ['throttling of the account', answer(400, refusal('ThrottlingException'))],
    ['a connection that breaks before the answer', (_, request) => request.socket.destroy()],
    [
      'a connection that breaks within the answer',
      (response, request) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"Item"', () => request.socket.destroy());
      },
    ],
  ])('is repeated after %s', async (_, reply) => {
    replies = [reply, reply];
    expect(await client()('DynamoDB_20120810.PutItem', { a: 1 })).toEqual({ Item: { n: { N: '1' } } });
    expect(arrived.map(({ body }) => body)).toEqual(Array(3).fill('{"a":1}'));
  });

  it('is repeated after silence', async () => {
    replies = [() => undefined];
    await client({ timeoutMs: 500 })('DynamoDB_20120810.PutItem', {});
    expect(arrived.length).toBeGreaterThan(1);
  });

  it('is given up after the third', async () => {
    replies = Array(9).fill(answer(500, refusal('InternalServerError', { message: 'sorry' })));
    const failure = client()('DynamoDB_20120810.PutItem', {});
    await expect(failure).rejects.toMatchObject({ code: 'InternalServerError', status: 500 });
    await expect(failure).rejects.toThrow('DynamoDB_20120810.PutItem: InternalServerError (sorry)');
    expect(arrived).toHaveLength(3);
  });

  it('says that nobody answered', async () => {
    replies = Array(9).fill((_: ServerResponse, request: IncomingMessage) => request.socket.destroy());
    const failure = client()('DynamoDB_20120810.PutItem', {});
    await expect(failure).rejects.toBeInstanceOf(AwsError);
    await expect(failure).rejects.toMatchObject({ code: 'NoAnswer', status: 0 });
    expect(arrived).toHaveLength(3);
  });
});

describe('a refusal', () => {
  it('is not repeated, has its code, and keeps the answer out of logs', async () => {
    replies = [answer(400, refusal('ConditionalCheckFailedException', { Item: { secret: { S: 'item' } } }))];
    const error = await client()('DynamoDB_20120810.PutItem', {}).catch((thrown: unknown) => thrown);
    if (!(error instanceof AwsError)) throw new Error('it was not refused');
    expect(arrived).toHaveLength(1);
    expect(error).toMatchObject({ code: 'ConditionalCheckFailedException', status: 400 });
    expect(error.details).toMatchObject({ Item: { secret: { S: 'item' } } });
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('secret');
  });

  it('does not repeat what AWS says of a signature', async () => {
    replies = [
      answer(400, refusal('InvalidSignatureException', { message: 'x-amz-security-token:session' })),
    ];
    const failure = client()('DynamoDB_20120810.PutItem', {});
    await expect(failure).rejects.toThrow(/^DynamoDB_20120810\.PutItem: InvalidSignatureException$/);
  });

  it('has a code also when it is no JSON', async () => {
    replies = [answer(403, '<html>no</html>')];
    await expect(client()('DynamoDB_20120810.PutItem', {})).rejects.toMatchObject({ code: 'Http403' });
    expect(arrived).toHaveLength(1);
  });
});
