// The bell: each ring is a message of its own in its pool's group, also when the answer is lost.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { sqsBell } from '../../../shared/runtime/aws/bell.ts';
import { signedJson } from '../../../shared/runtime/aws/signed.ts';
import { closed, listening } from '../../store/server.ts';

const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/111122223333/bell.fifo';
const credentials = async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' });

it('rings by messages with ids of their own, which only repetitions share', async () => {
  const messages: { [field: string]: string }[] = [];
  const targets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    targets.add(request.headers['x-amz-target']);
    messages.push(JSON.parse(await text(request)));
    if (messages.length === 1) request.socket.destroy();
    else response.end('{"MessageId":"1"}');
  });
  const endpoint = `http://127.0.0.1:${await listening(server)}`;
  const send = signedJson({ service: 'sqs', region: 'eu-central-1', endpoint, credentials });
  const bell = sqsBell(send, { queueUrl, clock: { now: () => 1_700_000_000_000 } });
  await bell.ring('gpu');
  await bell.ring('gpu');
  await bell.ring('mac');
  await closed(server);
  expect([...targets]).toEqual(['AmazonSQS.SendMessage']);
  const [lost, repeated, second, other] = messages;
  expect(lost).toEqual({
    QueueUrl: queueUrl,
    MessageGroupId: 'gpu',
    MessageDeduplicationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    MessageBody: '{"pool":"gpu","sentAt":1700000000000}',
  });
  expect(repeated).toEqual(lost);
  expect(second).toMatchObject({ MessageGroupId: 'gpu', MessageBody: lost?.MessageBody });
  expect(other).toMatchObject({ MessageGroupId: 'mac' });
  expect(new Set(messages.map((message) => message.MessageDeduplicationId)).size).toBe(3);
});
