// Declares the queue of rings, whose message groups are the pools, and where rings end that nobody took.
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { resourceName } from '../../shared/contract/names.ts';

export interface Rings {
  queue: Queue;
  dead: Queue;
}

/**
 * The dispatcher may take 30 s: a ring is seen again after 60, and set aside after three tries. Ids are made
 * by who rings: ids made from the content would drop equal rings for five minutes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues.html
 */
export function declareRings(scope: Construct, installation: string): Rings {
  const fifo = {
    fifo: true,
    contentBasedDeduplication: false,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  };
  const dead = new Queue(scope, 'DeadRings', {
    ...fifo,
    queueName: `${resourceName(installation, 'dead-rings')}.fifo`,
    retentionPeriod: Duration.days(14),
  });
  const queue = new Queue(scope, 'Rings', {
    ...fifo,
    queueName: `${resourceName(installation, 'rings')}.fifo`,
    visibilityTimeout: Duration.seconds(60),
    deadLetterQueue: { queue: dead, maxReceiveCount: 3 },
    // 300 rings a second for each pool instead of for all: a matrix rings 256 times at once.
    deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
    fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
  });
  return { queue, dead };
}
