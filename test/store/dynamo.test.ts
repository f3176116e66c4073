// The real tables keep the contract over both clients, and hold what only a wire can break.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DynamoApi } from '../../shared/store/api.ts';
import { toAttributes } from '../../shared/store/attributes.ts';
import { historyTable, openTable } from '../../shared/store/dynamo.ts';
import { sortKey } from '../../shared/store/keys.ts';
import { storeContract, type World } from './contract.ts';
import { builder, host, job, launch, openKinds, sight } from './samples.ts';
import { startWire, type Wire } from './wire.ts';

const clients = ['sdk', 'light'] as const;

const tables = (api: DynamoApi, { names }: Wire) => ({
  open: openTable(api, { table: names.open }),
  history: historyTable(api, { table: names.history }),
});

async function start(client: (typeof clients)[number]): Promise<World> {
  const wire = await startWire();
  const api = wire[client];
  return {
    ...tables(api, wire),
    async plant(pool, item, fields) {
      await api.putItem({ TableName: wire.names.open, Item: toAttributes({ ...fields, pool, item }) });
    },
    close: wire.close,
  };
}

for (const client of clients) storeContract(`DynamoDB over the ${client} client`, () => start(client));

/** A wire for the tests of one block, and the tables over one client of it. */
function connected(client: (typeof clients)[number]) {
  let wire: Wire;
  beforeAll(async () => {
    wire = await startWire();
  });
  afterAll(() => wire.close());
  return { wire: () => wire, api: () => wire[client], world: () => tables(wire[client], wire) };
}

describe.each(clients)('a lost answer over the %s client', (client) => {
  const { wire, world } = connected(client);

  it('knows its own write when the answer was lost and the client repeated it', async () => {
    const { open } = world();
    wire().arrived.length = 0;
    wire().loseAnswerTo('PutItem');
    const first = await open.put({ ...job, pool: 'lost' });
    expect(first).toEqual({ ok: true, item: { ...job, pool: 'lost', version: 1 } });
    wire().loseAnswerTo('PutItem');
    const second = await open.put({ ...job, pool: 'lost', version: 1, name: 'renamed' });
    expect(second).toMatchObject({ ok: true, item: { version: 2, name: 'renamed' } });
    expect(wire().arrived.filter((operation) => operation === 'PutItem')).toHaveLength(4);
    expect((await open.read('lost')).jobs).toMatchObject([{ version: 2, name: 'renamed' }]);
  });

  it('does not take an equal write of somebody else for its own', async () => {
    const { open } = world();
    await open.put({ ...job, pool: 'equal' });
    expect(await open.put({ ...job, pool: 'equal' })).toMatchObject({ ok: false, current: { version: 1 } });
  });

  it('has removed what it removed, when that answer was lost', async () => {
    const { open } = world();
    await open.put({ ...job, pool: 'removed' });
    wire().loseAnswerTo('DeleteItem');
    expect(await open.remove({ ...job, pool: 'removed', version: 1 })).toBe(true);
    expect((await open.read('removed')).jobs).toEqual([]);
  });
});

describe.each(clients)('a query over the %s client', (client) => {
  const { wire, api, world } = connected(client);

  it('reads a pool of more than a megabyte, supply before demand', async () => {
    const { open } = world();
    const log = 'x'.repeat(100_000);
    for (let n = 0; n < 12; n += 1) await open.put({ ...builder, pool: 'large', id: `b${n}`, log });
    for (const item of [job, sight, launch]) await open.put({ ...item, pool: 'large' });
    wire().arrived.length = 0;
    const state = await open.read('large');
    expect(wire().arrived).toEqual(['Query', 'Query']);
    expect(state.builders).toHaveLength(12);
    expect([state.launches, state.jobs, state.sights].map((items) => items.length)).toEqual([1, 1, 1]);
  });

  it('meets each kind in order, also when every item is a page', async () => {
    const met: unknown[] = [];
    const paged = openTable(
      {
        ...api(),
        async query(input) {
          const page = await api().query({ ...input, Limit: 1 });
          met.push(...page.items.map(({ kind }) => kind));
          return page;
        },
      },
      { table: wire().names.open },
    );
    for (const item of [...openKinds].reverse()) await paged.put({ ...item, pool: 'paged' });
    expect(await paged.read('paged')).toMatchObject({ pool: { lastLaunch: 12 }, hosts: [{}], jobs: [{}] });
    const order = 'host pool launch builder job run notice sight memory ledger sweep'.split(' ');
    expect(met).toEqual(order.map((kind) => ({ S: kind })));
  });
});

describe.each(clients)('items over the %s client', (client) => {
  const { wire, api, world } = connected(client);

  it('stores half a surrogate pair, as the cut end of a log may hold', async () => {
    const { open } = world();
    await open.put({ ...builder, pool: 'cut', log: '🎬'.slice(1) });
    expect((await open.get('cut', 'builder', builder.id))?.log).toBe('\ufffd');
  });

  it('sets aside attributes of a type that it never writes', async () => {
    const { open } = world();
    const item = sortKey('job', job.id);
    await api().putItem({
      TableName: wire().names.open,
      Item: {
        ...toAttributes({ ...job, pool: 'set', item }),
        labels: { SS: ['gpu'] },
        runner: { NULL: true },
      },
    });
    expect((await open.read('set')).unreadable).toEqual([item]);
  });

  it('keeps what ended for 400 days, and skips what it cannot show', async () => {
    const { history } = world();
    await history.put({ ...job, id: 'kept', endedAt: 1_000 });
    const TableName = wire().names.history;
    const row = await api().getItem({ TableName, Key: { item: { S: 'job#kept' } } });
    expect(row).toMatchObject({ expiresAt: { N: String(1 + 400 * 86_400) } });
    await history.put({ ...host, id: 'mac-7', endedAt: 2_000 });
    const hostRow = await api().getItem({ TableName, Key: { item: { S: 'host#mac-7' } } });
    expect(hostRow).toMatchObject({ expiresAt: { N: String(2 + 400 * 86_400) } });
    const older = toAttributes({ kind: 'job', endedAt: 2_000, item: 'job#older', colour: 'red' });
    await api().putItem({ TableName, Item: older });
    expect((await history.recent('job', 1)).map(({ id }) => id)).toEqual(['kept']);
  });

  it('throws what is no failed condition', async () => {
    const { open } = tables(api(), { ...wire(), names: { open: 'no-such-table', history: 'none' } });
    await expect(open.put(job)).rejects.toThrow('not found');
    await expect(open.read('gpu')).rejects.toThrow('not found');
  });
});
