// A builder-api that says what a test tells it to say, and checks every body against the claim protocol.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod/mini';
import { claimRequest, finishedRequest, jobRequest, progressRequest } from '../../shared/contract/claim.ts';

const requests = {
  claim: claimRequest,
  job: jobRequest,
  progress: progressRequest,
  finished: finishedRequest,
} as const;
type Name = keyof typeof requests;
type Body<N extends Name> = z.infer<(typeof requests)[N]>;

/** JSON for an object; a text as it is; a number as a status; `lost`: the connection breaks; `never`: no answer. */
export type Answer = object | string | number | 'lost' | 'never';

/** What is answered to each call; `count` is how often the call was made before. */
export type Answers = { [N in Name]: (body: Body<N>, count: number) => Answer };

export interface Server {
  url: string;
  /** What came so far, by call. */
  calls: { [N in Name]: Body<N>[] };
  /** Bodies that are not as the claim protocol says. */
  faults: string[];
  /** How often the runner program was downloaded. */
  downloads: number;
  close(): Promise<void>;
}

export async function serve(answers: Answers, archive: Buffer): Promise<Server> {
  const server: Omit<Server, 'url' | 'close'> = {
    calls: { claim: [], job: [], progress: [], finished: [] },
    faults: [],
    downloads: 0,
  };

  function answer<N extends Name>(name: N, schema: z.ZodMiniType<Body<N>>, text: string): Answer {
    const { data, error } = schema.safeParse(json(text));
    if (error) server.faults.push(`${name}: ${text}: ${z.prettifyError(error)}`);
    if (data === undefined) return 400;
    server.calls[name].push(data);
    return answers[name](data, server.calls[name].length - 1);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/runner.tar.gz') {
      server.downloads += 1;
      return void response.end(archive);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    switch (request.url) {
      case '/builders/claim':
        return send(response, answer('claim', claimRequest, text));
      case '/builders/job':
        return send(response, answer('job', jobRequest, text));
      case '/builders/progress':
        return send(response, answer('progress', progressRequest, text));
      case '/builders/finished':
        return send(response, answer('finished', finishedRequest, text));
    }
    send(response, 404);
  }

  const http = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      server.faults.push(String(error));
      response.destroy();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = z.parse(
    z.object({ port: z.number() }),
    http.address() satisfies AddressInfo | string | null,
  );
  return Object.assign(server, {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  });
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'never') return;
  if (answer === 'lost') response.destroy();
  else if (typeof answer === 'number') response.writeHead(answer).end();
  else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
