// The tables of a dry run: its own writes are read again, and the tables below stay as they are.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Would } from '../../../shared/runtime/dry-run/reads.ts';
import { dryHistory, dryTable } from '../../../shared/runtime/dry-run/tables.ts';
import type { History, OpenTable } from '../../../shared/scheduler/ports.ts';
import { job } from '../../local/records.ts';
import { type MemoryStore, memoryStore } from '../../store/memory.ts';

let store: MemoryStore;
let noted: Would[];
let open: OpenTable;
let history: History;

beforeEach(async () => {
  store = memoryStore();
  noted = [];
  open = dryTable(store.open, (would) => noted.push(would));
  history = dryHistory(store.history, (would) => noted.push(would));
  await store.open.put(job({ version: 0 }));
});

const idsOf = async (table: OpenTable): Promise<string[]> =>
  (await table.read('gpu')).jobs.map(({ id, name }) => `${id} ${name}`);

describe('the open table', () => {
  it('shows what was written, and that it was', async () => {
    const kept = await open.get('gpu', 'job', '12');
    if (!kept) throw new Error('no job');
    expect(await open.put({ ...kept, name: 'new' })).toMatchObject({ ok: true, item: { version: 2 } });
    expect(await open.put(job({ id: '13', version: 0 }))).toMatchObject({ ok: true });
    expect(await idsOf(open)).toEqual(['12 new', '13 gpu']);
    expect(await open.get('gpu', 'job', '12')).toMatchObject({ name: 'new', version: 2 });
    expect(await idsOf(store.open)).toEqual(['12 gpu']);
    expect(noted).toEqual([
      { act: 'write', what: 'job', id: '12', of: 'pool gpu' },
      { act: 'write', what: 'job', id: '13', of: 'pool gpu' },
    ]);
  });

  it('does not write at another version', async () => {
    expect(await open.put(job({ version: 0, name: 'new' }))).toMatchObject({
      ok: false,
      current: { version: 1 },
    });
    await open.put(job({ version: 1, name: 'new' }));
    expect(await open.put(job({ version: 1, name: 'newer' }))).toMatchObject({
      ok: false,
      current: { version: 2, name: 'new' },
    });
    expect(await open.remove(job({ version: 1 }))).toBe(false);
    expect(noted).toHaveLength(1);
  });

  it('lacks what was removed, which can be written anew', async () => {
    expect(await open.remove(job({ version: 1 }))).toBe(true);
    expect(await open.get('gpu', 'job', '12')).toBeUndefined();
    expect(await idsOf(open)).toEqual([]);
    expect(await open.remove(job({ version: 1 }))).toBe(true);
    expect(await open.put(job({ version: 0, name: 'new' }))).toMatchObject({ ok: true });
    expect(await idsOf(open)).toEqual(['12 new']);
    expect(await idsOf(store.open)).toEqual(['12 gpu']);
  });

  it('names what cannot be read, and does not write over it', async () => {
    store.poison('gpu', '3#job#14');
    expect((await open.read('gpu')).unreadable).toEqual(['3#job#14']);
    await expect(open.put(job({ id: '14', version: 0 }))).rejects.toThrow('3#job#14');
    expect(noted).toEqual([]);
  });

  it('keeps its own copy of what was written', async () => {
    const item = job({ id: '15', version: 0 });
    await open.put(item);
    item.name = 'changed later';
    const [, read] = (await open.read('gpu')).jobs;
    expect(read).toMatchObject({ name: 'gpu' });
    if (read) read.name = 'changed by a reader';
    expect(await open.get('gpu', 'job', '15')).toMatchObject({ name: 'gpu' });
  });
});

describe('history', () => {
  it('knows what was put there, and keeps it to itself', async () => {
    await store.history.put(job({ id: '1', phase: 'done', endedAt: 5 }));
    await history.put(job({ id: '2', phase: 'done', endedAt: 6 }));
    expect([await history.has('job', '1'), await history.has('job', '2')]).toEqual([true, true]);
    expect((await history.recent('job', 10)).map(({ id }) => id)).toEqual(['2', '1']);
    expect(await store.history.has('job', '2')).toBe(false);
    expect(noted).toEqual([{ act: 'archive', what: 'job', id: '2', of: 'pool gpu' }]);
  });
});
