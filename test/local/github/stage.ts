// A stage for tests of the embedded GitHub: itself, a receiver of its webhooks, calls as an App makes them.
import { createSign } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { embeddedGitHub } from '../../../infra/local/github/github.ts';
import type { EmbeddedGitHub, GitHubOptions } from '../../../infra/local/github/surface.ts';

export const secret = 'a secret of this test';
export const node = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
export const appId = 4711;

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  action: string;
  payload: z.infer<typeof payloadShape>;
}

const job = z.looseObject({ id: z.number(), runner_name: z.nullable(z.string()), status: z.string() });
const payloadShape = z.looseObject({ action: z.string(), workflow_job: job });

/** A server that keeps every delivery. `answer` decides the status; undefined: it never answers. */
async function receiver(answer: (n: number) => number | undefined) {
  const received: Received[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString();
    const payload = payloadShape.parse(JSON.parse(body));
    const status = answer(received.length);
    received.push({ headers: incoming.headers, body, action: payload.action, payload });
    if (status !== undefined) outgoing.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/github/webhooks`, received, close };
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JSON web token as the App signs it. */
export function jwt(pem: string, claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const body = [
    { alg: 'RS256', typ: 'JWT' },
    { iat: now - 60, exp: now + 540, iss: appId, ...claims },
  ]
    .map(base64)
    .join('.');
  return `${body}.${createSign('RSA-SHA256').update(body).sign(pem, 'base64url')}`;
}

export interface Stage {
  github: EmbeddedGitHub;
  received: Received[];
  /** A call with any token; answers status, headers and body as JSON. */
  call(
    token: string,
    route: string,
    body?: object,
  ): Promise<{ status: number; headers: Headers; body: Json }>;
  app(route: string, body?: object): ReturnType<Stage['call']>;
  /** An installation token, narrowed as asked. */
  token(narrow?: object): Promise<string>;
  /** A runner's single-use configuration in the group `render` of `film`. */
  jit(name: string, labels: string[], group?: string): Promise<{ id: number; config: string }>;
  close(): Promise<void>;
}

const anything = z.looseObject({});
export type Json = z.infer<typeof anything>;

const defaults = {
  repositories: [{ fullName: 'film/lights' }, { fullName: 'film/camera' }, { fullName: 'other/thing' }],
  installations: { film: 77 },
  groups: { film: ['render'] },
  appId,
  node,
};

/** Starts a GitHub and a receiver; `answer` as in `receiver`. */
export async function stage(
  options: Partial<GitHubOptions> = {},
  answer: (n: number) => number | undefined = () => 202,
): Promise<Stage> {
  const hooks = await receiver(answer);
  const webhook = { url: hooks.url, secret };
  const github = await embeddedGitHub({ ...defaults, webhook, ...options });
  const call: Stage['call'] = async (token, route, body) => {
    const [method = '', path = ''] = route.split(' ');
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const url = path.startsWith('http') ? path : github.url + path;
    const answered = await fetch(url, { method, headers: { authorization: `Bearer ${token}` }, ...init });
    const text = await answered.text();
    const parsed = JSON.parse(text || '{}');
    const json = anything.parse(Array.isArray(parsed) ? { items: parsed } : parsed);
    return { status: answered.status, headers: answered.headers, body: json };
  };
  const app: Stage['app'] = (route, body) => call(jwt(github.appPrivateKeyPem), route, body);
  const token = async (narrow: object = {}) => {
    const { body } = await app('POST /app/installations/77/access_tokens', narrow);
    return z.object({ token: z.string() }).parse(body).token;
  };
  const close = async () => {
    await github.close();
    await hooks.close();
  };
  return { github, received: hooks.received, call, app, token, jit: jitOf(call, token), close };
}

const groupsShape = z.object({ runner_groups: z.array(z.object({ id: z.number(), name: z.string() })) });
const jitShape = z.object({ runner: z.object({ id: z.number() }), encoded_jit_config: z.string() });

function jitOf(call: Stage['call'], token: Stage['token']): Stage['jit'] {
  return async (name, labels, group = 'render') => {
    const credential = await token();
    const groups = await call(credential, 'GET /orgs/film/actions/runner-groups');
    const found = groupsShape.parse(groups.body).runner_groups.find((one) => one.name === group);
    const wanted = { name, labels, runner_group_id: found?.id };
    const { body } = await call(credential, 'POST /orgs/film/actions/runners/generate-jitconfig', wanted);
    const made = jitShape.parse(body);
    return { id: made.runner.id, config: made.encoded_jit_config };
  };
}

/** Waits until `condition` is true (or defined); fails after `ms`. */
export async function until<T>(condition: () => T | undefined | false, ms = 10_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const settings = z.object({ d: z.string() });

/** A runner that does only what it is told, by the same calls as the runner program. */
export function byHand(stage: Stage, config: string) {
  const files = z.record(z.string(), z.string()).parse(JSON.parse(Buffer.from(config, 'base64').toString()));
  const key = Buffer.from(files['.credentials_rsaparams'] ?? '', 'base64').toString();
  const credential = settings.parse(JSON.parse(key)).d;
  const call = (route: string, body?: object) => stage.call(credential, route, body);
  return {
    connect: () => call('POST /broker/session', { version: '2.337.0' }),
    /** Waits for a message: status 202 when there was none in time. */
    ask: () => call('GET /broker/messages'),
    start: (id: string) => call(`POST /broker/jobs/${id}/start`, {}),
    end: (id: string) => call(`POST /broker/jobs/${id}/end`, { conclusion: 'success' }),
  };
}
