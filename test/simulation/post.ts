// What brings requests to the functions: signed deliveries of GitHub, forged ones of others, calls of agents.
import { createHmac } from 'node:crypto';
import { httpEvent } from './aws/events.ts';
import { type Functions, webhookSecret } from './functions.ts';
import type { Delivery } from './github.ts';
import type { Answer, Path } from './https.ts';
import { second } from './time.ts';
import type { World } from './world.ts';

/** GitHub waits so long for an answer. */
const patienceMs = 10 * second;

/** How many deliveries are followed by a forged one. */
const forgedShare = 0.1;

/** Jobs that nobody but a forger speaks of have ids that begin so. */
const forgedIds = '666000';

/** Does the id say that only a forger knows the job? */
export const isForged = (job: string): boolean => job.startsWith(forgedIds) && job.length > forgedIds.length;

type Gateway = { world: World } & Pick<Functions, 'webhook' | 'builderApi'>;

/** Brings a delivery to the webhook. Answers whether it was taken in time. `forged`: share of forgeries. */
export function deliverTo(
  { world, webhook }: Gateway,
  forged = forgedShare,
): (delivery: Delivery) => Promise<boolean> {
  const { time, chance } = world;
  const bring = (headers: Record<string, string>, body: string, about: string): Promise<number> =>
    webhook
      .invoke(httpEvent({ route: 'POST /github/webhooks', headers, body, source: '192.0.2.200' }), about)
      .then(
        ({ statusCode = 200 }) => statusCode,
        () => 500,
      );
  const forge = async (delivery: Delivery): Promise<void> => {
    await time.sleep(chance.between(0, second));
    const { headers, body, refusals } = chance.pick(forgeries)(delivery);
    const status = await bring(headers, body, 'forged');
    if (status < 500 && !refusals.includes(status))
      world.breaks(`invariant 6: a forged delivery is answered ${status}`);
  };
  return (delivery) => {
    if (chance.chance(forged)) void forge(delivery);
    const { body, about } = delivery;
    const taken = bring(headersOf(delivery, signed(body)), body, about).then((status) => status < 300);
    return Promise.race([taken, time.sleep(patienceMs).then(() => false)]);
  };
}

const headersOf = ({ guid, event }: Delivery, signature: string): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'GitHub-Hookshot/044aadd',
  'x-github-delivery': guid,
  'x-github-event': event,
  'x-hub-signature-256': signature,
});

const signed = (body: string, secret = webhookSecret): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

interface Forgery {
  headers: Record<string, string>;
  body: string;
  refusals: readonly number[];
}

/** Ways to forge: each speaks of a job that nobody has queued, but for what has lost its end. */
const forgeries: readonly ((delivery: Delivery) => Forgery)[] = [
  (delivery) => {
    const body = aboutForgedJob(delivery.body);
    return { headers: headersOf(delivery, signed(body, 'a guess')), body, refusals: [401] };
  },
  (delivery) => {
    const body = aboutForgedJob(delivery.body);
    const { 'x-hub-signature-256': _, ...headers } = headersOf(delivery, '');
    return { headers, body, refusals: [401] };
  },
  (delivery) => {
    const body = delivery.body.slice(0, -20);
    return { headers: headersOf(delivery, signed(delivery.body)), body, refusals: [401] };
  },
  (delivery) => {
    const body = delivery.body.slice(0, -20);
    return { headers: headersOf(delivery, signed(body)), body, refusals: [400] };
  },
];

/** The first id in a payload is that of its job. */
const aboutForgedJob = (body: string): string => body.replace(/"id":(\d+)/, `"id":${forgedIds}$1`);

/** Brings the call of an agent to the builder API. What fails on our side is a 500, a time-out a 503. */
export function postTo({ builderApi }: Gateway) {
  return async (what: Path, body: object, source: string): Promise<Answer> => {
    const headers = { 'content-type': 'application/json' };
    const event = httpEvent({ route: `POST /builders/${what}`, headers, body: JSON.stringify(body), source });
    try {
      const { statusCode = 200, body: text = '' } = await builderApi.invoke(event, what);
      return { status: statusCode, text };
    } catch {
      return { status: 503, text: '' };
    }
  };
}
