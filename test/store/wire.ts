// DynamoDB in this process, and a wire to it that can lose answers.
import { randomUUID } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { signedJson } from '../../shared/runtime/aws/signed.ts';
import type { DynamoApi } from '../../shared/store/api.ts';
import { createTables } from '../../shared/store/create.ts';
import { lightApi } from '../../shared/store/light.ts';
import { sdkApi } from '../../shared/store/sdk.ts';
import { closed, listening } from './server.ts';

const region = 'us-east-1';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** Both clients of one DynamoDB, over the same wire. */
export interface Wire {
  names: { open: string; history: string };
  sdk: DynamoApi;
  light: DynamoApi;
  /** Operations that arrived, as `PutItem`, oldest first. */
  arrived: string[];
  /** The next answer to this operation is lost, after the operation was done. */
  loseAnswerTo(operation: string): void;
  close(): Promise<void>;
}

export async function startWire(): Promise<Wire> {
  const database = dynalite({ createTableMs: 0 });
  const port = await listening(database);
  const arrived: string[] = [];
  const losing = new Set<string>();
  const proxy = lossyProxy(port, (operation) => {
    arrived.push(operation);
    return losing.delete(operation);
  });
  const endpoint = `http://127.0.0.1:${await listening(proxy)}`;
  const client = new DynamoDBClient({ region, endpoint, credentials });
  const names = { open: `open-${randomUUID()}`, history: `history-${randomUUID()}` };
  await createTables(client, names);
  return {
    names,
    sdk: sdkApi(client),
    light: lightApi(
      signedJson({ service: 'dynamodb', region, endpoint, credentials: async () => credentials }),
    ),
    arrived,
    loseAnswerTo: (operation) => void losing.add(operation),
    async close() {
      client.destroy();
      await Promise.all([closed(proxy), closed(database)]);
    },
  };
}

/** Hands each request on. When `loses` says so, the connection breaks instead of the answer. */
function lossyProxy(port: number, loses: (operation: string) => boolean): Server {
  return createServer((incoming, outgoing) => {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const lost = loses(operation);
    const { method, url, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      if (!lost) {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      answer.resume().on('end', () => incoming.socket.destroy());
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
}
