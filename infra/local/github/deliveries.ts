// Webhook deliveries: signed, sent once, listed. A failed one is never sent again by itself, as on GitHub.
import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request, STATUS_CODES } from 'node:http';
import type { Faults } from './surface.ts';

export interface Delivery {
  /** Larger than a double holds exactly, as GitHub's are. */
  id: bigint;
  /** The same for all attempts. */
  guid: string;
  event: string;
  action: string;
  installationId: number;
  repositoryId: number;
  body: string;
  redelivery: boolean;
  deliveredAt: number;
  durationMs: number;
  /** HTTP status of the answer; 0: there was none. */
  statusCode: number;
  /** `OK`, or what went wrong. */
  status: string;
}

export type Sent = Pick<Delivery, 'event' | 'action' | 'installationId' | 'repositoryId' | 'body'>;

export interface Deliveries {
  send(what: Sent): void;
  /** Newest first. */
  list(): Delivery[];
  /** Sends the delivery once more, with the same guid. False: there is none with this id. */
  redeliver(id: string): boolean;
  close(): void;
}

interface Target {
  url: string;
  secret: string;
  appId: number;
  timeoutMs: number;
  faults: Faults;
}

const kept = 5000;
const holdMs = 100;

export const signature = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

const headersOf = (target: Target, delivery: Delivery) => ({
  'content-type': 'application/json',
  'content-length': Buffer.byteLength(delivery.body),
  accept: '*/*',
  'user-agent': 'GitHub-Hookshot/044aadd',
  'x-github-event': delivery.event,
  'x-github-delivery': delivery.guid,
  'x-github-hook-id': '1',
  'x-github-hook-installation-target-type': 'integration',
  'x-github-hook-installation-target-id': String(target.appId),
  'x-hub-signature-256': signature(target.secret, delivery.body),
});

type Outcome = Pick<Delivery, 'statusCode' | 'status'>;

/** Sends once. Never throws: what went wrong is the outcome. */
function attempt(target: Target, agent: Agent, delivery: Delivery): Promise<Outcome> {
  return new Promise((resolve) => {
    const call = request(target.url, { method: 'POST', agent, headers: headersOf(target, delivery) });
    const timer = setTimeout(() => {
      resolve({ statusCode: 0, status: 'timed out' });
      call.destroy();
    }, target.timeoutMs);
    call.on('response', (answer) => {
      clearTimeout(timer);
      answer.resume();
      const statusCode = answer.statusCode ?? 0;
      const good = statusCode >= 200 && statusCode < 300;
      resolve({ statusCode, status: good ? 'OK' : (STATUS_CODES[statusCode] ?? 'failed') });
    });
    call.on('error', () => {
      clearTimeout(timer);
      resolve({ statusCode: 0, status: 'failed to connect to host' });
    });
    call.end(delivery.body);
  });
}

/** Runs what arrives within a moment one after another, the newest first. */
function reversed(): (task: () => Promise<void>) => void {
  let held: (() => Promise<void>)[] = [];
  const burst = async () => {
    const tasks = held.reverse();
    held = [];
    for (const task of tasks) await task();
  };
  return (task) => {
    if (held.push(task) === 1) setTimeout(burst, holdMs);
  };
}

export function deliveries(target: Target): Deliveries {
  const agent = new Agent();
  const all: Delivery[] = [];
  let lastId = 2n ** 60n;
  const later = target.faults.reverse ? reversed() : (task: () => Promise<void>) => void task();
  let attempts = 0;
  let closed = false;

  const deliver = async (delivery: Delivery): Promise<void> => {
    if (closed) return;
    const lost = target.faults.lose?.(attempts++) ?? false;
    const start = performance.now();
    const outcome = lost
      ? { statusCode: 0, status: 'failed to connect to host' }
      : await attempt(target, agent, delivery);
    all.push(Object.assign(delivery, outcome, { durationMs: performance.now() - start }));
    if (all.length > kept) all.shift();
  };
  const begin = (what: Sent, guid: string, redelivery: boolean): void => {
    lastId += 1009n;
    const delivery = { ...what, id: lastId, guid, redelivery, ...unanswered(Date.now()) };
    later(() => deliver(delivery));
  };
  return {
    send: (what) => {
      const guid = randomUUID();
      begin(what, guid, false);
      if (target.faults.duplicate) begin(what, guid, false);
    },
    list: () => [...all].sort((a, b) => (a.id < b.id ? 1 : -1)),
    redeliver: (id) => {
      const found = all.find((delivery) => String(delivery.id) === id);
      if (found) begin(found, found.guid, true);
      return found !== undefined;
    },
    close: () => {
      closed = true;
      agent.destroy();
    },
  };
}

const unanswered = (deliveredAt: number) => ({
  deliveredAt,
  durationMs: 0,
  statusCode: 0,
  status: 'pending',
});
