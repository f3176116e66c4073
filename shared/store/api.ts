// The four calls of DynamoDB that the tables need, so that the SDK and the light client can both serve them.
import type {
  AttributeValue,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { RawAttributes } from './attributes.ts';

/** A conditional write was done, or its condition failed: then `current` may be the item as it is. */
export type Written = { ok: true } | { ok: false; current: RawAttributes | undefined };

/** One page of a query. `next` is where the next one starts. */
export interface Page {
  items: RawAttributes[];
  next: Record<string, AttributeValue> | undefined;
}

/** Everything but a failed condition is thrown, after the client's own bounded repetitions. */
export interface DynamoApi {
  getItem(input: GetItemCommandInput): Promise<RawAttributes | undefined>;
  putItem(input: PutItemCommandInput): Promise<Written>;
  deleteItem(input: DeleteItemCommandInput): Promise<Written>;
  query(input: QueryCommandInput): Promise<Page>;
}
