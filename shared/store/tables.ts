// The two tables as data: local creation and the stack make them from the same definitions.

interface Key {
  name: string;
  /** String or number. */
  type: 'S' | 'N';
}

interface Index {
  indexName: string;
  partitionKey: Key;
  sortKey: Key;
}

/** A table that is paid per request. */
export interface TableDefinition {
  partitionKey: Key;
  sortKey?: Key;
  /** A global secondary index over all attributes. */
  index?: Index;
  /** Holds seconds since 1970 UTC; the item is deleted within two days of them. */
  timeToLiveAttribute?: string;
}

/** What has ended, by kind and time. It holds what has `endedAt`: jobs, builders, hosts, receipts. */
export const endedIndex: Index = {
  indexName: 'byEnd',
  partitionKey: { name: 'kind', type: 'S' },
  sortKey: { name: 'endedAt', type: 'N' },
};

export const openDefinition: TableDefinition = {
  partitionKey: { name: 'pool', type: 'S' },
  sortKey: { name: 'item', type: 'S' },
};

export const historyDefinition: TableDefinition = {
  partitionKey: { name: 'item', type: 'S' },
  index: endedIndex,
  timeToLiveAttribute: 'expiresAt',
};
