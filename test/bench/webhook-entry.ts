// The webhook with its secret at hand: what a cold start takes besides reading the secret from SSM.
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { parseEnvironment, webhookEnvironment } from '../../shared/contract/environment.ts';
import { config } from '../../shared/runtime/config.ts';
import { webhookRuntime } from '../../shared/runtime/webhook.ts';

const environment = parseEnvironment(webhookEnvironment, process.env);

export const handler = createWebhook({
  config,
  secrets: async () => ['bench'],
  record: webhookRuntime(environment, config).record,
  log: (line) => console.log(JSON.stringify(line)),
});
