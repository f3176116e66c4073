// The calls of DynamoDB over the AWS SDK.
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoApi, Written } from './api.ts';

export const sdkApi = (client: DynamoDBClient): DynamoApi => ({
  getItem: async (input) => (await client.send(new GetItemCommand(input))).Item,
  putItem: (input) => written(client.send(new PutItemCommand(input))),
  deleteItem: (input) => written(client.send(new DeleteItemCommand(input))),
  async query(input) {
    const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(input));
    return { items: Items, next: LastEvaluatedKey };
  },
});

async function written(answer: Promise<unknown>): Promise<Written> {
  try {
    await answer;
    return { ok: true };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { ok: false, current: error.Item };
    throw error;
  }
}
