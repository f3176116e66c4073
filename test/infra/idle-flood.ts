// What a flood of requests can cost a day: every route at its throttle, from the first second to the last.
import * as z from 'zod/mini';
import { type Resource, resourcesOf, type Template } from './iam-template.ts';
import { logBytes } from './idle-cost.ts';
import { cost } from './idle-prices.ts';

const daySeconds = 86_400;

/** How long a function takes to refuse a stranger. */
const refusalMs = { least: 10, most: 50 };

/** A refusal and its headers; and the agent, which everybody may have. */
export const agentBytes = 16_000;
const answerBytes = (key: string): number => (key === 'GET /builders/agent' ? agentBytes : 500);

/** API Gateway takes bodies of up to 10 MB, and counts them in units of 512 KB. */
const largestBodyUnits = 20;

/** Reads before the call of a builder that is none is refused: its record, and its launch. */
const readsOf = (key: string): number => (key.startsWith('POST /builders/') ? 2 : 0);

/** One route under a flood. Dollars are of one day. */
export interface Flood {
  route: string;
  /** Requests that the throttle lets through, a second. */
  rate: number;
  /** With small bodies, refused as fast as can be, and slowly. */
  leastUsd: number;
  mostUsd: number;
  /** With the largest bodies that API Gateway takes. */
  largestUsd: number;
}

const throttle = z.object({ ThrottlingRateLimit: z.number() });
const stage = z.object({
  DefaultRouteSettings: throttle,
  RouteSettings: z._default(z.record(z.string(), throttle), {}),
});
const route = z.object({ RouteKey: z.string(), Target: z.string() });
const integration = z.object({ IntegrationUri: z.string() });
const lambda = z.object({ MemorySize: z.number() });

/**
 * What is beyond a throttle is refused by API Gateway itself, and not charged: so AWS says of its older APIs.
 * https://aws.amazon.com/api-gateway/pricing/
 */
export function floodCost(template: Template): Flood[] {
  const resources = resourcesOf(template);
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const stages = ofType('AWS::ApiGatewayV2::Stage').map(({ properties }) => stage.parse(properties));
  const [only] = stages;
  if (!only || stages.length > 1) throw new Error('not one stage: say in idle-flood.ts what each takes');
  return ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => {
    const { RouteKey, Target } = route.parse(properties);
    const { ThrottlingRateLimit: rate } = only.RouteSettings[RouteKey] ?? only.DefaultRouteSettings;
    return floodOf(RouteKey, rate, memoryBehind(Target, resources));
  });
}

function memoryBehind(target: string, resources: readonly Resource[]): number {
  const found = resources.find(({ id }) => target === `integrations/${id}`);
  const { IntegrationUri } = integration.parse(found?.properties);
  return lambda.parse(resources.find(({ arn }) => arn === IntegrationUri)?.properties).MemorySize;
}

function floodOf(key: string, rate: number, memoryMiB: number): Flood {
  const requests = rate * daySeconds;
  const usdFor = (ms: number) =>
    cost('httpRequest', requests) +
    cost('lambdaRun', requests) +
    cost('lambdaGiBSecond', (requests * (ms / 1000) * memoryMiB) / 1024) +
    cost('tableRead', requests * readsOf(key)) +
    cost('logGB', (requests * logBytes) / 1e9) +
    cost('trafficGB', (requests * answerBytes(key)) / 1e9);
  const mostUsd = usdFor(refusalMs.most);
  return {
    route: key,
    rate,
    leastUsd: usdFor(refusalMs.least),
    mostUsd,
    largestUsd: mostUsd + cost('httpRequest', requests * (largestBodyUnits - 1)),
  };
}
