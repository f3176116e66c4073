// The adapters over the wire against moto, where it is true to AWS: conditional writes, FIFO queues, secrets.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { sqsBell } from '../../shared/runtime/aws/bell.ts';
import { type SignedSettings, signedJson } from '../../shared/runtime/aws/signed.ts';
import { toAttributes } from '../../shared/store/attributes.ts';
import { createTables } from '../../shared/store/create.ts';
import { historyTable, openTable } from '../../shared/store/dynamo.ts';
import { lightApi } from '../../shared/store/light.ts';
import { next } from '../stand-ins/plans.ts';
import { type FaultProxy, faultProxy } from '../stand-ins/proxy.ts';
import { storeContract } from '../store/contract.ts';
import { credentials, region, type StandIn, startMoto } from './stand-ins.ts';

let moto: StandIn;
let proxy: FaultProxy;

beforeAll(async () => {
  moto = await startMoto();
  proxy = await faultProxy(() => ({ url: moto.url }));
});
afterAll(async () => {
  await proxy.close();
  await moto.close();
});

const sender = (service: SignedSettings['service']) =>
  signedJson({ service, region, endpoint: proxy.url, credentials: async () => credentials });

// It looks at the condition and writes in two steps: two threads of it may both win.
const isAtomic = false;

storeContract(
  "moto's DynamoDB",
  async () => {
    const client = new DynamoDBClient({ region, endpoint: moto.url, credentials });
    const names = { open: 'open', history: 'history' };
    await createTables(client, names);
    const api = lightApi(sender('dynamodb'));
    return {
      open: openTable(api, { table: names.open }),
      history: historyTable(api, { table: names.history }),
      async plant(pool, item, fields) {
        await api.putItem({ TableName: names.open, Item: toAttributes({ ...fields, pool, item }) });
      },
      close: () => client.destroy(),
    };
  },
  isAtomic,
);

const created = z.object({ QueueUrl: z.string() });
const received = z.object({
  Messages: z._default(z.array(z.object({ Body: z.string(), ReceiptHandle: z.string() })), []),
});

/** A FIFO queue as the stack makes it, with dead letters, and a bell that rings it. */
async function queue(name: string) {
  const send = sender('sqs');
  const create = async (QueueName: string, Attributes: Record<string, string>): Promise<string> =>
    created.parse(await send('AmazonSQS.CreateQueue', { QueueName, Attributes })).QueueUrl;
  const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'false' };
  const dead = await create(`dead-${name}.fifo`, fifo);
  const deadLetterTargetArn = `arn:aws:sqs:${region}:${credentials.accessKeyId}:dead-${name}.fifo`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: '3' });
  const QueueUrl = await create(`${name}.fifo`, { ...fifo, VisibilityTimeout: '60', RedrivePolicy });
  const receive = async (from = QueueUrl) => {
    const wanted = { QueueUrl: from, MaxNumberOfMessages: 10 };
    const { Messages } = received.parse(await send('AmazonSQS.ReceiveMessage', wanted));
    return Messages.map(({ Body, ReceiptHandle }) => ({ ...ring.parse(JSON.parse(Body)), ReceiptHandle }));
  };
  return {
    bell: sqsBell(send, { queueUrl: QueueUrl, clock: { now: () => 1_700_000_000_000 } }),
    receive,
    dead: () => receive(dead),
    remove: (ReceiptHandle: string) => send('AmazonSQS.DeleteMessage', { QueueUrl, ReceiptHandle }),
    release: (ReceiptHandle: string) =>
      send('AmazonSQS.ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
  };
}

const ring = z.object({ pool: z.string() });
const pools = (messages: { pool: string }[]): string[] => messages.map(({ pool }) => pool);

describe("moto's SQS", () => {
  it('keeps every ring, since none has the id of another', async () => {
    const { bell, receive } = await queue('rings');
    await bell.ring('gpu');
    await bell.ring('gpu');
    expect(pools(await receive())).toEqual(['gpu', 'gpu']);
  });

  it('has one message of a ring whose answer was lost and that was repeated', async () => {
    const { bell, receive } = await queue('lost');
    const lost = next(1, { operation: 'SendMessage' }, { kind: 'lost' });
    const done = proxy.plan(lost.plan);
    await bell.ring('gpu');
    done();
    expect(lost.met()).toBe(1);
    expect(pools(await receive())).toEqual(['gpu']);
  });

  it('gives a pool to one dispatcher at a time, and other pools to others meanwhile', async () => {
    const { bell, receive, remove } = await queue('groups');
    await bell.ring('gpu');
    const [first] = await receive();
    await bell.ring('gpu');
    await bell.ring('mac');
    expect(pools(await receive())).toEqual(['mac']);
    await remove(first?.ReceiptHandle ?? '');
    expect(pools(await receive())).toEqual(['gpu']);
  });

  it('puts a ring away that three receivers have failed', async () => {
    const { bell, receive, release, dead } = await queue('failing');
    await bell.ring('gpu');
    for (let failed = 0; failed < 3; failed += 1) {
      const [message] = await receive();
      await release(message?.ReceiptHandle ?? '');
    }
    expect(await receive()).toEqual([]);
    expect(pools(await dead())).toEqual(['gpu']);
  });
});

describe("moto's SSM", () => {
  it('gives a secret only to who asks for it decrypted, as the functions do', async () => {
    const ssm = new SSMClient({ region, endpoint: moto.url, credentials });
    const Name = '/callsheet/test/api-token';
    await ssm.send(new PutParameterCommand({ Name, Value: 'the secret', Type: 'SecureString' }));
    ssm.destroy();
    const answer = z.object({ Parameter: z.object({ Value: z.string(), Type: z.string() }) });
    const read = async (WithDecryption: boolean) =>
      answer.parse(await sender('ssm')('AmazonSSM.GetParameter', { Name, WithDecryption })).Parameter;
    expect(await read(true)).toEqual({ Type: 'SecureString', Value: 'the secret' });
    expect((await read(false)).Value).not.toBe('the secret');
  });
});
