// `npm run page`, as an admin starts it: where it finds API and token, its words, and its end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { config } from '../../shared/runtime/config.ts';
import { freePort } from '../local/e2e/running.ts';
import { awsStandIn } from '../stand-ins/ssm.ts';
import { desk } from './desk.ts';

const program = join(import.meta.dirname, '../../infra/commands/page.ts');
const token = 'cafe'.repeat(16);
const processMs = 60_000;
const addressSchema = z.object({ port: z.number() });

/** A server on a port of its own, until the test ends. */
async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return addressSchema.parse(server.address()).port;
}

/** Answers those who show the token; all others are refused. */
const api: RequestListener = ({ headers }, response) =>
  void (headers.authorization === `Bearer ${token}`
    ? response.end('[]')
    : response.writeHead(401).end('{"message":"Unauthorized"}'));

function tokenFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'callsheet-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token');
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

/** The command as a process, once it has said where the page is. `end` interrupts it. */
async function open(environment: Record<string, string>, ...args: string[]) {
  const port = await freePort();
  const aws = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere', ...environment };
  const child = spawn(process.execPath, [program, '--port', String(port), ...args], {
    env: { AWS_EC2_METADATA_DISABLED: 'true', ...aws },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const err = text(child.stderr);
  const lines: string[] = [];
  const out = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  onTestFinished(() => void child.kill('SIGKILL'));
  await Promise.race([once(out, 'line'), exit]);
  const end = async () => {
    child.kill('SIGINT');
    const [code] = await exit;
    return { code: Number(code), out: lines.join('\n'), err: await err };
  };
  return { url: `http://127.0.0.1:${port}`, end };
}

describe('as a process', () => {
  it('finds API and token in AWS, shows the page, and ends with Ctrl-C', { timeout: processMs }, async () => {
    const aws = await awsStandIn();
    onTestFinished(() => aws.close());
    const host = `127.0.0.1:${await serve(api)}`;
    aws.outputs = { ApiUrl: `http://${host}/api` };
    const name = `/callsheet/${config.installation}/api-token`;
    aws.parameters.set(name, { value: token, type: 'SecureString', changedAt: 0, tags: {} });
    const { url, end } = await open({
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'credential',
    });
    const answer = await fetch(`${url}/api/hosts?limit=100`);
    expect([answer.status, await answer.text()]).toEqual([200, '[]']);
    expect(await (await fetch(url)).text()).toContain('<title>Callsheet</title>');
    const words = `Callsheet at ${host} is shown on ${url} (Ctrl-C ends it)`;
    expect(await end()).toEqual({ code: 0, out: words, err: '' });
  });

  it('needs no AWS with an address and a token', { timeout: processMs }, async () => {
    const address = `http://localhost:${await serve(api)}/api/`;
    const other = tokenFile(`${'dead'.repeat(16)}\n`);
    const { url, end } = await open({}, '--url', address, '--token-file', other);
    expect((await fetch(`${url}/api/jobs`)).status).toBe(502);
    const { code, err } = await end();
    expect([code, err]).toEqual([0, expect.stringContaining('callsheet: the API refuses the token (401)')]);
    expect(err).not.toContain('dead');
  });

  it('ends with Ctrl-C while it waits for the API', { timeout: processMs }, async () => {
    let hear = () => {};
    const heard = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const address = `http://127.0.0.1:${await serve(() => hear())}/api`;
    const { url, end } = await open({}, '--url', address, '--token-file', tokenFile(token));
    const lost = fetch(`${url}/api/jobs`).catch(() => 'lost');
    await heard;
    expect(await end()).toMatchObject({ code: 0, err: '' });
    expect(await lost).toBe('lost');
  });
});

describe('says in words', () => {
  const url = ['--url', 'http://127.0.0.1:1/api'];

  it.each([
    [['--port', '0'], "--port takes a whole number from 1 to 65535, not '0'"],
    [['--port', '65536'], "not '65536'"],
    [['--port', '3e3'], "not '3e3'"],
    [['--url', 'http://callsheet.example/api'], '--url takes an address as https://…/api'],
    [['--url', 'https://callsheet.example/api/jobs'], '--url takes an address as https://…/api'],
    [['--url', 'callsheet'], '--url takes an address as https://…/api'],
  ])('what is wrong with %j', async (args, why) => {
    const { code, err } = await (await desk()).run('page', ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(why)]);
  });

  it('that there is no stack', async () => {
    expect(await (await desk()).run('page')).toEqual({
      code: 1,
      out: '',
      err: 'callsheet: stack callsheet-test is not in this account and region: deploy it, or give --url\n',
    });
  });

  it('that there is no token, or a malformed one', async () => {
    const { aws, run } = await desk();
    const name = '/callsheet/test/api-token';
    expect((await run('page', ...url)).err).toBe(
      `callsheet: ${name} is missing: npm run secrets -- --create\n`,
    );
    aws.parameters.set(name, { value: token, type: 'String', changedAt: 0, tags: {} });
    expect((await run('page', ...url)).err).toContain(`${name} is not encrypted: delete it`);
  });

  it('that a file holds no token, and nothing of what it holds', async () => {
    const { run } = await desk();
    const file = tokenFile('{"token": "secret-of-another-kind-and-much-longer"}');
    const { err } = await run('page', ...url, '--token-file', file);
    expect(err).toBe(
      `callsheet: ${file} holds no token: it is the line that npm run secrets -- --show token prints\n`,
    );
    const none = await run('page', ...url, '--token-file', `${file}-2`);
    expect(none.err).toMatch(/^callsheet: cannot read the token: ENOENT/);
  });

  it('that its port is taken', async () => {
    const port = await serve(() => undefined);
    const { run } = await desk();
    const args = ['--port', String(port), ...url, '--token-file', tokenFile(token)];
    expect(await run('page', ...args)).toEqual({
      code: 1,
      out: '',
      err: `callsheet: cannot listen on 127.0.0.1:${port}: end the other program there, or give --port\n`,
    });
  });
});
