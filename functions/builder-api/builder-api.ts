// The builder API: what agents call over HTTPS, and the agent itself for machines that have none. Whatever a
// confused or hostile caller provokes is a 4xx that tells nothing.
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { claimRequest, finishedRequest, jobRequest, progressRequest } from '../../shared/contract/claim.ts';
import { claim } from '../../shared/operations/claim.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import { finished, progress, startJob } from '../../shared/operations/progress.ts';
import type { Spoken } from '../../shared/operations/speaker.ts';
import { agentArchive } from '../../shared/runtime/agent.ts';

/** `source`: the address that the call came from. */
type Route = (ports: Ports, body: unknown, source: string) => Promise<APIGatewayProxyStructuredResultV2>;

/** Public: there is no secret in it. */
const agentRoute = 'GET /builders/agent';

const routes: Record<string, Route> = {
  'POST /builders/claim': route(claimRequest, claim),
  'POST /builders/job': route(jobRequest, startJob),
  'POST /builders/progress': route(progressRequest, progress),
  'POST /builders/finished': route(finishedRequest, finished),
};

/**
 * The handler. A body that is no JSON is 415 or 422 by the middleware, one that breaks the contract 400. What
 * fails on our side is 500 and a line in the log: the agent asks again.
 */
export function createBuilderApi(ports: Ports) {
  const answer = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const found = Object.hasOwn(routes, event.routeKey) ? routes[event.routeKey] : undefined;
    const { sourceIp } = event.requestContext.http;
    return found ? found(ports, event.body, sourceIp) : json(404, { error: 'no such call' });
  };
  const logger = (error: unknown): void => {
    if (isOurs(error)) ports.log({ unit: 'call', level: 'error', outcome: 'failed', why: String(error) });
  };
  return middy(answer)
    .before(({ event }) => (event.routeKey === agentRoute ? agent() : undefined))
    .use(httpErrorHandler({ logger, fallbackMessage: '{"error":"try again"}' }))
    .use(httpJsonBodyParser());
}

/** The middleware marks what the caller did wrong with a status. */
const isOurs = (error: unknown): boolean => !(error instanceof Error && 'statusCode' in error);

function route<Schema extends z.ZodMiniType, Answer>(
  schema: Schema,
  call: (ports: Ports, request: z.output<Schema>, source: string) => Promise<Spoken<Answer>>,
): Route {
  return async (ports, body, source) => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) return json(400, { error: 'the body does not keep the contract of this call' });
    const spoken = await call(ports, parsed.data, source);
    return spoken.status === 200 ? json(200, spoken.answer) : json(spoken.status, { error: 'refused' });
  };
}

const agent = (): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 200,
  headers: { 'content-type': 'application/gzip' },
  body: agentArchive(),
  isBase64Encoded: true,
});

function json(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
