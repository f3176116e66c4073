// The dispatcher: answers the rings of the FIFO queue with one pass per pool. A ring is never failed.
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { dispatch } from '../../shared/operations/pass.ts';
import type { Ports } from '../../shared/operations/ports.ts';

const ring = z.object({ pool: z.string().check(z.minLength(1)), sentAt: z.number() });

/**
 * A ring that cannot be read is reported and dropped, a pass that fails
 * is reported: the reaper rings again.
 */
export function createDispatcher(ports: Ports) {
  return async (event: SQSEvent): Promise<void> => {
    const answer = async ([pool, sentAt]: [string, number[]]): Promise<void> => {
      try {
        await dispatch(ports, pool, sentAt);
      } catch (error) {
        ports.log({ unit: 'pass', level: 'error', pool, outcome: 'failed', why: String(error) });
      }
    };
    await Promise.all([...ringsByPool(event, ports)].map(answer));
  };
}

function ringsByPool(event: SQSEvent, ports: Ports): Map<string, number[]> {
  const pools = new Map<string, number[]>();
  for (const record of event.Records) {
    const parsed = ring.safeParse(asJson(record.body));
    if (parsed.success) {
      const { pool, sentAt } = parsed.data;
      pools.set(pool, [...(pools.get(pool) ?? []), sentAt]);
    } else {
      ports.log({ unit: 'ring', level: 'error', outcome: 'set aside', message: record.messageId });
    }
  }
  return pools;
}

function asJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
