// The fault proxy: what it lets pass, what it breaks, and that AWS's own clients take its refusals for AWS's.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { CodeBuildClient, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { expect, it, onTestFinished } from 'vitest';
import { type AwsError, type SignedSettings, signedJson } from '../../shared/runtime/aws/signed.ts';
import { closed, listening } from '../store/server.ts';
import { next, seeded } from './plans.ts';
import { type Call, faultProxy } from './proxy.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const region = 'us-east-1';

/** A proxy before a server that keeps what arrives and says what came. */
async function stage() {
  const arrived: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    arrived.push(`${request.method} ${request.headers.host} ${request.url} ${body}`);
    response.writeHead(201, { 'x-own': 'kept' }).end(JSON.stringify({ came: arrived.length }));
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  const headers = { host: 'api.example' };
  const proxy = await faultProxy(({ service }) => (service === '' ? { url, headers } : { url }));
  onTestFinished(async () => {
    await proxy.close();
    await closed(server);
  });
  const send = (service: SignedSettings['service']) =>
    signedJson({ service, region, endpoint: proxy.url, credentials: async () => credentials });
  return { arrived, proxy, send };
}

it('hands on what it is not told to break, and counts it', async () => {
  const { arrived, proxy } = await stage();
  const answer = await fetch(`${proxy.url}/builders/claim?x=1`, { method: 'POST', body: '{"a":"ü"}' });
  expect([answer.status, answer.headers.get('x-own'), await answer.json()]).toEqual([
    201,
    'kept',
    { came: 1 },
  ]);
  expect(arrived).toEqual(['POST api.example /builders/claim?x=1 {"a":"ü"}']);
  expect(proxy.calls).toMatchObject([{ operation: 'POST /builders/claim', service: '', body: '{"a":"ü"}' }]);
});

it('cuts a call before it arrives, or its answer after it was done', async () => {
  const { arrived, proxy } = await stage();
  const done: string[] = [];
  const meanwhile = () => void done.push(`with ${arrived.length} arrived`);
  proxy.plan(next(1, { operation: 'GET /a' }, { kind: 'unreached', meanwhile }).plan);
  proxy.plan(next(1, { operation: 'GET /b' }, { kind: 'lost', meanwhile }).plan);
  await expect(fetch(`${proxy.url}/a`)).rejects.toThrow();
  await expect(fetch(`${proxy.url}/b`)).rejects.toThrow();
  expect(done).toEqual(['with 0 arrived', 'with 1 arrived']);
  expect((await fetch(`${proxy.url}/a`)).status).toBe(201);
  expect(arrived).toHaveLength(2);
});

it('holds a call back, while others pass it', async () => {
  const { arrived, proxy } = await stage();
  const late = next(1, { operation: 'POST /slow', words: ['held'] }, { kind: 'late', ms: 100 });
  const done = proxy.plan(late.plan);
  const held = fetch(`${proxy.url}/slow`, { method: 'POST', body: 'held' });
  await fetch(`${proxy.url}/quick`);
  expect(arrived).toHaveLength(1);
  expect((await held).status).toBe(201);
  expect(late.met()).toBe(1);
  done();
});

it('lets a call arrive twice', async () => {
  const { arrived, proxy } = await stage();
  proxy.plan(next(1, { operation: 'POST /a' }, { kind: 'twice' }).plan);
  const answer = await fetch(`${proxy.url}/a`, { method: 'POST', body: 'once' });
  expect(await answer.json()).toEqual({ came: 2 });
  expect(arrived).toEqual(Array(2).fill('POST api.example /a once'));
  expect(proxy.calls).toHaveLength(1);
});

it('throttles in words that the light client repeats, and gives up on', async () => {
  const { arrived, proxy, send } = await stage();
  const calls = [
    ['dynamodb', 'DynamoDB_20120810.PutItem', 'ProvisionedThroughputExceededException'],
    ['sqs', 'AmazonSQS.SendMessage', 'RequestThrottled'],
    ['ssm', 'AmazonSSM.GetParameter', 'ThrottlingException'],
  ] as const;
  for (const [service, target, code] of calls) {
    const operation = target.split('.')[1] ?? '';
    proxy.plan(next(3, { operation }, { kind: 'throttled' }).plan);
    await expect(send(service)(target, {})).rejects.toMatchObject({ code } satisfies Partial<AwsError>);
  }
  expect(proxy.calls).toHaveLength(9);
  expect(arrived).toEqual([]);
});

it('throttles in words that the SDK knows', async () => {
  const { proxy } = await stage();
  proxy.plan(next(1, { operation: 'StopBuild' }, { kind: 'throttled' }).plan);
  const client = new CodeBuildClient({ region, credentials, endpoint: proxy.url, maxAttempts: 1 });
  const refused = await client.send(new StopBuildCommand({ id: 'a:b' })).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } });
});

it('answers too many requests as the HTTP API does', async () => {
  const { proxy } = await stage();
  proxy.plan(() => ({ kind: 'throttled' }));
  const answer = await fetch(`${proxy.url}/api/jobs`);
  expect([answer.status, await answer.json()]).toEqual([429, { message: 'Too Many Requests' }]);
});

it('breaks by chance, the same way for the same seed', () => {
  const chances = { throttled: 0.1, unreached: 0.1, lost: 0.1 };
  const call: Call = { operation: 'PutItem', service: 'DynamoDB_20120810', body: '', at: 0 };
  const faults = (seed: number) => {
    const plan = seeded(seed, chances, ({ operation }) => operation === 'PutItem');
    return Array.from({ length: 300 }, () => plan(call)?.kind);
  };
  expect(faults(1)).toEqual(faults(1));
  expect(faults(1)).not.toEqual(faults(2));
  expect(faults(1).filter((kind) => kind === 'lost').length).toBeGreaterThan(10);
  expect(faults(1).filter((kind) => kind === undefined).length).toBeGreaterThan(150);
  expect(seeded(1, chances, () => false)(call)).toBeUndefined();
});
