// Declares the two tables, from the definitions that local creation uses too.
import { type Attribute, AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { resourceName } from '../../shared/contract/names.ts';
import { historyDefinition, openDefinition, type TableDefinition } from '../../shared/store/tables.ts';

export interface Tables {
  open: Table;
  history: Table;
}

/** On demand, encrypted by DynamoDB's own key, restorable to any second of the last 35 days. */
export const declareTables = (scope: Construct, installation: string): Tables => ({
  open: declareTable(scope, 'Open', resourceName(installation, 'open'), openDefinition),
  history: declareTable(scope, 'History', resourceName(installation, 'history'), historyDefinition),
});

function declareTable(scope: Construct, id: string, tableName: string, definition: TableDefinition): Table {
  const { partitionKey, sortKey, index, timeToLiveAttribute } = definition;
  const table = new Table(scope, id, {
    tableName,
    partitionKey: attribute(partitionKey),
    ...(sortKey && { sortKey: attribute(sortKey) }),
    ...(timeToLiveAttribute && { timeToLiveAttribute }),
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  if (index) {
    table.addGlobalSecondaryIndex({
      indexName: index.indexName,
      partitionKey: attribute(index.partitionKey),
      sortKey: attribute(index.sortKey),
    });
  }
  return table;
}

const types = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

const attribute = ({ name, type }: TableDefinition['partitionKey']): Attribute => ({
  name,
  type: types[type],
});
