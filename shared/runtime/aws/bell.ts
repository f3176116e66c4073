// Rings a pool's bell in SQS: a FIFO queue whose message groups are the pools.
import { randomUUID } from 'node:crypto';
import type { Bell, Clock } from '../../scheduler/ports.ts';
import type { SignedSend } from './signed.ts';

/**
 * Each ring has an id of its own, which only its own repetitions share. Ids made from the content would drop
 * equal rings for five minutes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function sqsBell(
  send: SignedSend,
  { queueUrl, clock }: { queueUrl: string; clock: Pick<Clock, 'now'> },
): Bell {
  return {
    async ring(pool) {
      await send('AmazonSQS.SendMessage', {
        QueueUrl: queueUrl,
        MessageGroupId: pool,
        MessageDeduplicationId: randomUUID(),
        MessageBody: JSON.stringify({ pool, sentAt: clock.now() }),
      });
    },
  };
}
