// The deployed API as far as the doctor asks it: receipts, for those who show the token.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import type { Desk } from './desk.ts';

export interface ReceiptsApi {
  /** The output `ApiUrl`. */
  url: string;
  rows: unknown;
}

/** `2026-11-21`, so many days ago. */
export const dayAgo = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

export const row = (day: string, more: object = {}) => ({
  day,
  from: `${day}T00:00:10.000Z`,
  isClean: true,
  words: 'nothing leaked',
  doubts: [],
  sweeps: 1440,
  ...more,
});

/** Yesterday was clean, until a test changes it. */
export async function receiptsApi({ aws }: Desk): Promise<ReceiptsApi> {
  const api: ReceiptsApi = { url: '', rows: [row(dayAgo(0)), row(dayAgo(1))] };
  const server = createServer(({ url, headers }, response) => {
    const token = aws.parameters.get('/callsheet/test/api-token')?.value;
    const isKnown = headers.authorization === `Bearer ${token}` && url?.startsWith('/api/receipts?');
    response.statusCode = isKnown ? 200 : 401;
    response.end(JSON.stringify(api.rows));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  api.url = `http://127.0.0.1:${port}/api`;
  return api;
}
