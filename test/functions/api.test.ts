// Who may read the API on AWS: holders of the token everything, others what is public, or nothing.
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createApi } from '../../functions/api/api.ts';
import { Misconfigured } from '../../shared/runtime/misconfigured.ts';
import { sharedPartition } from '../../shared/scheduler/shared-records.ts';
import { host, job, state } from '../local/records.ts';
import { freshMemory, machine } from '../operations/days.ts';
import { receipt } from '../store/samples.ts';
import { emptyEvent } from './crew.ts';

const token = 'f'.repeat(64);
const jobs = [job({ id: '1', isPublic: true }), job({ id: '2', isPublic: false, repository: 'film/secret' })];
const hosts = [host({ job: '1' }), host({ id: 'mac-2', hostId: 'h-0def', job: '2' })];

/** A day of 1970 that has begun, and two that are over. */
const today = { ...freshMemory(0), version: 1 };
today.today.sweeps = 1;
today.today.found = [{ ...machine('i-secret', '21T12:00'), since: 0, unownedSince: 0 }];
const days = [2, 1].map((n) => ({ ...receipt, id: `1969-12-3${n - 1}`, endedAt: (n - 3) * 86_400_000 }));

function stage({ isPublic = false, read = async () => token } = {}) {
  const lines: Record<string, unknown>[] = [];
  let now = 2000;
  let reads = 0;
  let tokens = 0;
  const api = createApi({
    installation: 'aswf',
    pools: ['gpu'],
    clock: { now: () => now },
    open: {
      read: async (pool) => {
        if (pool === sharedPartition) return { ...state([], [], pool), sweeps: [today] };
        reads += 1;
        return { ...state(jobs), hosts };
      },
    },
    history: { recent: async (kind, limit) => (kind === 'receipt' ? days.slice(0, limit) : []) },
    access: {
      isPublic,
      token: () => {
        tokens += 1;
        return read();
      },
    },
    log: (line) => void lines.push(line),
  });
  const get = async (authorization?: string, more = {}) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await api({ ...emptyEvent, rawPath: '/api/jobs', headers, ...more });
    const body: unknown = JSON.parse(answer.body ?? '');
    return { status: answer.statusCode, headers: answer.headers, body };
  };
  const later = (ms: number): void => {
    now += ms;
  };
  return { get, lines, later, reads: () => reads, tokens: () => tokens };
}

const wrong = [
  '',
  'Bearer',
  'Bearer ',
  `Bearer ${'e'.repeat(64)}`,
  `Bearer ${token}f`,
  `Bearer ${token.slice(1)}`,
  `Bearer ${token},Bearer ${token}`,
  `Bearer ${token} ${token}`,
  `Basic ${token}`,
  token,
  `Bearer ${'x'.repeat(100_000)}`,
];

describe('the token', () => {
  it.each([`Bearer ${token}`, `bearer ${token}`, `Bearer  ${token} `])(
    'opens everything: %s',
    async (shown) => {
      const answer = await stage().get(shown);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject([{ id: '2' }, { id: '1' }]);
    },
  );

  it.each([true, false])('that is wrong opens nothing, whether the rest is public: %s', async (isPublic) => {
    const { get, reads } = stage({ isPublic });
    for (const shown of wrong) {
      const answer = await get(shown);
      expect(answer.status, shown.slice(0, 80)).toBe(401);
      expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
      expect(answer.body).toEqual({ message: 'Unauthorized' });
    }
    expect(reads()).toBe(0);
  });

  it('that is missing is answered like a wrong one', async () => {
    const { get } = stage();
    expect(await get()).toEqual(await get('Bearer wrong'));
  });

  it('is asked for before anything else is looked at', async () => {
    const { get } = stage();
    const limit = { queryStringParameters: { limit: 'all' } };
    expect((await get(undefined, { rawPath: '/api/other' })).status).toBe(401);
    expect((await get(undefined, limit)).status).toBe(401);
    expect((await get(undefined, { rawPath: '/api/hosts' })).status).toBe(401);
    expect((await get(undefined, { rawPath: '/api/receipts' })).status).toBe(401);
    expect((await get(`Bearer ${token}`, { ...limit, rawPath: '/api/receipts' })).status).toBe(400);
    expect((await get(`Bearer ${token}`, limit)).status).toBe(400);
    expect((await get(`Bearer ${token}`, { rawPath: '/api/other' })).status).toBe(404);
  });

  it('that cannot be read is 503, and the log says why in words of ours', async () => {
    const read = () => Promise.reject(new Misconfigured('the SSM parameter /x does not exist'));
    const { get, lines } = stage({ read });
    expect((await get(`Bearer ${token}`)).status).toBe(503);
    expect(lines).toEqual([
      expect.objectContaining({ status: 503, level: 'error', why: 'the SSM parameter /x does not exist' }),
    ]);
    const leaky = stage({ read: () => Promise.reject(new Error(`bad value ${token}`)) });
    expect((await leaky.get('Bearer x')).status).toBe(503);
    expect(JSON.stringify(leaky.lines)).not.toContain(token);
  });
});

describe('what is public', () => {
  it('is shown to those who show no token, and only that', async () => {
    const { get, tokens } = stage({ isPublic: true });
    expect(await get()).toMatchObject({ status: 200, body: [{ id: '1' }] });
    expect((await get(undefined, { rawPath: '/api/builders' })).body).toEqual([]);
    expect((await get(undefined, { rawPath: '/api/hosts' })).body).toMatchObject([
      { id: expect.stringMatching(/^[0-9a-f]{12}$/), project: null },
    ]);
    expect(tokens()).toBe(0);
    expect((await get(`Bearer ${token}`)).body).toMatchObject([{ id: '2' }, { id: '1' }]);
    const all = await get(`Bearer ${token}`, { rawPath: '/api/hosts' });
    expect(all.body).toMatchObject([{ id: 'h-0def', project: 'opencolorio' }, { id: 'h-0abc' }]);
  });

  it('is shown to nobody where the configuration does not say so', async () => {
    expect((await stage().get()).status).toBe(401);
  });

  it('is read at most every ten seconds, however many ask', async () => {
    const { get, reads, later } = stage({ isPublic: true });
    await Promise.all([get(), get(), get()]);
    later(9_999);
    await get();
    expect(reads()).toBe(1);
    later(1);
    await get();
    expect(reads()).toBe(2);
  });

  it('does not depend on how much is asked for', async () => {
    const limit = { queryStringParameters: { limit: '1' } };
    expect((await stage({ isPublic: true }).get(undefined, limit)).body).toMatchObject([{ id: '1' }]);
  });
});

describe('receipts', () => {
  const receipts = { rawPath: '/api/receipts' };

  it('are today so far and the days before, newest first', async () => {
    const { status, headers, body } = await stage().get(`Bearer ${token}`, receipts);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
    expect(body).toMatchObject([
      { day: '1970-01-01', isOver: false, endedAt: null, sweeps: 1, found: [{ id: 'i-secret' }] },
      { day: '1969-12-31', isOver: true, endedAt: '1969-12-31T00:00:00.000Z', sweeps: 1440 },
      { day: '1969-12-30', isOver: true },
    ]);
  });

  it('are as many as are asked for', async () => {
    const { get } = stage();
    const first = async (limit: string) =>
      (await get(`Bearer ${token}`, { ...receipts, queryStringParameters: { limit } })).body;
    expect(await first('1')).toMatchObject([{ day: '1970-01-01' }]);
    expect(await first('2')).toMatchObject([{ day: '1970-01-01' }, { day: '1969-12-31' }]);
  });

  it('say to everybody whether something leaked, and not what', async () => {
    const { get, reads } = stage({ isPublic: true });
    const { status, body } = await get(undefined, receipts);
    expect(status).toBe(200);
    expect(body).toMatchObject([{ day: '1970-01-01' }, { day: '1969-12-31' }, { day: '1969-12-30' }]);
    const fields = z.array(z.record(z.string(), z.unknown())).parse(body).flatMap(Object.keys);
    expect([...new Set(fields)].sort()).toEqual(['counts', 'day', 'isClean', 'isOver', 'sweeps', 'words']);
    expect(JSON.stringify(body)).not.toMatch(/i-secret|us-east-1|ec2/);
    expect(reads()).toBe(0);
    const limit = { queryStringParameters: { limit: '1' } };
    expect((await get(undefined, { ...receipts, ...limit })).body).toHaveLength(1);
  });
});

describe('the log', () => {
  it('has one line for each request, without the token', async () => {
    const { get, lines } = stage({ isPublic: true });
    await get();
    await get(`Bearer ${token}`);
    await get('Bearer wrong');
    expect(lines.map(({ asker, status }) => `${asker} ${status}`)).toEqual([
      'anybody 200',
      'trusted 200',
      'refused 401',
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/ffff|wrong/);
  });
});
