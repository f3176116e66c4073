// The webhook: verifies a delivery of GitHub, and records it if it is about one of our jobs.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { builderOfRunner } from '../../shared/contract/names.ts';
import { type Event, parseEvent } from '../../shared/github/events.ts';
import { verifySignature } from '../../shared/github/signature.ts';
import { isOfOwner, knownRepository, route } from '../../shared/policy/route.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { Misconfigured } from '../../shared/runtime/misconfigured.ts';
import type { RecordFacts } from '../../shared/runtime/webhook.ts';
import { headerOf, isJson, jsonOf, type Outcome, responseOf, textOf } from './delivery.ts';

export interface WebhookPorts {
  config: Config;
  /** The webhook's secrets: one, or two while they are rotated. */
  secrets(): Promise<readonly string[]>;
  /** Loads what records facts: asked only for a delivery that is ours. */
  record(): Promise<RecordFacts>;
  /** One line for each delivery, at its end. Never anything of a body but its action. */
  log(line: Record<string, unknown>): void;
}

type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The handler of `POST /github/webhooks`. Answers 202 (accepted, or ignored with the reason), 401, 413, 400;
 * and 503 when secrets or records fail, so that GitHub lists the delivery as failed and it is sent again.
 */
export function createWebhook(ports: WebhookPorts): Handler {
  return async (event) => {
    const began = performance.now();
    const end = await handle(ports, event).catch(failed);
    ports.log({
      delivery: headerOf(event, 'x-github-delivery')?.slice(0, 64),
      event: headerOf(event, 'x-github-event')?.slice(0, 64),
      action: end.action,
      outcome: end.outcome,
      why: end.why?.slice(0, 400),
      ms: Math.round((performance.now() - began) * 10) / 10,
    });
    return responseOf(end);
  };
}

async function handle(ports: WebhookPorts, event: APIGatewayProxyEventV2): Promise<Outcome> {
  const text = textOf(event);
  if (text === undefined) return refused(413, 'too large');
  const signature = headerOf(event, 'x-hub-signature-256');
  const verdict = signature ? await verifySignature(await ports.secrets(), text, signature) : 'missing';
  if (verdict !== 'good') return refused(401, `signature ${verdict}`, 'signature missing or bad');
  if (!isJson(headerOf(event, 'content-type'))) return refused(400, formWhy);
  const body = jsonOf(text);
  if (!body) return refused(400, 'the body is not JSON');
  return settle(ports, parseEvent(headerOf(event, 'x-github-event') ?? '', body.value));
}

/** Decides whether the event is ours and records it; what is not ours ends before anything is loaded. */
async function settle({ config, record }: WebhookPorts, event: Event): Promise<Outcome> {
  if (event.kind === 'ignored') return ignored(event.why, event.action);
  const { action, fact, installationId } = event;
  const known = knownRepository(config, fact.repository, installationId);
  const { runner } = fact;
  const isOnOurs = runner !== undefined && builderOfRunner(config.installation, runner) !== undefined;
  // A job of whatever repository may have got our runner: only what another installation says is nothing.
  if (!known.known && !(isOnOurs && isOfOwner(config, fact.repository, installationId)))
    return ignored(known.why, action);
  const seat = route(config, fact);
  if (seat.kind === 'pool') {
    const { kind: _, ...place } = seat;
    await (await record()).job(fact, place);
    return { status: 202, outcome: 'accepted', action, answer: { accepted: true, pool: seat.pool } };
  }
  if (!isOnOurs) return ignored(seat.why, action);
  await (await record()).foreign({ ...fact, runner });
  return {
    status: 202,
    outcome: 'accepted',
    action,
    why: `${seat.why}, on our runner`,
    answer: { accepted: true },
  };
}

const formWhy =
  "the content type is not JSON: choose application/json as content type in the App's webhook settings";

const refused = (status: 400 | 401 | 413, why: string, error = why): Outcome => ({
  status,
  outcome: 'refused',
  why,
  answer: { error },
});

const ignored = (why: string, action: string | undefined): Outcome => ({
  status: 202,
  outcome: 'ignored',
  action,
  why,
  answer: { ignored: why },
});

function failed(error: unknown): Outcome {
  const answer = { error: 'not recorded: to be delivered again' };
  return { status: 503, outcome: 'failed', why: causeOf(error), answer };
}

/** For the log: an error's name and code, since its message may quote what it failed on. */
function causeOf(error: unknown): string {
  if (error instanceof Misconfigured) return error.message;
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name;
}
