// `npm run page`: what it hands on and to whom, what it refuses, and what it says of an API that fails.
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { openPage } from '../../infra/commands/page/server.ts';
import { ask } from '../local/request.ts';

const token = 'cafe'.repeat(16);
const addressSchema = z.object({ port: z.number() });

/** An API on the wire, behind an open page; what the page's side has said. */
async function stage(answer: RequestListener, patienceMs = 5000) {
  const asked: { url?: string; method?: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createServer((request, response) => {
    const { url, method, headers } = request;
    asked.push({ url, method, headers });
    answer(request, response);
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const url = new URL(`http://127.0.0.1:${addressSchema.parse(server.address()).port}/api`);
  const said: string[] = [];
  const { port, close } = await openPage({
    port: 0,
    api: { url, token, patienceMs },
    tell: (line) => said.push(line),
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await close();
    expect(said.join('\n')).not.toContain(token);
  });
  const get = async (path: string, headers = {}, method = 'GET') => {
    const host = `localhost:${port}`;
    const answered = await ask(port, { path, method, headers: { host, ...headers } });
    expect(JSON.stringify(answered), 'the token is shown').not.toContain(token);
    return answered;
  };
  return { asked, said, port, url, get, server };
}

const rows: RequestListener = (request, response) => void response.end(`[{"path":"${request.url}"}]`);
const status =
  (code: number): RequestListener =>
  (_, response) =>
    void response.writeHead(code, { location: 'http://127.0.0.1:1/api' }).end('{"message":"no"}');

describe('what it hands on', () => {
  it.each(['jobs', 'builders', 'hosts', 'receipts'])('are the %s, asked with the token', async (kind) => {
    const { asked, get, said } = await stage(rows);
    const answer = await get(`/api/${kind}?limit=7&other=1`);
    expect(answer).toMatchObject({ status: 200, text: `[{"path":"/api/${kind}?limit=7"}]` });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
    expect(asked).toMatchObject([{ method: 'GET', headers: { authorization: `Bearer ${token}` } }]);
    await get(`/api/${kind}`);
    expect(asked.map(({ url }) => url)).toEqual([`/api/${kind}?limit=7`, `/api/${kind}`]);
    expect(said).toEqual([]);
  });

  it('is nothing of what the browser sends beside', async () => {
    const { asked, get } = await stage(rows);
    await get('/api/jobs', { cookie: 'a=b', authorization: 'Bearer other', 'x-forwarded-for': '1.2.3.4' });
    const [{ headers = {} } = {}] = asked;
    expect(headers.authorization).toBe(`Bearer ${token}`);
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['cookie']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-forwarded-for']));
  });

  it('stands beside the page, which has no samples', async () => {
    const { asked, get, url } = await stage(rows);
    expect((await get('/')).text).toContain('<title>Callsheet</title>');
    expect((await get('/page.js')).status).toBe(200);
    const place = (await get('/place.js')).text;
    expect(place).toContain(`"name":"${url.host}","command":"npm run page"`);
    expect(place).toContain('"samples":false');
    expect(asked).toEqual([]);
  });
});

describe('what it refuses, without asking the API', () => {
  it.each([
    ['another name', 403, '/api/jobs', { host: 'evil.example' }, 'GET'],
    ['another port', 403, '/api/jobs', { host: 'localhost:1' }, 'GET'],
    ['the page by another name', 403, '/', { host: 'evil.example' }, 'GET'],
    ['another site', 403, '/api/jobs', { origin: 'https://evil.example' }, 'GET'],
    ['a page without a name', 403, '/api/hosts', { origin: 'null' }, 'GET'],
    ['another path', 404, '/api/secrets', {}, 'GET'],
    ['a path below', 404, '/api/jobs/1', {}, 'GET'],
    ['a way out', 404, '/api/..%2fbuilders%2fclaim', {}, 'GET'],
    ['sample jobs', 404, '/local/jobs/1/log', {}, 'GET'],
    ['POST', 404, '/api/jobs', {}, 'POST'],
    ['DELETE', 404, '/api/jobs', {}, 'DELETE'],
    ['HEAD', 404, '/api/jobs', {}, 'HEAD'],
  ])('%s', async (_, code, path, headers, method) => {
    const { asked, get } = await stage(rows);
    const answer = await get(path, headers, method);
    expect(answer.status).toBe(code);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(asked).toEqual([]);
  });
});

describe('when the API has no answer, the page and the terminal say why', () => {
  const html: RequestListener = (_, response) => void response.end('<html>Welcome to this hotel</html>');
  const words: RequestListener = (_, response) => void response.end('["a"]');
  const silence: RequestListener = () => undefined;
  const half: RequestListener = (_, response) => void response.writeHead(200).write('[');
  const broken: RequestListener = (request) => void request.socket.destroy();

  it.each<[string, RequestListener, RegExp]>([
    ['401', status(401), /^the API refuses the token \(401\): .* start npm run page again/],
    ['404', status(404), /^the API does not know \/api\/jobs \(404\): deploy/],
    ['429', status(429), /^the API is asked too often \(429\): close other pages/],
    ['503', status(503), /^the API cannot answer now \(503\)/],
    ['500', status(500), /^the API answered 500$/],
    ['a way elsewhere', status(302), /^the API answered 302$/],
    ['something else', html, /^what answers at 127\.0\.0\.1:\d+ is not Callsheet's API$/],
    ['other JSON', words, /^what answers at 127\.0\.0\.1:\d+ is not Callsheet's API$/],
    ['a broken connection', broken, /^the API at 127\.0\.0\.1:\d+ cannot be reached \([A-Z_]+\)$/],
    ['nothing in time', silence, /^the API did not answer within 0\.2 s$/],
    ['half of it in time', half, /^the API did not answer within 0\.2 s$/],
  ])('%s', async (_, answer, why) => {
    const { said, get } = await stage(answer, answer === silence || answer === half ? 200 : undefined);
    const { status: code, text } = await get('/api/jobs');
    expect(code).toBe(502);
    expect(JSON.parse(text)).toEqual({ message: expect.stringMatching(why) });
    expect(said).toEqual([expect.stringMatching(why)]);
  });

  it('once, and once more when it answers again', async () => {
    let now = status(401);
    const { said, get } = await stage((request, response) => now(request, response));
    const look = async () => {
      for (const kind of ['jobs', 'builders', 'hosts', 'receipts']) await get(`/api/${kind}`);
    };
    await look();
    await look();
    now = status(500);
    await look();
    now = rows;
    await look();
    await look();
    const refused = expect.stringContaining('(401)');
    expect(said).toEqual([refused, 'the API answered 500', 'the API answers again']);
  });
});
