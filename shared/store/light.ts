// The calls of DynamoDB over a light signed client, for the function whose load time counts.
import * as z from 'zod/mini';
import type { DynamoApi, Written } from './api.ts';

/** Sends a signed request, answers its parsed body. Refusals are errors with AWS's `code` and `details`. */
export type Send = (target: string, body: object) => Promise<unknown>;

const attributes = z.record(z.string(), z.unknown());
const key = z.record(
  z.string(),
  z.union([z.strictObject({ S: z.string() }), z.strictObject({ N: z.string() })]),
);

const getAnswer = z.object({ Item: z.optional(attributes) });
const queryAnswer = z.object({ Items: z.array(attributes), LastEvaluatedKey: z.optional(key) });
const failedCondition = z.object({ code: z.literal('ConditionalCheckFailedException'), details: getAnswer });

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html */
export function lightApi(send: Send): DynamoApi {
  const call = (operation: string, input: object) => send(`DynamoDB_20120810.${operation}`, input);
  return {
    getItem: async (input) => getAnswer.parse(await call('GetItem', input)).Item,
    putItem: (input) => written(call('PutItem', input)),
    deleteItem: (input) => written(call('DeleteItem', input)),
    async query(input) {
      const { Items, LastEvaluatedKey } = queryAnswer.parse(await call('Query', input));
      return { items: Items, next: LastEvaluatedKey };
    },
  };
}

async function written(answer: Promise<unknown>): Promise<Written> {
  try {
    await answer;
    return { ok: true };
  } catch (error) {
    const failed = failedCondition.safeParse(error);
    if (failed.success) return { ok: false, current: failed.data.details.Item };
    throw error;
  }
}
