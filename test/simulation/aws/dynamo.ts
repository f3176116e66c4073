// A simulated DynamoDB: conditional writes, an index, and queries in pages that are calls of their own.
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoApi, Page, Written } from '../../../shared/store/api.ts';
import type { RawAttributes } from '../../../shared/store/attributes.ts';
import { historyDefinition, openDefinition, type TableDefinition } from '../../../shared/store/tables.ts';
import type { Process, World } from '../world.ts';
import { clientOf } from './client.ts';
import { equalityIn, holds, textOf } from './conditions.ts';
import { type Partition, partition } from './partition.ts';

export const tables = { open: 'open', history: 'history' };

/** Items are stored as they come: nobody changes attributes. */
interface Table {
  definition: TableDefinition;
  partitions: Map<string, Partition>;
}

export interface SimulatedDynamo {
  /** As a process reaches it: each call takes time, may fail, and the process may die at it. */
  api(process: Process): DynamoApi;
  /** As it is at this moment, for those who look on. */
  here: DynamoApi;
}

/** `written`: hears each item of the open table as it is stored. */
export function simulatedDynamo(world: World, written: (row: RawAttributes) => void): SimulatedDynamo {
  const known = new Map<string | undefined, Table>([
    [tables.open, { definition: openDefinition, partitions: new Map() }],
    [tables.history, { definition: historyDefinition, partitions: new Map() }],
  ]);
  const verbs = verbsOf(known, written);
  return {
    api: (process) => mortal(world, process, verbs),
    here: {
      getItem: async (input) => verbs.getItem(input),
      putItem: async (input) => verbs.putItem(input),
      deleteItem: async (input) => verbs.deleteItem(input),
      query: async (input) => verbs.query(input),
    },
  };
}

/** What the calls do, at once. */
type Verbs = {
  [Name in keyof DynamoApi]: (input: Parameters<DynamoApi[Name]>[0]) => Awaited<ReturnType<DynamoApi[Name]>>;
};

function mortal(world: World, process: Process, verbs: Verbs): DynamoApi {
  const ask = clientOf(world, process);
  return {
    getItem: (input) => ask(`get ${named(input.Key)}`, () => verbs.getItem(input)),
    putItem: (input) => ask(`put ${named(input.Item)}`, () => verbs.putItem(input)),
    deleteItem: (input) => ask(`delete ${named(input.Key)}`, () => verbs.deleteItem(input)),
    query: (input) => ask(`read ${input.IndexName ?? input.TableName}`, () => verbs.query(input)),
  };
}

const named = (row: RawAttributes | undefined): string =>
  textOf(row?.item).replace(/^\d#/, '').replace('#', ' ');

function verbsOf(
  known: ReadonlyMap<string | undefined, Table>,
  written: (row: RawAttributes) => void,
): Verbs {
  const tableOf = (name: string | undefined): Table => {
    const table = known.get(name);
    if (!table) throw new Error(`there is no table ${name}`);
    return table;
  };
  const find = (name: string | undefined, row: RawAttributes | undefined) => {
    const { definition, partitions } = tableOf(name);
    const { partitionKey, sortKey } = definition;
    const [whole, key] = [textOf(row?.[partitionKey.name]), sortKey ? textOf(row?.[sortKey.name]) : ''];
    const own = partitions.get(whole) ?? partition();
    partitions.set(whole, own);
    return { own, key, current: own.get(key) };
  };
  const unless = (isRefused: boolean, current: RawAttributes | undefined, write: () => void): Written => {
    if (isRefused) return { ok: false, current };
    write();
    return { ok: true };
  };
  return {
    getItem: ({ TableName, Key }) => find(TableName, Key).current,
    putItem(input) {
      const { TableName, Item = {}, ConditionExpression } = input;
      const { own, key, current } = find(TableName, Item);
      return unless(!holds(ConditionExpression, input, current), current, () => {
        own.set(key, Item);
        if (TableName === tables.open) written(Item);
      });
    },
    deleteItem(input) {
      const { own, key, current } = find(input.TableName, input.Key);
      const isRefused = !holds(input.ConditionExpression, input, current);
      return unless(isRefused, current, () => own.delete(key));
    },
    query(input) {
      const table = tableOf(input.TableName);
      return input.IndexName === undefined ? pageOf(table, input) : pageOfIndex(table, input);
    },
  };
}

const leastPage = 10;

/** Some ten items, of a large partition a twentieth: pages of DynamoDB hold a megabyte. */
function pageOf({ definition: { sortKey }, partitions }: Table, query: QueryCommandInput): Page {
  const { value } = equalityIn(query.KeyConditionExpression, query);
  const own = partitions.get(value);
  if (!own || !sortKey) return { items: [], next: undefined };
  const start = query.ExclusiveStartKey && textOf(query.ExclusiveStartKey[sortKey.name]);
  const size = Math.max(leastPage, Math.ceil(own.size() / 20));
  const items = own.after(start, size);
  const last = items.at(-1);
  const isFull = items.length === size;
  const next = isFull && last && { pool: { S: value }, item: { S: textOf(last[sortKey.name]) } };
  return { items, next: next || undefined };
}

/** The newest first. */
function pageOfIndex({ definition: { index }, partitions }: Table, query: QueryCommandInput): Page {
  if (!index) throw new Error(`there is no index ${query.IndexName}`);
  const { value } = equalityIn(query.KeyConditionExpression, query);
  const endOf = (row: RawAttributes): number => Number(textOf(row[index.sortKey.name]));
  const rows = [...partitions.values()]
    .flatMap((own) => own.after(undefined, 1))
    .filter((row) => row[index.sortKey.name] && textOf(row[index.partitionKey.name]) === value)
    .sort((a, b) => endOf(b) - endOf(a));
  const { ExclusiveStartKey: start, Limit = leastPage } = query;
  const from = start ? rows.findIndex((row) => textOf(row.item) === textOf(start.item)) + 1 : 0;
  const items = rows.slice(from, from + Math.min(Limit, leastPage));
  const last = items.at(-1);
  const isEnd = from + items.length >= rows.length;
  return { items, next: last && !isEnd ? { item: { S: textOf(last.item) } } : undefined };
}
