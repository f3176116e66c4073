// The contract of the store: the fake and the real tables pass the same tests.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { History, OpenTable } from '../../shared/scheduler/ports.ts';
import { sortKey } from '../../shared/store/keys.ts';
import { Unreadable } from '../../shared/store/parse.ts';
import { builder, endingKinds, host, job, launch, openKinds, pool, receipt } from './samples.ts';

/** A store, and a hand that writes into it past the adapters. */
export interface World {
  open: OpenTable;
  history: History;
  plant(pool: string, key: string, fields: Record<string, unknown>): Promise<void> | void;
  close(): Promise<void> | void;
}

let pools = 0;
/** Tests share tables, and each has a pool of its own. */
const newPool = (): string => {
  pools += 1;
  return `pool-${pools}`;
};

/** `isAtomic`: two writers at the same time meet one after the other, as in every DynamoDB. */
export function storeContract(name: string, start: () => Promise<World> | World, isAtomic = true): void {
  describe(`${name} keeps the store's contract`, () => {
    let world: World;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world.close());
    const open = () => world.open;
    openReads(open);
    openLists(open);
    openWrites(open);
    if (isAtomic) openMeets(open);
    openRemoves(open);
    openRefuses(open);
    setsAside(() => world);
    keepsReceiptsOut(open);
    historyKeeps(() => world.history);
    historyRecent(() => world.history);
  });
}

function openReads(open: () => OpenTable): void {
  it('reads an unknown pool as an empty one', async () => {
    const name = newPool();
    const known = { lastLaunch: 0, refusedScopes: {}, closedRungs: {} };
    expect(await open().read(name)).toStrictEqual({
      pool: { kind: 'pool', pool: name, id: 'pool', version: 0, ...known },
      hosts: [],
      launches: [],
      builders: [],
      jobs: [],
      runs: [],
      notices: [],
      sights: [],
      memories: [],
      ledgers: [],
      sweeps: [],
      unreadable: [],
    });
    expect(await open().get(name, 'pool', 'pool')).toBeUndefined();
  });

  it('gives back every field of every kind', async () => {
    const name = newPool();
    for (const item of openKinds) {
      const put = await open().put({ ...item, pool: name });
      expect(put).toEqual({ ok: true, item: { ...item, pool: name, version: 1 } });
      expect(await open().get(name, item.kind, item.id)).toStrictEqual({ ...item, pool: name, version: 1 });
    }
    const { unreadable, ...state } = await open().read(name);
    const stored = openKinds.map((item) => ({ ...item, pool: name, version: 1 }));
    expect(Object.values(state).flat()).toEqual(stored);
    expect(unreadable).toEqual([]);
  });
}

function openLists(open: () => OpenTable): void {
  it.each([launch, host])(
    'orders records of kind $kind by number, and finds each by its exact id only',
    async (item) => {
      const name = newPool();
      for (const number of [100, 9, 10, 1]) await open().put({ ...item, pool: name, id: `gpu-${number}` });
      const { launches, hosts } = await open().read(name);
      const ids = [...launches, ...hosts].map(({ id }) => id);
      expect(ids).toEqual(['gpu-1', 'gpu-9', 'gpu-10', 'gpu-100']);
      expect(await open().get(name, item.kind, 'gpu-010')).toBeUndefined();
    },
  );

  it('keeps a host and a launch of one number apart', async () => {
    const name = newPool();
    for (const item of [launch, host]) {
      expect(await open().put({ ...item, pool: name, id: 'gpu-7' })).toMatchObject({ ok: true });
    }
    expect(await open().read(name)).toMatchObject({ hosts: [{ id: 'gpu-7' }], launches: [{ id: 'gpu-7' }] });
  });

  it('hands out copies', async () => {
    const name = newPool();
    const labels = ['gpu'];
    await open().put({ ...job, pool: name, labels });
    labels.push('changed by the writer');
    (await open().get(name, 'job', job.id))?.labels.push('changed by a reader');
    (await open().read(name)).jobs[0]?.labels.push('changed by a reader');
    expect((await open().get(name, 'job', job.id))?.labels).toEqual(['gpu']);
  });
}

function openWrites(open: () => OpenTable): void {
  it('writes only over the version that was read', async () => {
    const name = newPool();
    const first = { ...job, pool: name };
    expect(await open().put(first)).toEqual({ ok: true, item: { ...first, version: 1 } });
    expect(await open().put(first)).toEqual({ ok: false, current: { ...first, version: 1 } });
    const second = { ...first, version: 1, name: 'renamed' };
    expect(await open().put(second)).toEqual({ ok: true, item: { ...second, version: 2 } });
    expect(await open().put({ ...first, version: 1 })).toEqual({
      ok: false,
      current: { ...second, version: 2 },
    });
    expect(await open().put({ ...job, pool: name, id: 'absent', version: 3 })).toEqual({
      ok: false,
      current: undefined,
    });
  });
}

function openMeets(open: () => OpenTable): void {
  it('lets one of two writers win, each time', async () => {
    const name = newPool();
    for (let version = 0; version < 8; version += 1) {
      const writes = ['one', 'other'].map((why) => open().put({ ...builder, pool: name, version, why }));
      const answers = await Promise.all(writes);
      const winner = answers.find((put) => put.ok);
      const loser = answers.find((put) => !put.ok);
      expect(winner).toMatchObject({ ok: true, item: { version: version + 1 } });
      expect(loser).toEqual({ ok: false, current: winner?.ok && winner.item });
    }
  });
}

function openRemoves(open: () => OpenTable): void {
  it('drops fields that are undefined', async () => {
    const name = newPool();
    const bare = {
      ...builder,
      pool: name,
      runner: undefined,
      foreign: { job: '9', repository: 'a/b', endedAt: undefined },
    };
    await open().put(bare);
    const stored = await open().get(name, 'builder', builder.id);
    expect(stored).toEqual({ ...bare, version: 1 });
    expect(Object.keys(stored ?? {})).not.toContain('runner');
    expect(Object.keys(stored?.foreign ?? {})).toEqual(['job', 'repository']);
  });

  it('removes only the version that was read, and absent is success', async () => {
    const name = newPool();
    const item = { ...job, pool: name };
    await open().put(item);
    await open().put({ ...item, version: 1 });
    expect(await open().remove({ ...item, version: 1 })).toBe(false);
    expect(await open().remove(item)).toBe(false);
    expect((await open().read(name)).jobs).toHaveLength(1);
    expect(await open().remove({ ...item, version: 2 })).toBe(true);
    expect((await open().read(name)).jobs).toEqual([]);
    expect(await open().remove({ ...item, version: 2 })).toBe(true);
    expect(await open().put(item)).toMatchObject({ ok: true });
  });
}

function openRefuses(open: () => OpenTable): void {
  it.each([
    ['a number that is none', { ...job, heardAt: Number.NaN }, 'heardAt'],
    ['an empty id', { ...job, id: '' }, 'id'],
    ['a launch whose number has a leading zero', { ...launch, id: 'gpu-012' }, 'id'],
    ['a host whose number has a leading zero', { ...host, id: 'gpu-012' }, 'id'],
    ['a field that the record does not have', Object.assign({}, job, { colour: 'red' }), 'unrecognized_keys'],
  ])('refuses to store %s', async (_, item, place) => {
    const name = newPool();
    await expect(open().put({ ...item, pool: name })).rejects.toThrow(place);
    expect((await open().read(name)).jobs).toEqual([]);
  });
}

const { labels: _labels, ...withoutLabels } = job;

function setsAside(world: () => World): void {
  it.each([
    ['of an unknown kind', { ...job, kind: 'jab' }],
    ['that lacks a field', withoutLabels],
    ['with a field too many', { ...job, colour: 'red' }],
    ['with a field of another type', { ...job, queuedAt: '1000' }],
    ['with a word that is none of the set', { ...job, phase: 'dreaming' }],
    ['with a field too many deep inside', { ...job, verdict: { ...job.verdict, colour: 'red' } }],
    ['under the key of another record', { ...job, id: '7002' }],
    ['that is empty', {}],
  ])('sets aside an item %s', async (_, fields) => {
    const { open, plant } = world();
    const name = newPool();
    const key = sortKey('job', job.id);
    await plant(name, key, { ...fields });
    await open.put({ ...job, pool: name, id: '7003' });
    const state = await open.read(name);
    expect(state.unreadable).toEqual([key]);
    expect(state.jobs.map(({ id }) => id)).toEqual(['7003']);
    const refusal = { name: 'Unreadable', key, message: expect.not.stringContaining('red') };
    await expect(open.get(name, 'job', job.id)).rejects.toBeInstanceOf(Unreadable);
    await expect(open.get(name, 'job', job.id)).rejects.toMatchObject(refusal);
    await expect(open.put({ ...job, pool: name })).rejects.toMatchObject(refusal);
    expect((await open.read(name)).unreadable).toEqual([key]);
  });
}

function keepsReceiptsOut(open: () => OpenTable): void {
  it('sets aside a receipt, which is history from the beginning', async () => {
    const name = newPool();
    await open().put({ ...receipt, pool: name });
    expect((await open().read(name)).unreadable).toEqual([sortKey('receipt', receipt.id)]);
  });
}

function historyKeeps(history: () => History): void {
  it('knows what has ended, by kind and id', async () => {
    const id = newPool();
    expect(await history().has('job', id)).toBe(false);
    await history().put({ ...job, id });
    expect(await history().has('job', id)).toBe(true);
    expect(await history().has('builder', id)).toBe(false);
    expect(await history().has('job', `${id}0`)).toBe(false);
  });

  it('takes every kind that ends, and refuses what has not ended', async () => {
    for (const item of endingKinds) {
      await history().put(item);
      expect(await history().has(item.kind, item.id)).toBe(true);
    }
    await expect(history().put(pool)).rejects.toThrow('has not ended');
    for (const item of [job, host]) {
      const open = { ...item, id: 'open-1', endedAt: undefined };
      await expect(history().put(open)).rejects.toThrow('has not ended');
    }
    expect(await history().has('job', 'open-1')).toBe(false);
  });
}

function historyRecent(history: () => History): void {
  it('shows the newest of a kind first, each once, however often it was put', async () => {
    const later = 5_000_000;
    const ended = [3, 1, 4, 2, 5].map((n) => ({ ...job, id: `ended-${n}`, endedAt: later + n }));
    for (const item of [...ended, ...ended]) await history().put(item);
    await history().put({ ...builder, endedAt: later + 9 });
    const recent = await history().recent('job', 3);
    expect(recent.map(({ id }) => id)).toEqual(['ended-5', 'ended-4', 'ended-3']);
    expect(recent[0]).toStrictEqual({ ...job, id: 'ended-5', endedAt: later + 5 });
    expect((await history().recent('builder', 1)).map(({ id }) => id)).toEqual([builder.id]);
    await history().put({ ...host, id: 'mac-1', endedAt: later });
    await history().put({ ...host, id: 'mac-2', endedAt: later + 1 });
    expect((await history().recent('host', 2)).map(({ id }) => id)).toEqual(['mac-2', 'mac-1']);
    const days = ['2026-11-20', '2026-11-22', '2026-11-21'];
    for (const id of days) await history().put({ ...receipt, id, endedAt: Date.parse(id) });
    const [newest, ...rest] = await history().recent('receipt', 3);
    expect(newest).toStrictEqual({ ...receipt, id: '2026-11-22', endedAt: Date.parse('2026-11-22') });
    expect(rest.map(({ id }) => id)).toEqual(['2026-11-21', '2026-11-20']);
    expect(await history().recent('job', 0)).toEqual([]);
  });

  it('replaces what it has', async () => {
    await history().put({ ...job, id: 'twice', endedAt: 9_000_000 });
    await history().put({ ...job, id: 'twice', endedAt: 9_000_001, outcome: 'failure' });
    const [newest, next] = await history().recent('job', 2);
    expect(newest).toMatchObject({ id: 'twice', outcome: 'failure', endedAt: 9_000_001 });
    expect(next?.id).not.toBe('twice');
  });
}
