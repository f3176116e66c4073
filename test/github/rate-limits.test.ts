// Rate limits: GitHub's word is kept, and the last calls are for those that end machines.
import { describe, expect, it } from 'vitest';
import { Doubt } from '../../shared/scheduler/ports.ts';
import { aCheck as check } from './samples.ts';
import type { Scripted } from './scripted-github.ts';
import { noon, type Studio, studio } from './studio.ts';

const jobCall = 'GET /repos/aswf/ocio/actions/jobs/7';
const jitCall = 'POST /repos/aswf/ocio/actions/runners/generate-jitconfig';
const notFound: Scripted = { status: 404, body: { message: 'Not Found' } };
const inMinutes = (minutes: number) => String(noon / 1000 + minutes * 60);
const ask = ({ jobs }: Studio) => jobs.job('aswf/ocio', '7');
const register = ({ runners }: Studio) => runners.register('repository/aswf/ocio', 'n', ['gpu']);

const doubtOf = async (call: Promise<unknown>): Promise<Doubt> => {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof Doubt) return outcome;
  throw new Error(`no doubt: ${String(outcome)}`);
};

describe('rate limits', () => {
  it.each<[string, Scripted, number]>([
    ['a time to wait', { status: 403, headers: { 'retry-after': '90' } }, 90_000],
    ['a time to wait', { status: 429, headers: { 'retry-after': '5' } }, 5000],
    [
      'an hour that is used up',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inMinutes(20) } },
      1_200_000,
    ],
    [
      'a secondary limit without a time',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
      60_000,
    ],
    ['too many requests without a time', { status: 429 }, 60_000],
    ['nothing left without a time', { status: 403, headers: { 'x-ratelimit-remaining': '0' } }, 60_000],
    ['a time beyond reason', { status: 429, headers: { 'retry-after': '999999' } }, 3_600_000],
  ])('%s: %o', async (_, refusal, waitMs) => {
    const world = await studio();
    world.server.on(jobCall, refusal);
    expect((await doubtOf(ask(world))).retryAt).toBe(noon + waitMs);

    world.server.on(jobCall, notFound);
    world.clock.now += waitMs - 1;
    const sent = world.server.requests.length;
    expect((await doubtOf(ask(world))).retryAt).toBe(noon + waitMs);
    expect((await doubtOf(world.jobs.run('aswf/osl', '1'))).retryAt).toBe(noon + waitMs);
    expect(world.server.requests).toHaveLength(sent);

    world.clock.now += 1;
    expect(await ask(world)).toBeUndefined();
  });

  it('of the App itself hold back its deliveries and tokens', async () => {
    const world = await studio();
    world.server.on('GET /app/hook/deliveries', { status: 429, headers: { 'retry-after': '90' } });
    await doubtOf(world.deliveries.page());
    expect((await doubtOf(world.deliveries.redeliver('1'))).retryAt).toBe(noon + 90_000);
    expect((await doubtOf(ask(world))).retryAt).toBe(noon + 90_000);
    expect(world.server.requests).toHaveLength(1);
  });

  it('concern one installation', async () => {
    const world = await studio();
    world.server.on(jobCall, { status: 429, headers: { 'retry-after': '90' } });
    world.server.on('POST /app/installations/12/access_tokens', {
      status: 201,
      body: { token: 'ghs_other', expires_at: '2026-11-21T13:00:00Z' },
    });
    await doubtOf(ask(world));
    expect(await world.jobs.job('other/code', '7')).toBeUndefined();
  });

  it('are not seen in a plain refusal', async () => {
    const world = await studio();
    world.server.on(jitCall, { status: 403, body: { message: 'Resource not accessible by integration' } });
    expect(await register(world)).toMatchObject({ kind: 'refused' });
    expect(await ask(world)).toBeUndefined();
  });

  it('let a registration wait when little is left, but nothing else', async () => {
    const world = await studio();
    const left = (remaining: number): Scripted => ({
      ...notFound,
      headers: { 'x-ratelimit-remaining': String(remaining), 'x-ratelimit-reset': inMinutes(10) },
    });
    world.server.on(jobCall, left(51));
    await ask(world);
    expect(await register(world)).toMatchObject({ kind: 'refused' });
    world.server.on(jobCall, left(50));
    await ask(world);
    expect((await doubtOf(register(world))).retryAt).toBe(noon + 600_000);
    expect(world.server.to(jitCall)).toHaveLength(1);
    expect(await ask(world)).toBeUndefined();
    expect(await world.runners.remove('repository/aswf/ocio', { name: 'n', id: '5' })).toBe('absent');
    world.clock.now += 600_000;
    expect(await register(world)).toMatchObject({ kind: 'refused' });
  });

  it('let check runs wait when a quarter is left', async () => {
    const world = await studio();
    const left = (remaining: number): Scripted => ({
      ...notFound,
      headers: { 'x-ratelimit-remaining': String(remaining), 'x-ratelimit-reset': inMinutes(10) },
    });
    world.server.on(jobCall, left(1251));
    await ask(world);
    expect((await doubtOf(world.checks.create(check, false))).retryAt).toBeUndefined();
    world.server.on(jobCall, left(1250));
    await ask(world);
    expect((await doubtOf(world.checks.create(check, false))).retryAt).toBe(noon + 600_000);
    expect(await ask(world)).toBeUndefined();
  });

  it('of registrations do not keep us from other calls', async () => {
    const world = await studio();
    world.server.on(jitCall, {
      status: 403,
      headers: {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': inMinutes(10),
        'x-ratelimit-resource': 'actions_runner_registration',
      },
    });
    expect((await doubtOf(register(world))).retryAt).toBe(noon + 600_000);
    await doubtOf(register(world));
    expect(world.server.to(jitCall)).toHaveLength(1);
    expect(await ask(world)).toBeUndefined();
  });
});

describe('what is left for an owner', () => {
  const answer = (headers: Record<string, string>): Scripted => ({ ...notFound, headers });
  const left = { 'x-ratelimit-remaining': '4200', 'x-ratelimit-reset': inMinutes(10) };

  it('is what GitHub has said last, until it is filled up again', async () => {
    const world = await studio();
    expect(world.allowance('aswf')).toBeUndefined();
    world.server.on(jobCall, answer({ ...left, 'x-ratelimit-limit': '12500' }));
    await ask(world);
    const allowance = { remaining: 4200, limit: 12_500, resetAt: noon + 600_000 };
    expect(world.allowance('ASWF')).toEqual(allowance);
    expect(world.allowance('aswf')).toEqual(allowance);
    expect(world.allowance('other')).toBeUndefined();
    expect(world.allowance('nobody')).toBeUndefined();
    world.clock.now += 600_000;
    expect(world.allowance('aswf')).toBeUndefined();
  });

  it('is not that of registrations, which are counted for themselves', async () => {
    const world = await studio();
    world.server.on(jitCall, answer({ ...left, 'x-ratelimit-resource': 'actions_runner_registration' }));
    await register(world);
    expect(world.allowance('aswf')).toBeUndefined();
  });

  it('is nothing as long as GitHub has asked us to wait', async () => {
    const world = await studio();
    world.server.on(jobCall, { status: 429, headers: { 'retry-after': '90' } });
    await doubtOf(ask(world));
    expect(world.allowance('aswf')).toEqual({ remaining: 0, limit: 5000, resetAt: noon + 90_000 });
  });
});
