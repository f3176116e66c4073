// The local server: requests become the events that API Gateway makes of them, results become responses.
import { createServer } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { type Handler, type HttpSettings, type LocalServer, serveLocal } from '../../infra/local/http.ts';
import { ask } from './request.ts';

const open: LocalServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(
  routes: Record<string, Handler>,
  more: Partial<HttpSettings> = {},
): Promise<LocalServer> {
  const server = await serveLocal({ port: 0, routes, ...more });
  open.push(server);
  return server;
}

/** A server whose one function answers 204 and keeps its events. */
async function recorder() {
  const events: APIGatewayProxyEventV2[] = [];
  const server = await serve({
    'POST /github/webhooks': async (event) => {
      events.push(event);
      return { statusCode: 204 };
    },
  });
  const post = (body: string | Buffer, headers: Record<string, string> = {}, query = '') =>
    ask(server.port, { method: 'POST', path: `/github/webhooks${query}`, headers, body });
  return { events, post };
}

describe('a request', () => {
  it('becomes an event of payload 2.0', async () => {
    const { events, post } = await recorder();
    await post(
      '{"a":"ü"}',
      { 'X-GitHub-Event': 'ping', 'content-type': 'application/json' },
      '?a=1&a=2&b=%20',
    );
    expect(events[0]).toMatchObject({
      version: '2.0',
      routeKey: 'POST /github/webhooks',
      rawPath: '/github/webhooks',
      rawQueryString: 'a=1&a=2&b=%20',
      queryStringParameters: { a: '1,2', b: ' ' },
      headers: { 'x-github-event': 'ping', 'content-type': 'application/json' },
      requestContext: { http: { method: 'POST', path: '/github/webhooks', sourceIp: '127.0.0.1' } },
      body: '{"a":"ü"}',
      isBase64Encoded: false,
    });
  });

  it('keeps every byte of its body', async () => {
    const { events, post } = await recorder();
    const texts = ['\ufeff{ "a" : 1 }\r\n\u0000', ' \n', '𝄞'];
    for (const text of texts) await post(text);
    expect(events.map((event) => event.body)).toEqual(texts);
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]);
    await post(bytes);
    expect(events.at(-1)).toMatchObject({ isBase64Encoded: true, body: bytes.toString('base64') });
  });

  it('without a body has none in its event', async () => {
    const { events, post } = await recorder();
    await post('');
    expect(events[0]).not.toHaveProperty('body');
    expect(events[0]).not.toHaveProperty('queryStringParameters');
  });

  it('may carry 10 MiB and no byte more, announced or not', async () => {
    const { events, post } = await recorder();
    const limit = 10 * 1024 * 1024;
    expect((await post(Buffer.alloc(limit, 32))).status).toBe(204);
    const outcome = await post(Buffer.alloc(limit + 1, 32)).catch(() => undefined);
    expect([413, undefined]).toContain(outcome?.status);
    expect((await post('x', { 'content-length': String(limit + 1) }).catch(() => undefined))?.status).toBe(
      413,
    );
    expect(events).toHaveLength(1);
  });
});

describe('a result', () => {
  it.each<[string, Awaited<ReturnType<Handler>>, number, string]>([
    ['structured', { statusCode: 202, headers: { 'x-a': 1 }, body: 'ok' }, 202, 'ok'],
    ['binary', { statusCode: 200, body: 'aGk=', isBase64Encoded: true }, 200, 'hi'],
    ['a mere string', '{"a":1}', 200, '{"a":1}'],
    ['empty', { statusCode: 204 }, 204, ''],
  ])('that is %s becomes the response', async (_, result, status, text) => {
    const { port } = await serve({ 'GET /x': async () => result });
    expect(await ask(port, { path: '/x' })).toMatchObject({ status, text });
  });

  it('keeps its headers and cookies; a mere string is JSON', async () => {
    const { port } = await serve({
      'GET /x': async () => ({ statusCode: 200, headers: { 'X-A': 1 }, cookies: ['a=1', 'b=2'], body: '' }),
      'GET /y': async () => '{}',
    });
    const { headers } = await ask(port, { path: '/x' });
    expect(headers).toMatchObject({ 'x-a': '1', 'set-cookie': ['a=1', 'b=2'] });
    expect((await ask(port, { path: '/y' })).headers['content-type']).toBe('application/json');
  });

  it('that was thrown is 500 without a detail, and told', async () => {
    const errors: unknown[] = [];
    const boom = async () => {
      throw new Error('secret detail');
    };
    const { port } = await serve({ 'GET /x': boom }, { onError: (error) => errors.push(error) });
    const answer = await ask(port, { path: '/x' });
    expect(answer).toMatchObject({ status: 500, text: '{"message":"Internal Server Error"}' });
    expect(errors).toEqual([new Error('secret detail')]);
  });
});

describe('a route', () => {
  it('is a method and an exact path; everything else is 404 in JSON', async () => {
    const { port } = await serve({ 'GET /x': async () => 'here' });
    expect((await ask(port, { path: '/x' })).text).toBe('here');
    for (const asked of [
      { path: '/y' },
      { path: '/x/' },
      { path: '/x/../x/..' },
      { path: '/..%2f..%2fpackage.json' },
      { path: '/x', method: 'POST' },
      { path: '/x', method: 'OPTIONS' },
    ]) {
      expect(await ask(port, asked)).toMatchObject({ status: 404, text: '{"message":"Not Found"}' });
    }
    expect(await ask(port, { path: '/x', method: 'HEAD' })).toMatchObject({ status: 404, text: '' });
  });

  it('may lead to a mounted app', async () => {
    const local = new Hono().post('/jobs', (c) => c.json({ id: '1' }, 201));
    const { port } = await serve({}, { mounts: { '/local': local } });
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(port, { method: 'POST', path: '/local/jobs', headers, body: '{}' });
    expect(answer).toMatchObject({ status: 201, text: '{"id":"1"}' });
  });
});

describe('the server', () => {
  it('listens on 127.0.0.1 only', async () => {
    const { port, url } = await serve({});
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const other = createServer();
    const free = await new Promise<boolean>((resolve) => {
      other.on('error', () => resolve(false));
      other.listen(port, '127.0.0.2', () => resolve(true));
    });
    other.close();
    expect(free).toBe(true);
  });

  it('says what to do when its port is taken', async () => {
    const { port } = await serve({});
    await expect(serveLocal({ port, routes: {} })).rejects.toThrow(/cannot listen on .* set PORT/);
  });

  it('lets a running request end before it closes', async () => {
    const gate = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const server = await serveLocal({
      port: 0,
      routes: {
        'GET /x': () => {
          begun.resolve();
          return gate.promise;
        },
      },
    });
    const answer = ask(server.port, { path: '/x' });
    await begun.promise;
    const closing = server.close();
    gate.resolve('late');
    expect((await answer).text).toBe('late');
    await closing;
    await expect(ask(server.port, { path: '/x' })).rejects.toThrow();
  });
});
