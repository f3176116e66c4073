// An in-process FIFO queue with the semantics of SQS behind a Lambda function: the doorbell of `npm start`.
import { createHash, randomUUID } from 'node:crypto';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { Bell } from '../../shared/scheduler/ports.ts';

/** Time as the queue sees it. `after` calls back once, `ms` from now; what it answers calls that off. */
export interface Timers {
  now(): number;
  after(ms: number, run: () => void): () => void;
}

export interface FifoSettings {
  /** The function. A throw, or no answer within `visibilityMs`, and the batch comes again. */
  deliver(event: SQSEvent): Promise<void>;
  /** How long a delivered batch stays hidden, in ms. A failed one is hidden until then, too, as on AWS. */
  visibilityMs: number;
  /** Deliveries of a message before it is a dead letter. */
  maxReceives?: number;
  /** Messages in one delivery, all of one group. AWS: at most 10. */
  batch?: number;
  /** How long an id is remembered, in ms. AWS: 5 minutes. */
  deduplicationMs?: number;
  /** What a delivery threw. */
  onError?(error: unknown): void;
  timers?: Timers;
}

export interface Letter {
  group: string;
  deduplicationId: string;
  body: string;
}

export interface FifoQueue {
  /** Takes the letter, or does nothing when its id came within the last five minutes. */
  send(letter: Letter): Promise<void>;
  /** What was delivered too often, oldest first. */
  deadLetters(): readonly Letter[];
  /** Delivers nothing more, and waits for what is in flight. What is sent afterwards is dropped. */
  close(): Promise<void>;
}

interface Message extends Letter {
  id: string;
  sentAt: number;
  sequence: number;
  receives: number;
  firstReceivedAt: number;
}

interface Group {
  /** In order. The first ones are in flight while `flight` is set. */
  messages: Message[];
  /** The delivery that blocks the group. A delivery that outlived its time is in flight no more. */
  flight: object | undefined;
}

/** The queue's whole state. */
interface State {
  settings: Required<FifoSettings>;
  groups: Map<string, Group>;
  dead: Message[];
  /** Deliveries whose function still runs, and the timers of those in flight. */
  running: Set<Promise<void>>;
  alarms: Set<() => void>;
  closed: boolean;
}

const wallClock: Timers = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const defaults = {
  maxReceives: 3,
  batch: 10,
  deduplicationMs: 300_000,
  onError: (error: unknown) => console.error(error),
  timers: wallClock,
};

/** Standard SQS FIFO: groups in order and side by side, a group blocked while a batch of it is in flight. */
export function fifoQueue(given: FifoSettings): FifoQueue {
  const settings = { ...defaults, ...given };
  const state: State = {
    settings,
    groups: new Map(),
    dead: [],
    running: new Set(),
    alarms: new Set(),
    closed: false,
  };
  const isNew = memory(settings.deduplicationMs);
  let sequence = 0;
  return {
    async send(letter) {
      const sentAt = settings.timers.now();
      if (state.closed || !isNew(letter.deduplicationId, sentAt)) return;
      const group = state.groups.get(letter.group) ?? { messages: [], flight: undefined };
      state.groups.set(letter.group, group);
      sequence += 1;
      group.messages.push({ ...letter, id: randomUUID(), sentAt, sequence, receives: 0, firstReceivedAt: 0 });
      pump(state, letter.group);
    },
    deadLetters: () =>
      state.dead.map(({ group, deduplicationId, body }) => ({ group, deduplicationId, body })),
    async close() {
      state.closed = true;
      for (const callOff of state.alarms) callOff();
      await Promise.all(state.running);
    },
  };
}

/** Delivers the group's next batch, unless one is in flight. */
function pump(state: State, name: string): void {
  const group = state.groups.get(name);
  if (!group || group.flight || state.closed) return;
  if (group.messages.length === 0) {
    state.groups.delete(name);
    return;
  }
  const flight = {};
  group.flight = flight;
  // In a microtask, so that letters of one moment travel together.
  const run = Promise.resolve().then(() => fly(state, name, group, flight));
  state.running.add(run);
  void run.finally(() => state.running.delete(run));
}

async function fly(state: State, name: string, group: Group, flight: object): Promise<void> {
  const { settings, dead, alarms } = state;
  const messages = group.messages.slice(0, settings.batch);
  for (const message of messages) {
    message.receives += 1;
    message.firstReceivedAt ||= settings.timers.now();
  }
  const land = (gone: Message[]) => {
    group.messages = group.messages.filter((message) => !gone.includes(message));
    group.flight = undefined;
    pump(state, name);
  };
  const callOff = settings.timers.after(settings.visibilityMs, () => {
    alarms.delete(callOff);
    const spent = messages.filter((message) => message.receives >= settings.maxReceives);
    dead.push(...spent);
    land(spent);
  });
  alarms.add(callOff);
  try {
    await settings.deliver({ Records: messages.map(recordOf) });
  } catch (error) {
    settings.onError(error); // The batch stays hidden until its time is over.
    return;
  }
  if (group.flight !== flight) return; // The receipt has expired: the batch was delivered anew, or is dead.
  callOff();
  alarms.delete(callOff);
  land(messages);
}

/** Answers whether an id is new, forgetting each after `lifeMs`. */
function memory(lifeMs: number): (id: string, now: number) => boolean {
  const seen = new Map<string, number>();
  return (id, now) => {
    for (const [old, at] of seen) {
      if (now - at < lifeMs) break; // Oldest first: the rest is younger.
      seen.delete(old);
    }
    if (seen.has(id)) return false;
    seen.set(id, now);
    return true;
  };
}

/** A message as Lambda gets it. */
function recordOf(message: Message): SQSRecord {
  return {
    messageId: message.id,
    receiptHandle: randomUUID(),
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receives),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
      SentTimestamp: String(message.sentAt),
      SenderId: 'local',
      SequenceNumber: String(message.sequence).padStart(20, '0'),
      MessageGroupId: message.group,
      MessageDeduplicationId: message.deduplicationId,
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(message.body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:local:000000000000:callsheet-bell.fifo',
    awsRegion: 'local',
  };
}

/** Rings by a letter to the pool's group. Ids are never reused: two rings with equal words are two rings. */
export function queueBell(queue: Pick<FifoQueue, 'send'>, clock: { now(): number }): Bell {
  return {
    ring: (pool) =>
      queue.send({
        group: pool,
        deduplicationId: randomUUID(),
        body: JSON.stringify({ pool, sentAt: clock.now() }),
      }),
  };
}
