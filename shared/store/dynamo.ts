// The two tables as the ports see them: strongly consistent reads and conditional writes of single items.
import { randomUUID } from 'node:crypto';
import type { PutItemCommandInput, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { History, OpenTable, Put } from '../scheduler/ports.ts';
import type { Item, PoolState, Time } from '../scheduler/records.ts';
import type { DynamoApi, Page } from './api.ts';
import { fromAttributes, type RawAttributes, toAttributes } from './attributes.ts';
import { historyKey, sortKey } from './keys.ts';
import { checked, isOfKind, isVersionOf, type Parsed, parseItem, Unreadable } from './parse.ts';
import { addTo, emptyState } from './state.ts';
import { endedIndex } from './tables.ts';

/** A row of the open table: its key, and the record in it. */
export interface ParsedRow {
  key: string;
  parsed: Parsed;
}

export interface OpenSettings {
  table: string;
  /** How a row is parsed. Default: `parseOpen`, each time anew. */
  parse?: (row: RawAttributes) => ParsedRow;
}

/** The open table in DynamoDB. A client may repeat a write whose answer was lost: its writer tells that. */
export function openTable(api: DynamoApi, { table, parse = parseOpen }: OpenSettings): OpenTable {
  return {
    async read(pool) {
      const state = emptyState(pool);
      for await (const page of pages(api, poolQuery(table, pool))) {
        for (const row of page.items) addRow(state, parse(row));
      }
      return state;
    },
    async get(pool, kind, id) {
      const row = await api.getItem({ TableName: table, ...consistently(pool, sortKey(kind, id)) });
      const item = row && readable(pool, parse(row));
      return item && isOfKind(item, kind) && item.id === id ? item : undefined;
    },
    put: (item) => putOpen(api, { table, parse }, item),
    async remove(item) {
      const { ok } = await api.deleteItem({
        TableName: table,
        Key: openKey(item.pool, sortKey(item.kind, item.id)),
        ConditionExpression: 'attribute_not_exists(#item) OR #version = :version',
        ExpressionAttributeNames: { '#item': 'item', '#version': 'version' },
        ExpressionAttributeValues: { ':version': { N: String(item.version) } },
      });
      return ok;
    },
  };
}

async function putOpen<T extends Item>(
  api: DynamoApi,
  { table, parse }: Required<OpenSettings>,
  item: T,
): Promise<Put<T>> {
  const next = { ...item, version: item.version + 1 };
  const key = sortKey(item.kind, item.id);
  const writer = randomUUID();
  const written = await api.putItem({
    TableName: table,
    Item: toAttributes({ ...checked(next), item: key, writer }),
    ...atVersion(item.version),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  if (written.ok) return { ok: true, item: next };
  // Embedded servers do not answer the item that was in the way.
  const row = written.current ?? (await api.getItem({ TableName: table, ...consistently(item.pool, key) }));
  if (!row) return { ok: false, current: undefined };
  if (fromAttributes(row).writer === writer) return { ok: true, item: next };
  const current = readable(item.pool, parse(row));
  if (isVersionOf(current, item)) return { ok: false, current };
  throw new Unreadable(`pool ${item.pool}`, key, 'it is another record');
}

/** The condition that nobody has written since `version`. */
const atVersion = (version: number): Partial<PutItemCommandInput> =>
  version === 0
    ? {
        ConditionExpression: 'attribute_not_exists(#item)',
        ExpressionAttributeNames: { '#item': 'item' },
      }
    : {
        ConditionExpression: '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': { N: String(version) } },
      };

const openKey = (pool: string, item: string) => toAttributes({ pool, item });

const consistently = (pool: string, item: string) => ({ Key: openKey(pool, item), ConsistentRead: true });

const poolQuery = (table: string, pool: string): QueryCommandInput => ({
  TableName: table,
  KeyConditionExpression: '#pool = :pool',
  ExpressionAttributeNames: { '#pool': 'pool' },
  ExpressionAttributeValues: { ':pool': { S: pool } },
  ConsistentRead: true,
});

async function* pages(api: DynamoApi, query: QueryCommandInput): AsyncGenerator<Page> {
  let start: Page['next'];
  do {
    const page = await api.query({ ...query, ExclusiveStartKey: start });
    yield page;
    start = page.next;
  } while (start);
}

function addRow(state: PoolState, { key, parsed }: ParsedRow): void {
  if ('item' in parsed) addTo(state, parsed.item);
  else state.unreadable.push(key);
}

function readable(pool: string, { key, parsed }: ParsedRow): Item {
  if ('item' in parsed) return parsed.item;
  throw new Unreadable(`pool ${pool}`, key, parsed.problem);
}

/** Parses a row of the open table. */
export function parseOpen(row: RawAttributes): ParsedRow {
  const { item, writer, ...fields } = fromAttributes(row);
  const key = String(item);
  return { key, parsed: parseItem(fields, key, sortKey) };
}

const historyMs = 400 * 24 * 60 * 60 * 1000;

/** The history table in DynamoDB. What an older release wrote and this one cannot parse is not shown. */
export function historyTable(api: DynamoApi, { table }: { table: string }): History {
  return {
    async has(kind, id) {
      const row = await api.getItem({
        TableName: table,
        Key: toAttributes({ item: historyKey(kind, id) }),
        ConsistentRead: true,
        ProjectionExpression: '#item',
        ExpressionAttributeNames: { '#item': 'item' },
      });
      return row !== undefined;
    },
    async put(item) {
      const expiresAt = Math.ceil((endOf(item) + historyMs) / 1000);
      const row = { ...checked(item), item: historyKey(item.kind, item.id), expiresAt };
      await api.putItem({ TableName: table, Item: toAttributes(row) });
    },
    async recent(kind, limit) {
      const items: Item[] = [];
      if (limit < 1) return items;
      for await (const page of pages(api, recentQuery(table, kind, limit))) {
        items.push(...page.items.flatMap(parseEnded));
        if (items.length >= limit) break;
      }
      return items.slice(0, limit);
    },
  };
}

const recentQuery = (table: string, kind: string, limit: number): QueryCommandInput => ({
  TableName: table,
  IndexName: endedIndex.indexName,
  KeyConditionExpression: '#kind = :kind',
  ExpressionAttributeNames: { '#kind': endedIndex.partitionKey.name },
  ExpressionAttributeValues: { ':kind': { S: kind } },
  ScanIndexForward: false,
  Limit: limit,
});

function parseEnded(row: RawAttributes): Item[] {
  const { item, expiresAt, ...fields } = fromAttributes(row);
  const parsed = parseItem(fields, String(item), historyKey);
  return 'item' in parsed ? [parsed.item] : [];
}

/** When a record ended. Throws for one that has not: it belongs into the open table. */
export function endOf(item: Item): Time {
  const end = lastTime(item);
  if (end !== undefined) return end;
  throw new TypeError(`${item.kind} ${item.id} of pool ${item.pool} has not ended: it is no history yet`);
}

function lastTime(item: Item): Time | undefined {
  switch (item.kind) {
    case 'job':
    case 'builder':
    case 'host':
    case 'receipt':
      return item.endedAt;
    case 'launch':
      return item.answeredAt ?? item.askedAt;
    case 'run':
      return item.askedAt;
    case 'notice':
      return item.sentAt;
    case 'sight':
      return item.at;
    case 'pool':
    case 'memory':
    case 'ledger':
    case 'sweep':
      return undefined;
  }
}
