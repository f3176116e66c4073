// The control plane: everything that runs, waits or is kept between two jobs.
import { CfnOutput, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { installationTag, secretNames } from '../../shared/contract/names.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { codeBuildProjects } from '../../shared/runtime/aws/projects.ts';
import { declareAlarms } from './alarms.ts';
import { declareHandlers, type Handlers } from './handlers.ts';
import { declareHttpApi, declareRoutes, type RouteGroup } from './http-api.ts';
import { wakeByMachines } from './machine-events.ts';
import { hasStarts, machinesOf } from './machines.ts';
import { declareRings } from './rings.ts';
import { declareTables } from './tables.ts';
import { throttles } from './throttles.ts';
import { wakeByBuilds, wakeByClock, wakeByRings } from './wakers.ts';

/** `bundles`: the folder of the functions' bundles. */
export function controlPlane(scope: Construct, config: Config, bundles: string): Stack {
  const { installation, aws } = config;
  const stack = new Stack(scope, `callsheet-${installation}`, {
    description: `Callsheet '${installation}': the control plane`,
    ...(aws && { env: { region: aws.region } }),
    tags: { [installationTag]: installation },
  });
  const tables = declareTables(stack, installation);
  const rings = declareRings(stack, installation);
  const httpApi = declareHttpApi(stack, installation);
  const publicUrl = httpApi.attrApiEndpoint;
  const projects = codeBuildProjects(config);
  const machines = machinesOf(config);
  const ground = { installation, bundles, tables, rings, projects, machines, publicUrl };
  const handlers = declareHandlers(stack, ground);
  declareRoutes(stack, httpApi, routesTo(handlers));
  wakeByRings(handlers.dispatcher, rings);
  wakeByClock(stack, installation, handlers.reaper);
  wakeByBuilds(stack, installation, handlers.cloudEvents);
  if (machines && hasStarts(machines)) wakeByMachines(stack, installation, handlers.cloudEvents);
  declareAlarms(stack, {
    installation,
    deadRings: rings.dead,
    reaper: handlers.reaper,
    email: config.alarmEmail,
  });
  tell(stack, installation, publicUrl);
  return stack;
}

const routesTo = ({ webhook, builderApi, api }: Handlers): Record<string, RouteGroup> => ({
  Webhook: { handler: webhook, routes: { 'POST /github/webhooks': throttles.webhook } },
  BuilderApi: {
    handler: builderApi,
    routes: {
      'GET /builders/agent': throttles.claims,
      'POST /builders/claim': throttles.claims,
      'POST /builders/job': throttles.turns,
      'POST /builders/progress': throttles.progress,
      'POST /builders/finished': throttles.turns,
    },
  },
  Api: {
    handler: api,
    routes: {
      'GET /api/jobs': throttles.api,
      'GET /api/builders': throttles.api,
      'GET /api/hosts': throttles.api,
      'GET /api/receipts': throttles.api,
    },
  },
});

/** What an admin needs next: addresses, and the names of the secrets to fill. */
function tell(stack: Stack, installation: string, url: string): void {
  const secrets = secretNames(installation);
  const fill = 'SSM parameter that `npm run secrets` fills';
  new CfnOutput(stack, 'WebhookUrl', { value: `${url}/github/webhooks`, description: 'For the GitHub App' });
  new CfnOutput(stack, 'ApiUrl', {
    value: `${url}/api`,
    description: 'Jobs, builders, hosts and receipts, with the token',
  });
  new CfnOutput(stack, 'WebhookSecretsParameter', { value: secrets.webhookSecrets, description: fill });
  new CfnOutput(stack, 'AppKeyParameter', { value: secrets.appKey, description: fill });
  new CfnOutput(stack, 'BuilderSecretParameter', { value: secrets.builderSecret, description: fill });
  new CfnOutput(stack, 'ApiTokenParameter', { value: secrets.apiToken, description: fill });
}
