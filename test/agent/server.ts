// A builder-api that says what a test tells it to say, and checks every body against the claim protocol.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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

/** JSON for an object; a text as it is; a number as a status; `lost`: the connection breaks. */
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
  const api = builderApi(answers, archive);
  const http = createServer((request, response) => {
    api.handle(request, response).catch((error: unknown) => {
      api.faults.push(String(error));
      response.destroy();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = z.parse(z.object({ port: z.number() }), http.address());
  return Object.assign(api, {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  });
}

function builderApi(answers: Answers, archive: Buffer) {
  const calls: Server['calls'] = { claim: [], job: [], progress: [], finished: [] };
  const faults: string[] = [];

  function answer<N extends Name>(name: N, schema: z.ZodMiniType<Body<N>>, text: string): Answer {
    const { data, error } = schema.safeParse(json(text));
    if (error) faults.push(`${name}: ${text}: ${z.prettifyError(error)}`);
    if (data === undefined) return 400;
    calls[name].push(data);
    return answers[name](data, calls[name].length - 1);
  }

  function answerTo(url: string | undefined, text: string): Answer {
    switch (url) {
      case '/builders/claim':
        return answer('claim', claimRequest, text);
      case '/builders/job':
        return answer('job', jobRequest, text);
      case '/builders/progress':
        return answer('progress', progressRequest, text);
      case '/builders/finished':
        return answer('finished', finishedRequest, text);
    }
    return 404;
  }

  const api = {
    calls,
    faults,
    downloads: 0,
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      if (request.url !== '/runner.tar.gz') {
        return send(response, answerTo(request.url, Buffer.concat(chunks).toString()));
      }
      api.downloads += 1;
      response.end(archive);
    },
  };
  return api;
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
