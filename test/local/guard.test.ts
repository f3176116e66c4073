// The guard: other names, other sites and plain forms get nothing from the local server.
import { connect } from 'node:net';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, serveLocal } from '../../infra/local/http.ts';
import { ask } from './request.ts';

let server: LocalServer;
let queued = 0;

beforeAll(async () => {
  const local = new Hono().post('/jobs', (c) => {
    queued += 1;
    return c.json({ id: '1' }, 201);
  });
  const routes = { 'POST /github/webhooks': async () => 'in', 'GET /api/jobs': async () => '[]' };
  server = await serveLocal({ port: 0, routes, mounts: { '/local': local } });
});

afterAll(() => server.close());

const get = (headers: Record<string, string>) => ask(server.port, { path: '/api/jobs', headers });

const queue = (headers: Record<string, string>, path = '/local/jobs') =>
  ask(server.port, { method: 'POST', path, headers, body: '{}' });

/** Bytes as they are, and all that comes back. */
async function speak(bytes: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.end(bytes);
  let heard = '';
  for await (const chunk of socket.setEncoding('utf8')) heard += chunk;
  return heard;
}

const json = { 'content-type': 'application/json' };

describe('Host', () => {
  it('is 127.0.0.1 or localhost with the port', async () => {
    expect((await get({ host: `127.0.0.1:${server.port}` })).status).toBe(200);
    expect((await get({ host: `localhost:${server.port}` })).status).toBe(200);
    expect((await get({ host: `LOCALHOST:${server.port}` })).status).toBe(200);
  });

  it.each([['evil.example'], ['127.0.0.1'], ['localhost:1'], ['localhost.evil.example'], ['0.0.0.0']])(
    '%j is refused on every path',
    async (host) => {
      for (const path of ['/api/jobs', '/nowhere']) {
        const { status, text } = await ask(server.port, { path, headers: { host } });
        expect([400, 403]).toContain(status);
        expect(text).not.toBe('[]');
      }
      expect((await queue({ ...json, host })).status).toBeGreaterThanOrEqual(400);
    },
  );

  it.each([['GET /api/jobs HTTP/1.1\r\nHost: \r\n'], ['GET /api/jobs HTTP/1.0\r\n']])(
    'empty or absent is refused: %j',
    async (head) => {
      expect(await speak(`${head}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 40[03] /);
    },
  );

  it('with the wrong name and the right port is refused with the remedy', async () => {
    const answer = await get({ host: `evil.example:${server.port}` });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(`http://127.0.0.1:${server.port}`);
  });
});

describe('Origin', () => {
  it('of this page is fine, of any other is refused, and nobody gets a CORS header', async () => {
    expect((await queue({ ...json, origin: `http://127.0.0.1:${server.port}` })).status).toBe(201);
    expect((await queue({ ...json, origin: `http://localhost:${server.port}` })).status).toBe(201);
    const before = queued;
    for (const origin of [
      'http://evil.example',
      'null',
      'http://localhost:1',
      `https://localhost:${server.port}`,
    ]) {
      expect((await queue({ ...json, origin })).status).toBe(403);
      expect((await get({ origin })).status).toBe(403);
      const answer = await ask(server.port, { method: 'OPTIONS', path: '/local/jobs', headers: { origin } });
      expect(answer.status).toBe(403);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(queued).toBe(before);
  });
});

describe('content-type', () => {
  it.each([['application/json'], ['application/json; charset=utf-8'], ['Application/JSON']])(
    '%s may be posted to /local',
    async (type) => {
      expect((await queue({ 'content-type': type })).status).toBe(201);
    },
  );

  it('of a plain form, or none, may not', async () => {
    const before = queued;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
      expect((await queue({ 'content-type': type })).status).toBe(415);
    }
    expect((await queue({})).status).toBe(415);
    expect((await queue({ 'content-type': 'text/plain' }, '/%6cocal/jobs')).status).toBe(415);
    expect(queued).toBe(before);
  });

  it('is nobody else’s business: GitHub may post what it likes to the webhook', async () => {
    expect((await queue({ 'content-type': 'text/plain' }, '/github/webhooks')).text).toBe('in');
  });
});
