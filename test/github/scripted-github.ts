// A GitHub that plays a script over real HTTP: it records every request and answers as the test says.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';

/** A string is sent as it is. `lost`: no answer comes; `cut`: the connection ends; `stuck`: half a body. */
export interface Scripted {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  fate?: 'lost' | 'cut' | 'stuck';
}

export interface Recorded {
  /** `GET /repos/aswf/ocio/actions/jobs/7`, without the query. */
  call: string;
  query: Record<string, string>;
  authorization: string;
  body: unknown;
}

export interface ScriptedGitHub {
  url: string;
  requests: Recorded[];
  /** The requests to one call, in order. */
  to(call: string): Recorded[];
  /** Answers a call from now on. Installation tokens are given out until a test says otherwise. */
  on(call: string, answer: Scripted | ((request: Recorded) => Scripted)): void;
  close(): Promise<void>;
}

/** Of installation 11, which all tests use. */
export const tokenCall = 'POST /app/installations/11/access_tokens';

export const appKey: string = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

const hourMs = 3_600_000;

/** `now` is the clock by which tokens expire after an hour. */
export async function scriptedGitHub(now: () => number): Promise<ScriptedGitHub> {
  const requests: Recorded[] = [];
  const answers = new Map<string, (request: Recorded) => Scripted>();
  const to = (call: string) => requests.filter((request) => request.call === call);
  answers.set(tokenCall, () => ({
    status: 201,
    body: { token: `ghs_7_${to(tokenCall).length}`, expires_at: new Date(now() + hourMs).toISOString() },
  }));

  const server = createServer(async (incoming, response) => {
    const request = await record(incoming);
    requests.push(request);
    const answer = answers.get(request.call) ?? notFound;
    play(answer(request), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.parse(z.object({ port: z.number() }), server.address());

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    to,
    on: (call, answer) => {
      answers.set(call, typeof answer === 'function' ? answer : () => answer);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const notFound = (): Scripted => ({ status: 404, body: { message: 'Not Found' } });

async function record(incoming: IncomingMessage): Promise<Recorded> {
  const url = new URL(incoming.url ?? '/', 'http://github.test');
  const body = await text(incoming);
  return {
    call: `${incoming.method} ${url.pathname}`,
    query: Object.fromEntries(url.searchParams),
    authorization: incoming.headers.authorization ?? '',
    body: body ? JSON.parse(body) : undefined,
  };
}

function play({ status = 200, headers = {}, body, fate }: Scripted, response: ServerResponse): void {
  if (fate === 'lost') return;
  if (fate === 'cut') {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  if (fate === 'stuck') response.write('{"id":');
  else response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
}
