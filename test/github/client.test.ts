// The client: proofs and tokens, and what counts as an answer.
import { createPublicKey, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { appKey, type Scripted, tokenCall } from './scripted-github.ts';
import { noon, studio } from './studio.ts';

const jobCall = 'GET /repos/aswf/ocio/actions/jobs/7';
const jobRoute = 'GET /repos/{owner}/{repo}/actions/jobs/{job_id}';
const ask = ({ jobs }: Awaited<ReturnType<typeof studio>>) => jobs.job('aswf/ocio', '7');

const claimsShape = z.object({ iat: z.number(), exp: z.number(), iss: z.string(), jti: z.string() });
function claimsOf(authorization: string) {
  const [head = '', claims = '', signature = ''] = authorization.replace(/^bearer /, '').split('.');
  const signed = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(appKey),
    Buffer.from(signature, 'base64url'),
  );
  return { signed, ...z.parse(claimsShape, JSON.parse(Buffer.from(claims, 'base64url').toString())) };
}

/** The error of a call that must fail. */
const failureOf = async (call: Promise<unknown>): Promise<Error> => {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof Error) return outcome;
  throw new Error(`it did not fail: ${inspect(outcome)}`);
};

describe('proof of the App', () => {
  it('is signed, dated 60 s back, good for nine minutes, and never the same', async () => {
    const { server, deliveries } = await studio();
    await Promise.all([deliveries.redeliver('1'), deliveries.redeliver('1')]);
    const [one, two] = server.requests.map(({ authorization }) => claimsOf(authorization));
    expect(one).toMatchObject({ signed: true, iss: '7', iat: noon / 1000 - 60, exp: noon / 1000 + 540 });
    expect(one?.jti).not.toBe(two?.jti);
  });

  it("is repeated with GitHub's time when our clock is off", async () => {
    const { server, deliveries } = await studio();
    const early =
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    const date = new Date(Date.now() + 7_200_000).toUTCString();
    server.on('POST /app/hook/deliveries/1/attempts', () =>
      server.requests.length === 1
        ? { status: 401, headers: { date }, body: { message: early } }
        : { status: 202, body: {} },
    );
    await deliveries.redeliver('1');
    const [wrong, right] = server.requests.map(({ authorization }) => claimsOf(authorization).iat);
    expect((right ?? 0) - (wrong ?? 0)).toBeGreaterThan(7100);
  });

  it('loads the key once, and again after it failed or was not accepted', async () => {
    const loads: string[] = [];
    const found = async () => appKey;
    const script = [
      () => {
        throw new TypeError(`cannot parse ${appKey}`);
      },
      async () => 'no key at all',
      found,
      found,
    ];
    const privateKey = () => {
      loads.push('load');
      return script[loads.length - 1]?.() ?? found();
    };
    const { server, deliveries } = await studio({ privateKey });
    const failed = () => failureOf(deliveries.redeliver('1'));
    expect((await failed()).message).toBe("the GitHub App's private key could not be loaded (TypeError)");
    expect((await failed()).message).toContain('store the PEM file as GitHub made it');
    await deliveries.redeliver('1');
    await deliveries.redeliver('1');
    expect(loads).toHaveLength(3);
    server.on('POST /app/hook/deliveries/1/attempts', { status: 401, body: { message: 'Bad credentials' } });
    expect(await failed()).toBeInstanceOf(Doubt);
    await failed();
    expect(loads).toHaveLength(4);
  });
});

describe('installation tokens', () => {
  it('are narrowed to the permission at hand, and to the repository where they may write', async () => {
    const world = await studio();
    world.server.on(jobCall, { status: 410 });
    await failureOf(ask(world));
    expect(world.server.requests).toMatchObject([
      { call: tokenCall, body: { permissions: { actions: 'read' } } },
      { call: jobCall, authorization: 'token ghs_7_1' },
    ]);
    expect(world.server.requests[0]?.body).not.toHaveProperty('repositories');
    await world.jobs.cancelRun('aswf/ocio', '9');
    await world.runners.remove('group/aswf/callsheet', { name: 'n', id: '5' });
    expect(world.server.to(tokenCall).slice(1)).toMatchObject([
      { body: { repositories: ['ocio'], permissions: { actions: 'write' } } },
      { body: { permissions: { organization_self_hosted_runners: 'write' } } },
    ]);
    expect(world.server.to(tokenCall)[2]?.body).not.toHaveProperty('repositories');
  });

  it('are asked for once by twenty callers at the same time', async () => {
    const world = await studio();
    world.server.on(jobCall, { status: 410 });
    await Promise.all(Array.from({ length: 20 }, () => failureOf(ask(world))));
    expect(world.server.to(tokenCall)).toHaveLength(1);
    expect(world.server.to(jobCall)).toHaveLength(20);
  });

  it('that may read all say nothing with 404 of a repository that the App may not see', async () => {
    const world = await studio();
    world.server.on(tokenCall, ({ body }) =>
      JSON.stringify(body).includes('repositories')
        ? { status: 422, body: { message: 'not selected' } }
        : { status: 201, body: { token: 'ghs_all', expires_at: new Date(noon + 3_600_000).toISOString() } },
    );
    const error = await failureOf(ask(world));
    expect(error).toBeInstanceOf(Doubt);
    expect(error.message).toContain('the App lacks actions: read in aswf/ocio');
  });

  it('are kept until five minutes before they expire', async () => {
    const world = await studio();
    world.server.on(jobCall, { status: 410 });
    await failureOf(ask(world));
    world.clock.now += 3_299_000;
    await failureOf(ask(world));
    expect(world.server.to(tokenCall)).toHaveLength(1);
    world.clock.now += 2000;
    await failureOf(ask(world));
    expect(world.server.to(tokenCall)).toHaveLength(2);
    expect(world.server.to(jobCall).at(-1)?.authorization).toBe('token ghs_7_2');
  });

  it.each<Scripted>([
    { status: 500 },
    { fate: 'cut' },
    { status: 201, body: '<html>hello</html>' },
    { status: 201, body: { token: '', expires_at: '2026-11-21T13:00:00Z' } },
    { status: 404, body: { message: 'Not Found' } },
  ])('are not kept when their request fails: %o', async (trouble) => {
    const world = await studio();
    world.server.on(tokenCall, trouble);
    const failures = await Promise.all([failureOf(ask(world)), failureOf(ask(world))]);
    expect(failures.every((error) => error instanceof Doubt)).toBe(true);
    expect(world.server.to(tokenCall)).toHaveLength(1);
    const expires_at = new Date(noon + 3_600_000).toISOString();
    world.server.on(tokenCall, { status: 201, body: { token: 'ghs_good', expires_at } });
    expect(await ask(world)).toBeUndefined();
  });

  it('are replaced when GitHub does not accept them', async () => {
    const world = await studio();
    world.server.on(jobCall, ({ authorization }) => ({
      status: authorization === 'token ghs_7_1' ? 401 : 404,
    }));
    expect(await failureOf(ask(world))).toBeInstanceOf(Doubt);
    expect(await ask(world)).toBeUndefined();
  });

  it('that the App cannot have say which permission is missing where, and conclude nothing', async () => {
    const world = await studio();
    const message = 'The permissions requested are not granted to this installation.';
    world.server.on(tokenCall, { status: 422, body: { message } });
    const error = await failureOf(ask(world));
    expect(error).toBeInstanceOf(Doubt);
    expect(error.message).toContain('the App lacks actions: read in aswf: install it there');
    expect(error.message).toContain(message);
  });

  it('need an installation that is configured', async () => {
    const { jobs, server } = await studio();
    const error = await failureOf(jobs.job('stranger/code', '7'));
    expect(error.message).toContain("no installation of the App is configured for 'stranger'");
    expect(server.requests).toHaveLength(0);
  });
});

describe('no clear answer', () => {
  it.each<[string, Scripted, string]>([
    ['silence', { fate: 'lost' }, 'no answer from GitHub within 1000 ms'],
    ['half a body', { fate: 'stuck' }, 'no answer from GitHub within 1000 ms'],
    ['a cut connection', { fate: 'cut' }, 'no answer from GitHub'],
    ['a failure of GitHub', { status: 502, body: 'Bad Gateway' }, 'GitHub answered 502'],
    [
      'a page instead of JSON',
      { headers: { 'content-type': 'text/html' }, body: '<p>' },
      "cannot read GitHub's answer",
    ],
    ['broken JSON', { body: '{"id":' }, "cannot read GitHub's answer"],
    ['a field of another kind', { body: { id: 'seven' } }, "field 'id'"],
    ['another no', { status: 418, body: { message: 'I am a teapot' } }, 'GitHub answered 418'],
  ])('%s is a doubt that names the call', async (_, trouble, words) => {
    const world = await studio(trouble.fate ? { timeoutMs: 1000 } : {});
    world.server.on(jobCall, trouble);
    const error = await failureOf(ask(world));
    expect(error).toBeInstanceOf(Doubt);
    expect(error.message).toContain(jobRoute);
    expect(error.message).toContain(words);
  });

  it('never shows a token or a key, also where a proxy echoes what it got', async () => {
    const world = await studio();
    const echo = ({ authorization }: { authorization: string }): Scripted => ({
      status: 400,
      body: { message: `bad header: ${authorization}`, errors: [{ message: authorization }] },
    });
    world.server.on(jobCall, echo);
    world.server.on('GET /app/hook/deliveries', echo);
    const errors = [await failureOf(ask(world)), await failureOf(world.deliveries.page())];
    expect(errors.map(({ message }) => message)).toEqual([
      `GitHub answered 400 to ${jobRoute}: bad header: token ***: token ***`,
      'GitHub answered 400 to GET /app/hook/deliveries: bad header: bearer ***: bearer ***',
    ]);
    const shown = inspect(errors, { depth: 10, showHidden: true });
    expect(shown).not.toMatch(/ghs_|eyJ|PRIVATE KEY/);
  });
});
