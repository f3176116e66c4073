// The HTTP API: the routes of the public contract, and how much each takes.
import { CfnApi, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { resourceName } from '../../shared/contract/names.ts';
import { type Throttle, throttles } from './throttles.ts';

export interface RouteGroup {
  handler: LambdaFunction;
  /** By route: `<method> <path>`. */
  routes: Record<string, Throttle>;
}

export const declareHttpApi = (scope: Construct, installation: string): CfnApi =>
  new CfnApi(scope, 'HttpApi', {
    name: resourceName(installation, 'api'),
    description: 'Webhooks of GitHub, calls of builders, and what people see',
    protocolType: 'HTTP',
  });

/**
 * Routes requests to the functions. The settings of a route can only name a route that exists, so the stage
 * comes last.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export function declareRoutes(scope: Construct, api: CfnApi, groups: Record<string, RouteGroup>): CfnStage {
  const stage = new CfnStage(scope, 'Stage', {
    apiId: api.ref,
    stageName: '$default',
    autoDeploy: true,
    // What nobody gave a throttle of its own gets the smallest.
    defaultRouteSettings: {
      throttlingRateLimit: throttles.api.rate,
      throttlingBurstLimit: throttles.api.burst,
    },
    routeSettings: Object.fromEntries(Object.values(groups).flatMap(settingsOf)),
  });
  for (const [id, group] of Object.entries(groups)) {
    for (const route of declareGroup(scope, id, api, group)) stage.addResourceDependency(route);
  }
  return stage;
}

/** CDK hands these to CloudFormation as they are, so they are spelled as CloudFormation spells them. */
const settingsOf = ({ routes }: RouteGroup) =>
  Object.entries(routes).map(([key, { rate, burst }]) => [
    key,
    { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
  ]);

/** One integration and one permission for all routes of a function. */
function declareGroup(
  scope: Construct,
  id: string,
  api: CfnApi,
  { handler, routes }: RouteGroup,
): CfnRoute[] {
  const integration = new CfnIntegration(scope, `${id}Integration`, {
    apiId: api.ref,
    integrationType: 'AWS_PROXY',
    integrationUri: handler.functionArn,
    payloadFormatVersion: '2.0',
    timeoutInMillis: handler.timeout?.toMilliseconds(),
  });
  handler.addPermission('HttpApi', {
    principal: new ServicePrincipal('apigateway.amazonaws.com'),
    sourceArn: Stack.of(scope).formatArn({
      service: 'execute-api',
      resource: api.ref,
      resourceName: '*/*',
    }),
  });
  return Object.keys(routes).map(
    (key) =>
      new CfnRoute(scope, key.replaceAll('/', ' '), {
        apiId: api.ref,
        routeKey: key,
        target: `integrations/${integration.ref}`,
      }),
  );
}
