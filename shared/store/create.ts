// Creates the tables where no stack does: in an embedded DynamoDB.
import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { historyDefinition, openDefinition, type TableDefinition } from './tables.ts';

/**
 * Creates both tables and waits until they can be used. Throws when one exists already. Embedded
 * servers know no time to live, so nothing expires there.
 */
export async function createTables(
  client: DynamoDBClient,
  names: { open: string; history: string },
): Promise<void> {
  await Promise.all([
    createTable(client, names.open, openDefinition),
    createTable(client, names.history, historyDefinition),
  ]);
}

async function createTable(client: DynamoDBClient, name: string, table: TableDefinition): Promise<void> {
  const keys = [table, ...(table.index ? [table.index] : [])].flatMap(keysOf);
  const types = new Map(keys.map(({ name, type }) => [name, type]));
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({
        AttributeName,
        AttributeType,
      })),
      KeySchema: schemaOf(table),
      GlobalSecondaryIndexes: table.index && [
        {
          IndexName: table.index.indexName,
          KeySchema: schemaOf(table.index),
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.02, maxDelay: 1 }, { TableName: name });
}

type Keyed = Pick<TableDefinition, 'partitionKey' | 'sortKey'>;

const keysOf = ({ partitionKey, sortKey }: Keyed) => [partitionKey, ...(sortKey ? [sortKey] : [])];

const schemaOf = (keyed: Keyed) =>
  keysOf(keyed).map(({ name }, place) => ({
    AttributeName: name,
    KeyType: place === 0 ? ('HASH' as const) : ('RANGE' as const),
  }));
