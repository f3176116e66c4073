// The local API Gateway: requests on 127.0.0.1 become HTTP API events (payload 2.0) for the real functions.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2, Context as LambdaContext } from 'aws-lambda';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { guard } from './guard.ts';

/** A function of functions/, as API Gateway calls it. */
export type Handler = (
  event: APIGatewayProxyEventV2,
  context: LambdaContext,
) => Promise<APIGatewayProxyResultV2>;

export interface HttpSettings {
  /** 0 takes any free port. */
  port: number;
  /** By method and exact path: `'POST /github/webhooks'`. */
  routes: Record<string, Handler>;
  /** Further apps by the path that they hang under: `'/local'`, `'/'`. */
  mounts?: Record<string, Hono>;
  /** What a handler threw; the caller gets 500 and no detail. */
  onError?(error: unknown): void;
}

export interface LocalServer {
  port: number;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** Takes no new request, and ends connections once they are idle. */
  close(): Promise<void>;
}

type Env = { Bindings: HttpBindings };

/** Payload size: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maxBodyBytes = 10 * 1024 * 1024;

/** How long requests that still run at the end may take, and the Lambda function's own limit: both in ms. */
const closeGraceMs = 2000;
const functionTimeoutMs = 30_000;

/** Listens on 127.0.0.1 only. Throws when the port is taken. */
export async function serveLocal(settings: HttpSettings): Promise<LocalServer> {
  let port = settings.port;
  const app = localApp(settings, () => port);
  const server = createServer(getRequestListener(app.fetch));
  port = await listen(server, settings.port);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      const impatience = setTimeout(() => server.closeAllConnections(), closeGraceMs);
      await closed;
      clearTimeout(impatience);
    },
  };
}

/** Answers the port that it got. */
async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Error(`cannot listen on 127.0.0.1:${port}: end the other program there, or set PORT`, {
      cause,
    });
  }
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
}

function localApp(settings: HttpSettings, port: () => number): Hono<Env> {
  const { routes, mounts = {}, onError = (error) => console.error(error) } = settings;
  const app = new Hono<Env>();
  app.notFound((c) => c.json({ message: 'Not Found' }, 404));
  app.onError((error, c) => {
    onError(error);
    return c.json({ message: 'Internal Server Error' }, 500);
  });
  app.use(guard(port));
  app.use(async (c, next) => {
    if (c.req.method === 'HEAD') return c.notFound();
    await next();
    c.header('x-content-type-options', 'nosniff');
    return undefined;
  });
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: (c) => c.json({ message: 'Request Entity Too Large' }, 413, { connection: 'close' }),
    }),
  );
  for (const [route, handler] of Object.entries(routes)) {
    const [method = '', path = ''] = route.split(' ');
    app.on(method, path, async (c) => {
      const event = await toEvent(c, route);
      return toResponse(await handler(event, contextOf(event.requestContext.requestId)));
    });
  }
  for (const [path, mounted] of Object.entries(mounts)) app.route(path, mounted);
  return app;
}

/** The request as an event: header names in lower case, the body as it came (base64 if it is no UTF-8). */
async function toEvent(c: Context<Env>, routeKey: string): Promise<APIGatewayProxyEventV2> {
  const url = new URL(c.req.url);
  const bytes = Buffer.from(await c.req.arrayBuffer());
  const text = isUtf8(bytes);
  const now = new Date();
  const query = Object.entries(c.req.queries()).map(([name, values]) => [name, values.join(',')]);
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: c.req.header(),
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    ...(bytes.length > 0 && { body: bytes.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: !text,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: url.hostname,
      domainPrefix: 'local',
      http: {
        method: c.req.method,
        path: url.pathname,
        protocol: `HTTP/${c.env.incoming.httpVersion}`,
        sourceIp: c.env.incoming.socket.remoteAddress ?? '',
        userAgent: c.req.header('user-agent') ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
  };
}

function contextOf(awsRequestId: string): LambdaContext {
  const deadline = Date.now() + functionTimeoutMs;
  const nothing = () => undefined;
  return {
    awsRequestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'local',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:local',
    memoryLimitInMB: '256',
    logGroupName: 'local',
    logStreamName: 'local',
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}

/** A result as a response. Without a status code the result itself is the JSON body, as in API Gateway. */
function toResponse(result: APIGatewayProxyResultV2): Response {
  if (typeof result === 'string' || result.statusCode === undefined) {
    const body = typeof result === 'string' ? result : JSON.stringify(result);
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(result.headers ?? {})) headers.set(name, String(value));
  for (const cookie of result.cookies ?? []) headers.append('set-cookie', cookie);
  const body = result.isBase64Encoded ? Buffer.from(result.body ?? '', 'base64') : result.body;
  return new Response(body || null, { status: result.statusCode, headers });
}
