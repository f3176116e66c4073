// A simulated SQS FIFO queue and its poller: groups in order, one batch of each in flight, dead letters.
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import type { SignedSend } from '../../../shared/runtime/aws/signed.ts';
import { minute, second } from '../time.ts';
import type { Process, World } from '../world.ts';
import { clientOf } from './client.ts';
import { ringEvent } from './events.ts';

export interface Message {
  id: number;
  group: string;
  body: string;
  visibleAt: number;
  /** How often it was received. */
  times: number;
}

export interface SimulatedQueue {
  /** As a process reaches it. */
  send(process: Process): SignedSend;
  /** A message arrives, once for each id in five minutes. */
  push(message: { group: string; id: string; body: string }): void;
  /** Messages that nobody took. */
  dead: Message[];
}

/** As the stack has them: see infra/aws/rings.ts and infra/aws/wakers.ts. */
const visibilityMs = minute;
const maxReceiveCount = 3;
const batchSize = 10;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const rememberedMs = 5 * minute;
const sendMessage = z.object({
  MessageGroupId: z.string(),
  MessageDeduplicationId: z.string(),
  MessageBody: z.string(),
});

/** `deliver` invokes the function on a batch. Done: the batch is taken off the queue. */
export function simulatedSqs(world: World, deliver: (event: SQSEvent) => Promise<unknown>): SimulatedQueue {
  const { time, chance, faults, faulty } = world;
  const seen = new Set<string>();
  const { dead, add, take, done } = messagesOf(world);
  const poll = (): void => {
    const batch = take();
    if (batch.length === 0) return;
    time.after(visibilityMs, poll);
    const event = ringEvent(batch);
    const finish = (): void => {
      done(batch);
      poll();
    };
    deliver(event).then(finish, () => undefined);
    if (faulty(faults.overlap))
      time.after(chance.between(0, 2 * second), () => void deliver(event).catch(() => undefined));
  };
  const push: SimulatedQueue['push'] = ({ group, id, body }) => {
    const key = `${group} ${id}`;
    if (seen.has(key)) return;
    seen.add(key);
    time.after(rememberedMs, () => seen.delete(key));
    add(group, body);
    time.after(chance.between(10, 80), poll);
  };
  return {
    dead,
    push,
    send(process) {
      const ask = clientOf(world, process);
      return (_, body) => {
        const { MessageGroupId: group, MessageDeduplicationId: id, MessageBody } = sendMessage.parse(body);
        return ask(`ring ${group}`, () => push({ group, id, body: MessageBody }));
      };
    },
  };
}

/** The messages, in the order in which they came. */
function messagesOf({ time, say }: World) {
  const dead: Message[] = [];
  let messages: Message[] = [];
  let ids = 0;
  const isHidden = ({ visibleAt }: Message): boolean => visibleAt > time.now();
  const done = (some: readonly Message[]): void => {
    messages = messages.filter((message) => !some.includes(message));
  };
  return {
    dead,
    done,
    add: (group: string, body: string): void =>
      void messages.push({ id: ++ids, group, body, visibleAt: 0, times: 0 }),
    /** Receives the first that may be: of a group with a message in flight there are none. */
    take(): Message[] {
      const lost = messages.filter((message) => message.times >= maxReceiveCount && !isHidden(message));
      for (const { group } of lost) say(`SQS: a ring of ${group} is dead`);
      dead.push(...lost);
      done(lost);
      const blocked = new Set(messages.filter(isHidden).map(({ group }) => group));
      const batch = messages.filter(({ group }) => !blocked.has(group)).slice(0, batchSize);
      for (const message of batch)
        Object.assign(message, { times: message.times + 1, visibleAt: time.now() + visibilityMs });
      return batch;
    },
  };
}
