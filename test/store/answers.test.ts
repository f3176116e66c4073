// Answers of AWS that the embedded DynamoDB does not give, and requests whose every word counts.
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedJson } from '../../shared/runtime/aws/signed.ts';
import { toAttributes } from '../../shared/store/attributes.ts';
import { historyTable, openTable } from '../../shared/store/dynamo.ts';
import { sortKey } from '../../shared/store/keys.ts';
import { lightApi } from '../../shared/store/light.ts';
import { sdkApi } from '../../shared/store/sdk.ts';
import { job } from './samples.ts';
import { closed, listening } from './server.ts';

interface Asked {
  operation: string;
  input: Record<string, unknown>;
}

const settings = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
};
const key = sortKey('job', job.id);

describe.each(['sdk', 'light'])('over the %s client', (client) => {
  let asked: Asked[] = [];
  let inTheWay: (input: Record<string, unknown>) => unknown = () => undefined;
  let server: Server;
  let api: ReturnType<typeof lightApi>;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const input = JSON.parse(await text(request));
      asked.push({ operation, input });
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      if (operation !== 'PutItem') return response.end('{"Items":[]}');
      const __type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
      return response.writeHead(400).end(JSON.stringify({ __type, Item: inTheWay(input) }));
    });
    const endpoint = `http://127.0.0.1:${await listening(server)}`;
    const credentials = async () => settings.credentials;
    api =
      client === 'sdk'
        ? sdkApi(new DynamoDBClient({ ...settings, endpoint }))
        : lightApi(signedJson({ service: 'dynamodb', region: settings.region, endpoint, credentials }));
  });
  afterAll(() => closed(server));

  it('takes the item in the way from the answer, without another read', async () => {
    asked = [];
    inTheWay = () => toAttributes({ ...job, version: 7, item: key, writer: 'another' });
    const put = await openTable(api, { table: 'open' }).put(job);
    expect(put).toEqual({ ok: false, current: { ...job, version: 7 } });
    expect(asked.map(({ operation }) => operation)).toEqual(['PutItem']);
    expect(asked[0]?.input).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  });

  it('finds its own write in the answer', async () => {
    inTheWay = ({ Item }) => Item;
    const put = await openTable(api, { table: 'open' }).put(job);
    expect(put).toEqual({ ok: true, item: { ...job, version: 1 } });
  });

  it('reads consistently', async () => {
    asked = [];
    const open = openTable(api, { table: 'open' });
    await open.read('gpu');
    await open.get('gpu', 'job', '1');
    await historyTable(api, { table: 'history' }).has('job', '1');
    expect(asked.map(({ operation }) => operation)).toEqual(['Query', 'GetItem', 'GetItem']);
    expect(asked.map(({ input }) => input.ConsistentRead)).toEqual([true, true, true]);
  });
});
