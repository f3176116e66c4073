// Callsheet's real functions in a simulated world: each environment has ports of its own, and dies with them.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, SQSEvent } from 'aws-lambda';
import { createBuilderApi } from '../../functions/builder-api/builder-api.ts';
import {
  type CloudEvent,
  createCloudEvents,
  readBySource,
} from '../../functions/cloud-events/cloud-events.ts';
import { codeBuildEvents } from '../../functions/cloud-events/codebuild.ts';
import { ec2Events } from '../../functions/cloud-events/ec2.ts';
import { createDispatcher } from '../../functions/dispatcher/dispatcher.ts';
import { createReaper } from '../../functions/reaper/reaper.ts';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { readEnded } from '../../infra/local/ended.ts';
import type { Ports } from '../../shared/operations/ports.ts';
import * as procedures from '../../shared/operations/record.ts';
import type { Config } from '../../shared/policy/schema.ts';
import { freshFor } from '../../shared/runtime/fresh.ts';
import { recordFacts } from '../../shared/runtime/webhook.ts';
import { clientOf } from './aws/client.ts';
import { contextOf } from './aws/events.ts';
import { type FunctionSettings, type SimulatedFunction, simulatedFunction } from './aws/lambda.ts';
import { minute } from './time.ts';
import type { Process, World } from './world.ts';

/** The secret of the world's webhook: no record may hold it. */
export const webhookSecret = 'a secret of the webhook, which no record may hold';

/** What the functions work with. */
export interface Installation {
  world: World;
  /** The configuration as it is deployed now. */
  config(): Config;
  /** The ports of one environment. */
  ports(process: Process): Ports;
}

type Result = APIGatewayProxyStructuredResultV2;

export interface Functions {
  webhook: SimulatedFunction<APIGatewayProxyEventV2, Result>;
  dispatcher: SimulatedFunction<SQSEvent, void>;
  builderApi: SimulatedFunction<APIGatewayProxyEventV2, Result>;
  cloudEvents: SimulatedFunction<CloudEvent, void>;
  reaper: SimulatedFunction<void, void>;
}

/** Deploys the functions, with the time limits that the stack gives them: see infra/aws/handlers.ts. */
export function deployFunctions({ world, config, ports }: Installation): Functions {
  const deploy = <Event, Answer>(
    name: string,
    limitSeconds: number,
    create: FunctionSettings<Event, Answer>['create'],
  ): SimulatedFunction<Event, Answer> =>
    simulatedFunction(world, { name, limitSeconds, release: config, create });
  return {
    webhook: deploy('webhook', 10, (process) => webhookOf(world, process, ports(process))),
    dispatcher: deploy('dispatcher', 30, (process) => createDispatcher(ports(process))),
    builderApi: deploy('builder-api', 30, (process) => {
      const handler = createBuilderApi(ports(process));
      return (event: APIGatewayProxyEventV2): Promise<Result> => handler(event, contextOf('builder-api'));
    }),
    cloudEvents: deploy('cloud-events', 30, (process) => cloudEventsOf(config(), ports(process))),
    reaper: deploy('reaper', 60, (process) => createReaper(ports(process))),
  };
}

/** Its secrets are kept for five minutes, as the runtime keeps them. */
function webhookOf(world: World, process: Process, ports: Ports) {
  const ask = clientOf(world, process);
  const secrets = freshFor(5 * minute, () => ask('secrets', () => [webhookSecret]), ports.clock.now);
  const facts = recordFacts(ports, ports.config, async () => procedures);
  return createWebhook({ config: ports.config, secrets, record: async () => facts, log: ports.log });
}

/** Lambda logs what a handler throws, and repeats the event. */
function cloudEventsOf(config: Config, ports: Ports) {
  const read = readBySource({
    'aws.codebuild': codeBuildEvents(config.installation),
    'aws.ec2': ec2Events(config),
    'callsheet.local': readEnded,
  });
  const handle = createCloudEvents(ports, read);
  return (event: CloudEvent): Promise<void> =>
    handle(event).catch((error: unknown) => {
      ports.log({ unit: 'cloud-event', level: 'error', why: String(error) });
      throw error;
    });
}
