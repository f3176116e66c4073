// The real stores over the simulated DynamoDB of the other worlds, in pages of a megabyte, counted on the
// wire: what the faster tables of these worlds count is compared with it.
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../shared/scheduler/records.ts';
import type { DynamoApi, Page } from '../../../shared/store/api.ts';
import type { RawAttributes } from '../../../shared/store/attributes.ts';
import { simulatedDynamo, tables } from '../aws/dynamo.ts';
import { recordIn, storeOver } from '../ports.ts';
import type { Process, World } from '../world.ts';
import { rowBytes } from './sizes.ts';
import type { Tables } from './tables.ts';
import { type Counting, pageBytes, pageTrip, parsingMs } from './units.ts';

export function wireTables(world: World, counting: Counting, written: (item: Item) => void): Tables {
  const { here } = simulatedDynamo(world, (row) => written(recordIn(row)));
  return { of: (process) => storeOver(countedApi(world, process, counting, here)) };
}

type TableName = keyof typeof tables;

const textOf = (attribute: unknown): string =>
  typeof attribute === 'object' && attribute !== null && 'S' in attribute ? String(attribute.S) : '';

const poolOf = (table: TableName, row: RawAttributes | undefined): string | undefined =>
  table === 'open' ? textOf(row?.pool) : undefined;

const nameOf = (name: string | undefined): TableName => (name === tables.open ? 'open' : 'history');

function countedApi(world: World, process: Process, counting: Counting, here: DynamoApi): DynamoApi {
  const bytesAt = async (input: Pick<Parameters<DynamoApi['getItem']>[0], 'TableName' | 'Key'>) => {
    const row = await here.getItem({ TableName: input.TableName, Key: input.Key });
    return row ? rowBytes(row) : 0;
  };
  const keyOf = (table: TableName, { pool, item }: Record<string, unknown>) => ({
    item: { S: textOf(item) },
    ...(table === 'open' && { pool: { S: textOf(pool) } }),
  });
  return {
    getItem: (input) =>
      world.call(process, 'get', async () => {
        const table = nameOf(input.TableName);
        const row = await here.getItem(input);
        counting.get(row ? rowBytes(row) : 0, poolOf(table, input.Key));
        return row;
      }),
    putItem: (input) =>
      world.call(process, 'put', async () => {
        const table = nameOf(input.TableName);
        const { Item: row = {} } = input;
        const before = await bytesAt({ TableName: input.TableName, Key: keyOf(table, row) });
        const written = await here.putItem(input);
        const bytes = written.ok ? Math.max(before, rowBytes(row)) : before;
        const own = table === 'history' ? rowBytes(row) : bytes;
        counting.write('put', own, poolOf(table, row), table === 'history' && 'endedAt' in row);
        return written;
      }),
    deleteItem: (input) =>
      world.call(process, 'delete', async () => {
        const table = nameOf(input.TableName);
        counting.write('delete', await bytesAt(input), poolOf(table, input.Key));
        return here.deleteItem(input);
      }),
    async query(input) {
      const page = await world.call(process, 'read', () => wholePage(here, input), pageTrip);
      const items = page.items.length;
      const bytes = page.items.reduce((sum, row) => sum + rowBytes(row), 0);
      counting.page(process, textOf(input.ExpressionAttributeValues?.[':pool']), { bytes, items });
      await world.time.sleep(parsingMs(process, items));
      return page;
    },
  };
}

/** Pages of the simulated DynamoDB have some ten items: as many of them as make a megabyte. */
async function wholePage(here: DynamoApi, input: QueryCommandInput): Promise<Page> {
  const items: RawAttributes[] = [];
  let bytes = 0;
  let start: Page['next'] = input.ExclusiveStartKey;
  for (;;) {
    const page = await here.query({ ...input, ExclusiveStartKey: start });
    for (const row of page.items) {
      items.push(row);
      bytes += rowBytes(row);
      if (bytes >= pageBytes)
        return { items, next: { pool: { S: textOf(row.pool) }, item: { S: textOf(row.item) } } };
    }
    if (!page.next) return { items, next: undefined };
    start = page.next;
  }
}
