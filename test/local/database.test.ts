// The embedded DynamoDB: it serves the SDK, and no web page.
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { embeddedDatabase } from '../../infra/local/database.ts';
import { createLocalTables } from '../../shared/runtime/local.ts';
import { ask } from './request.ts';

async function database() {
  const { url, close } = await embeddedDatabase();
  onTestFinished(close);
  return { url, port: Number(new URL(url).port) };
}

it('serves the SDK', async () => {
  const { url } = await database();
  await createLocalTables(url);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: url, region: 'local', credentials });
  onTestFinished(() => client.destroy());
  const { TableNames } = await client.send(new ListTablesCommand({}));
  expect(TableNames).not.toEqual([]);
});

it.each(['GET', 'POST', 'OPTIONS'])('refuses %s of a page, without a CORS header', async (method) => {
  const { url, port } = await database();
  for (const origin of ['http://evil.example', 'null', url]) {
    const { status, headers } = await ask(port, { method, path: '/', headers: { origin } });
    expect(status).toBe(403);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

it.each(['evil.example', '127.0.0.1', '127.0.0.1:1'])('refuses the Host %s', async (host) => {
  const { port } = await database();
  expect((await ask(port, { path: '/', headers: { host: `127.0.0.1:${port}` } })).status).toBe(200);
  expect((await ask(port, { path: '/', headers: { host } })).status).toBe(403);
});
