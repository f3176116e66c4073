// The local queue does what SQS FIFO behind Lambda does: order, blocking, redelivery, dead letters.
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type FifoSettings, fifoQueue, queueBell, type Timers } from '../../infra/local/queue.ts';

/** Time that passes only on command. */
function handTimers(): Timers & { pass(ms: number): Promise<void> } {
  let now = 1_000_000;
  let due: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + ms, run };
      due.push(entry);
      return () => {
        due = due.filter((other) => other !== entry);
      };
    },
    async pass(ms) {
      now += ms;
      const ripe = due.filter(({ at }) => at <= now);
      due = due.filter(({ at }) => at > now);
      for (const { run } of ripe) run();
      await settle();
    },
  };
}

/** Does something and lets everything that follows from it happen. */
const settle = (act?: () => void) =>
  new Promise<void>((resolve) => {
    act?.();
    setImmediate(resolve);
  });

const bodies = (event: SQSEvent) => event.Records.map((record) => record.body).join(',');

/** A queue whose deliveries are written down, and wait for the test to end them by number. */
function stage(settings: Partial<FifoSettings> = {}) {
  const timers = handTimers();
  const events: SQSEvent[] = [];
  const ends: { ok(): Promise<void>; fail(): Promise<void> }[] = [];
  const errors: unknown[] = [];
  const queue = fifoQueue({
    visibilityMs: 60_000,
    timers,
    onError: (error) => errors.push(error),
    deliver: (event) =>
      new Promise((resolve, reject) => {
        events.push(event);
        ends.push({
          ok: () => settle(resolve),
          fail: () => settle(() => reject(new Error('no'))),
        });
      }),
    ...settings,
  });
  const send = async (group: string, body: string, deduplicationId = body) => {
    await queue.send({ group, deduplicationId, body });
    await settle();
  };
  const end = (number: number) => {
    const found = ends[number];
    if (!found) throw new Error(`there was no delivery ${number}`);
    return found;
  };
  return { queue, timers, events, errors, send, end, seen: () => events.map(bodies) };
}

describe('a group', () => {
  it('waits while a batch of it is in flight, then gets the rest in order as one batch', async () => {
    const { send, seen, end } = stage();
    await send('gpu', 'a');
    await send('gpu', 'b');
    await send('gpu', 'c');
    expect(seen()).toEqual(['a']);
    await end(0).ok();
    expect(seen()).toEqual(['a', 'b,c']);
  });

  it('does not wait for another group', async () => {
    const { send, seen } = stage();
    await send('gpu', 'a');
    await send('mac', 'b');
    expect(seen()).toEqual(['a', 'b']);
  });

  it('gets at most ten messages at once', async () => {
    const { queue, seen, end } = stage();
    const letters = Array.from({ length: 12 }, (_, i) => String(i));
    for (const body of letters) void queue.send({ group: 'gpu', deduplicationId: body, body });
    await settle();
    await end(0).ok();
    expect(seen()).toEqual(['0,1,2,3,4,5,6,7,8,9', '10,11']);
  });
});

describe('a failed delivery', () => {
  it('comes again when its time is over, before what came later, and is told', async () => {
    const { send, seen, end, timers, errors, events } = stage({ batch: 1 });
    await send('gpu', 'a');
    await send('gpu', 'b');
    await end(0).fail();
    await timers.pass(59_999);
    expect(seen()).toEqual(['a']);
    await timers.pass(1);
    expect(seen()).toEqual(['a', 'a']);
    expect(events[1]?.Records[0]?.attributes.ApproximateReceiveCount).toBe('2');
    expect(errors).toHaveLength(1);
    await end(1).ok();
    expect(seen()).toEqual(['a', 'a', 'b']);
  });

  it('is a dead letter after three, and blocks its group no longer', async () => {
    const { queue, send, seen, end, timers } = stage({ batch: 1 });
    await send('gpu', 'a');
    await send('gpu', 'b');
    for (const number of [0, 1, 2]) {
      await end(number).fail();
      await timers.pass(60_000);
    }
    expect(seen()).toEqual(['a', 'a', 'a', 'b']);
    expect(queue.deadLetters()).toEqual([{ group: 'gpu', deduplicationId: 'a', body: 'a' }]);
  });
});

describe('a delivery that outlives its time', () => {
  it('comes again beside itself, and its late success deletes nothing', async () => {
    const { send, seen, end, timers } = stage();
    await send('gpu', 'a');
    await timers.pass(60_000);
    expect(seen()).toEqual(['a', 'a']);
    await end(0).ok();
    await send('gpu', 'b');
    expect(seen()).toEqual(['a', 'a']);
    await timers.pass(60_000);
    expect(seen()).toEqual(['a', 'a', 'a,b']);
  });
});

describe('an id', () => {
  it('is taken once in five minutes, in whichever group and even after its delivery', async () => {
    const { send, seen, end, timers } = stage();
    await send('gpu', 'a', 'id');
    await end(0).ok();
    await send('gpu', 'b', 'id');
    await send('mac', 'c', 'id');
    await timers.pass(299_999);
    await send('gpu', 'd', 'id');
    expect(seen()).toEqual(['a']);
    await timers.pass(1);
    await send('gpu', 'e', 'id');
    expect(seen()).toEqual(['a', 'e']);
  });
});

describe('a record', () => {
  it('says what Lambda says', async () => {
    const { send, events, timers } = stage();
    await send('gpu', 'body', 'id');
    expect(events[0]?.Records[0]).toMatchObject({
      body: 'body',
      md5OfBody: '841a2d689ad86bd1611447453c22c6fc',
      eventSource: 'aws:sqs',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(timers.now()),
        MessageGroupId: 'gpu',
        MessageDeduplicationId: 'id',
      },
    });
  });
});

describe('closing', () => {
  it('waits for what is in flight, starts nothing more, and drops what comes later', async () => {
    const { queue, send, seen, end, timers } = stage();
    await send('gpu', 'a');
    await send('gpu', 'b');
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    await settle();
    expect(closed).toBe(false);
    await end(0).ok();
    await closing;
    await send('mac', 'c');
    await timers.pass(600_000);
    expect(seen()).toEqual(['a']);
  });
});

describe('the bell', () => {
  it('rings by pool, with the pool and the time in the body, and never twice under one id', async () => {
    const { queue, events, end } = stage();
    const bell = queueBell(queue, { now: () => 42 });
    await bell.ring('gpu');
    await settle();
    await end(0).ok();
    await bell.ring('gpu');
    await settle();
    expect(events.map(bodies)).toEqual(Array(2).fill('{"pool":"gpu","sentAt":42}'));
    expect(events[1]?.Records[0]?.attributes.MessageGroupId).toBe('gpu');
  });
});
