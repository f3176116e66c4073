// What the API shows of records: phases as people know them, one row for each job and builder, newest first.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type ApiParts, createApi } from '../../functions/api/api.ts';
import { serveLocal } from '../../infra/local/http.ts';
import { builderViews, jobViews, type Known } from '../../shared/operations/view.ts';
import type { Builder, Job, Verdict } from '../../shared/scheduler/records.ts';
import { emptyEvent } from '../functions/crew.ts';
import { builder, host, job, state } from './records.ts';
import { ask } from './request.ts';

const known = (parts: Partial<Known>): Known => ({ installation: 'aswf', states: [], history: [], ...parts });
const runner = 'callsheet-aswf-local-gpu-1-0-1-1';
const verdict = (of: Verdict['state']): Verdict => ({
  state: of,
  code: 'concurrency',
  why: 'because',
  since: 1500,
});

const oneJob = (parts: Partial<Job>) => jobViews(known({ states: [state([job(parts)])] }))[0];

const oneBuilder = (parts: Partial<Builder>, jobs: Job[] = [], now = 2000) =>
  builderViews(known({ states: [state(jobs, [builder(parts)])] }), now)[0];

describe('a job', () => {
  it('shows what is known of it, with times in UTC', () => {
    const shown = oneJob({ phase: 'done', runner, startedAt: 2000, endedAt: 3000, outcome: 'success' });
    expect(shown).toEqual({
      id: '12',
      repository: 'AcademySoftwareFoundation/OpenColorIO',
      project: 'opencolorio',
      name: 'gpu',
      labels: ['gpu'],
      pool: 'gpu',
      phase: 'done',
      outcome: 'success',
      why: null,
      builder: 'local-gpu-1-0',
      queuedAt: '1970-01-01T00:00:01.000Z',
      startedAt: '1970-01-01T00:00:02.000Z',
      endedAt: '1970-01-01T00:00:03.000Z',
    });
  });

  it('waits, is held or is refused, with the reason', () => {
    expect(oneJob({ verdict: verdict('waiting') })).toMatchObject({ phase: 'waiting', why: 'because' });
    expect(oneJob({ verdict: verdict('held') })).toMatchObject({
      phase: 'held',
      why: 'because',
      outcome: null,
    });
    expect(oneJob({ verdict: verdict('refused') })).toMatchObject({
      phase: 'done',
      outcome: 'refused',
      why: 'because',
      endedAt: '1970-01-01T00:00:01.500Z',
    });
  });

  it('that runs after all has no reason to wait', () => {
    expect(oneJob({ phase: 'running', verdict: verdict('held') })).toMatchObject({
      phase: 'running',
      why: null,
    });
    const refused = { phase: 'done', outcome: 'refused', verdict: verdict('refused') } as const;
    expect(oneJob(refused)).toMatchObject({ outcome: 'refused', why: 'because' });
  });

  it('names no builder when the runner is somebody else’s, or another installation’s', () => {
    expect(oneJob({ phase: 'running', runner: 'GitHub Actions 3' })?.builder).toBeNull();
    expect(oneJob({ phase: 'running', runner: 'callsheet-other-x-1-1' })?.builder).toBeNull();
  });
});

describe('a builder', () => {
  it('is busy once a job names its runner, its agent says so, or a foreign job took it', () => {
    const foreign = { job: '99', repository: 'x/y' };
    expect(oneBuilder({}, [job()])).toMatchObject({ phase: 'ready', job: '12' });
    expect(oneBuilder({}, [job({ id: '13', phase: 'running', runner })])).toMatchObject({
      phase: 'busy',
      job: '13',
    });
    expect(oneBuilder({ startedAt: 2500 })).toMatchObject({ phase: 'busy', job: '12' });
    expect(oneBuilder({ foreign })).toMatchObject({ phase: 'busy', job: '99' });
  });

  it('on its way out is not busy, and names only the job that it took', () => {
    const took = [job({ id: '13', phase: 'done', runner })];
    for (const phase of ['retiring', 'stopping', 'gone'] as const) {
      expect(oneBuilder({ phase, startedAt: 2500 }, took)).toMatchObject({ phase, job: '13' });
      expect(oneBuilder({ phase }, [job()])).toMatchObject({ phase, job: null });
    }
  });

  it('costs by the time that it lives', () => {
    expect(oneBuilder({}, [], 2000 + 1_800_000)?.usd).toBe(1.8);
    expect(oneBuilder({ phase: 'gone', endedAt: 12_000 }, [], 9_000_000)?.usd).toBe(0.01);
    expect(oneBuilder({}, [], 0)?.usd).toBe(0);
  });
});

describe('a machine in a later turn', () => {
  const took = (turn: number): string => `callsheet-aswf-local-gpu-1-0-${turn}-1`;
  const first = job({ id: '1', phase: 'done', runner: took(1), startedAt: 3000, endedAt: 4000 });
  const second = job({ id: '2', phase: 'running', runner: took(2), startedAt: 5000 });

  it('is not busy with what it took before', () => {
    const booting = { phase: 'booting', job: undefined, turn: 2 } as const;
    expect(oneBuilder(booting, [first])).toMatchObject({ phase: 'booting', job: null });
    const ready = { job: '2', turn: 2, runner: took(2) };
    expect(oneBuilder(ready, [first])).toMatchObject({ phase: 'ready', job: '2' });
    expect(oneBuilder(ready, [first, second])).toMatchObject({ phase: 'busy', job: '2' });
    expect(oneBuilder(ready, [second, first])).toMatchObject({ phase: 'busy', job: '2' });
  });

  it('names its last job while it is reset, and when it has ended', () => {
    const resetting = { phase: 'resetting', runner: took(1) } as const;
    expect(oneBuilder(resetting, [first])).toMatchObject({ phase: 'resetting', job: '1' });
    const gone = { phase: 'gone', turn: 3 } as const;
    const ended = job({ ...second, phase: 'done', endedAt: 6000 });
    expect(oneBuilder(gone, [first])).toMatchObject({ phase: 'gone', job: '1' });
    expect(oneBuilder(gone, [first, ended])).toMatchObject({ phase: 'gone', job: '2' });
    expect(oneBuilder(gone, [ended, first])).toMatchObject({ phase: 'gone', job: '2' });
  });
});

describe('rows', () => {
  it('are one for each id: open before tombstone before history', () => {
    const tombstone = state(
      [job({ phase: 'done', outcome: 'cancelled' })],
      [builder({ phase: 'gone' })],
      'old',
    );
    const open = state([job()], [builder()], 'new');
    const history = [job({ phase: 'done', outcome: 'lost' }), builder({ phase: 'gone', why: 'lost' })];
    const rows = (parts: Partial<Known>) => [...jobViews(known(parts)), ...builderViews(known(parts), 0)];
    expect(rows({ states: [tombstone, open], history }).map((row) => row.phase)).toEqual([
      'waiting',
      'ready',
    ]);
    expect(rows({ states: [open, tombstone], history }).map((row) => row.phase)).toEqual([
      'waiting',
      'ready',
    ]);
    expect(jobViews(known({ states: [tombstone], history })).map((row) => row.outcome)).toEqual([
      'cancelled',
    ]);
    expect(rows({ history }).map((row) => row.phase)).toEqual(['done', 'gone']);
  });

  it('are newest first, from all pools and history', () => {
    const history = [
      job({ id: '9', queuedAt: 5000, phase: 'done' }),
      job({ id: '10', queuedAt: 5000, phase: 'done' }),
    ];
    const states = [state([job({ id: '1', queuedAt: 1 })]), state([job({ id: '2', queuedAt: 9000 })])];
    expect(jobViews(known({ states, history })).map((row) => row.id)).toEqual(['2', '10', '9', '1']);
  });
});

describe('GET /api', () => {
  const jobs = Array.from({ length: 300 }, (_, i) => job({ id: String(i), queuedAt: i }));
  const ended = [
    job({ id: '7000', queuedAt: 7000, phase: 'done' }),
    host({ id: 'mac-0', hostId: 'h-0', allocatedAt: 500, phase: 'gone', endedAt: 900 }),
  ];
  const parts: ApiParts = {
    installation: 'aswf',
    pools: ['gpu', 'mac'],
    clock: { now: () => 2000 },
    log: () => undefined,
    hostRules: { mac: { paidDay: 'shared', afterwards: 'keep' } },
    open: {
      read: async (pool) =>
        pool === 'gpu' ? state(jobs, [builder()]) : { ...state([], [], pool), hosts: [host()] },
    },
    history: { recent: async (kind) => ended.filter((item) => item.kind === kind) },
  };
  const rows = z.array(z.object({ id: z.string(), phase: z.string() }));

  async function get(path: string) {
    const api = createApi(parts);
    const routes = Object.fromEntries(
      ['/api/jobs', '/api/builders', '/api/hosts'].map((each) => [
        `GET ${each}`,
        (event: APIGatewayProxyEventV2) => api(event),
      ]),
    );
    const server = await serveLocal({ port: 0, routes });
    const answer = await ask(server.port, { path });
    await server.close();
    return answer;
  }

  it('answers arrays that nobody may keep', async () => {
    const answer = await get('/api/jobs');
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' });
    const ids = rows.parse(JSON.parse(answer.text)).map((row) => row.id);
    expect(ids).toHaveLength(200);
    expect(ids.slice(0, 2)).toEqual(['7000', '299']);
    const builders = rows.parse(JSON.parse((await get('/api/builders')).text));
    expect(builders).toEqual([expect.objectContaining({ id: 'local-gpu-1-0', phase: 'ready' })]);
  });

  it('shows hosts that are held and that have ended, by the rules of their pools', async () => {
    const views = z.array(z.object({ id: z.string(), phase: z.string(), why: z.string() }));
    expect(views.parse(JSON.parse((await get('/api/hosts')).text))).toEqual([
      { id: 'h-0abc', phase: 'idle', why: "kept when its paid day is over (afterwards: 'keep')" },
      { id: 'h-0', phase: 'released', why: 'released' },
    ]);
    expect(rows.parse(JSON.parse((await get('/api/hosts?limit=1')).text))).toHaveLength(1);
  });

  it('shows what costs money in pools that have left the configuration', async () => {
    const ledger = {
      kind: 'ledger',
      pool: '+',
      id: '2026-11-21',
      version: 1,
      open: Object.fromEntries(
        ['gpu-7', 'old-mac-1', 'old-mac-2'].map((id) => [id, { at: 1000, microUsd: {} }]),
      ),
      settled: {},
    } as const;
    const asked: string[] = [];
    const read = async (pool: string) => {
      asked.push(pool);
      if (pool === '+') return { ...state([], [], pool), ledgers: [ledger] };
      if (pool === 'old-mac') return { ...state([], [], pool), hosts: [host({ pool, hostId: 'h-old' })] };
      return state([], [], pool);
    };
    const api = createApi({ ...parts, open: { read }, history: { recent: async () => [] } });
    const { body = '' } = await api({ ...emptyEvent, rawPath: '/api/hosts' });
    expect(JSON.parse(body)).toMatchObject([
      {
        id: 'h-old',
        pool: 'old-mac',
        phase: 'idle',
        why: 'its pool keeps no Macs any more; paid until 1970-01-02 00:01 UTC, released then',
      },
    ]);
    expect(asked.sort()).toEqual(['+', 'gpu', 'mac', 'old-mac']);
  });

  it('takes a limit from 1 to 1000, and refuses everything else', async () => {
    const count = async (limit: string) =>
      rows.parse(JSON.parse((await get(`/api/jobs?limit=${limit}`)).text)).length;
    expect(await count('1')).toBe(1);
    expect(await count('1000')).toBe(301);
    for (const limit of ['0', '1001', '-1', '1.5', '1e2', 'all', '', '1&limit=2', '00005']) {
      const answer = await get(`/api/builders?limit=${limit}`);
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.text).toContain('from 1 to 1000');
    }
  });
});
