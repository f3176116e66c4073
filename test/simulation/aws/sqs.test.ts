// The simulated queue does what SQS FIFO behind Lambda does: groups in order, redelivery, dead letters.
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { sqsBell } from '../../../shared/runtime/aws/bell.ts';
import { minute, second } from '../time.ts';
import { createWorld, type Faults, noFaults } from '../world.ts';
import { simulatedSqs } from './sqs.ts';

/** A queue whose batches are written down. `answer`: what becomes of each. */
function stage(answer: (event: SQSEvent) => Promise<unknown>, faults: Partial<Faults> = {}) {
  const world = createWorld(1, { ...noFaults, ...faults }, 0, 60 * minute);
  const batches: { at: number; pools: string[]; bodies: string[] }[] = [];
  const queue = simulatedSqs(world, (event) => {
    const pools = event.Records.map(({ attributes }) => attributes.MessageGroupId ?? '');
    batches.push({ at: world.time.now(), pools, bodies: event.Records.map(({ body }) => body) });
    return answer(event);
  });
  let ids = 0;
  const push = (group: string, body: string, id = String(++ids)): void => queue.push({ group, id, body });
  return { world, queue, batches, push };
}

const bodiesIn = (batches: { bodies: string[] }[]) => batches.map(({ bodies }) => bodies.join(' '));

describe('the simulated queue', () => {
  it('gives a group its messages in order, one batch after the other, ten at most', async () => {
    const { world, batches, push } = stage(() => world.time.sleep(5 * second));
    for (let nth = 1; nth <= 14; nth += 1) push('gpu', String(nth));
    await world.time.runUntil(minute);
    expect(bodiesIn(batches)).toEqual(['1 2 3 4 5 6 7 8 9 10', '11 12 13 14']);
    expect((batches[1]?.at ?? 0) - (batches[0]?.at ?? 0)).toBeGreaterThanOrEqual(5 * second);
  });

  it('blocks no other group', async () => {
    const { world, batches, push } = stage(() => world.time.sleep(20 * second));
    push('gpu', 'a');
    await world.time.runUntil(second);
    push('xl', 'b');
    await world.time.runUntil(5 * second);
    expect(batches.map(({ pools }) => pools)).toEqual([['gpu'], ['xl']]);
  });

  it('shows what failed again after a minute, and sets it aside after the third time', async () => {
    const { world, queue, batches, push } = stage(() => Promise.reject(new Error('no')));
    push('gpu', 'a');
    await world.time.runUntil(90 * second);
    push('gpu', 'b');
    await world.time.runUntil(20 * minute);
    expect(bodiesIn(batches)).toEqual(['a', 'a', 'a b', 'b', 'b']);
    expect(queue.dead.map(({ body }) => body)).toEqual(['a', 'b']);
  });

  it('takes a message once for each of its ids', async () => {
    const { world, batches, push } = stage(() => Promise.resolve());
    push('gpu', 'a', 'same');
    push('gpu', 'a', 'same');
    push('gpu', 'a', 'other');
    await world.time.runUntil(minute);
    expect(bodiesIn(batches)).toEqual(['a a']);
  });

  it('gives a batch to two at once, where that may happen', async () => {
    const { world, batches, push } = stage(() => Promise.resolve(), { overlap: 1 });
    push('gpu', 'a');
    await world.time.runUntil(minute);
    expect(bodiesIn(batches)).toEqual(['a', 'a']);
  });

  it('is rung by the real bell', async () => {
    const { world, queue, batches } = stage(() => Promise.resolve(), { tableThrottled: 0.5 });
    const process = world.process('a function', false);
    const bell = sqsBell(queue.send(process), { queueUrl: 'rings', clock: { now: () => 7 } });
    for (let nth = 0; nth < 20; nth += 1) void bell.ring('gpu').catch(() => undefined);
    await world.time.runUntil(minute);
    const bodies = batches.flatMap((batch) => batch.bodies);
    expect(new Set(bodies)).toEqual(new Set(['{"pool":"gpu","sentAt":7}']));
    // None twice, though the client repeats; some were never sent.
    expect(bodies.length).toBeGreaterThan(10);
    expect(bodies.length).toBeLessThan(20);
  });
});
