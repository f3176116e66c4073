// The Lambda function behind `POST /github/webhooks`.
import { parseEnvironment, webhookEnvironment } from '../../shared/contract/environment.ts';
import { config } from '../../shared/runtime/config.ts';
import { logLine } from '../../shared/runtime/log.ts';
import { webhookRuntime } from '../../shared/runtime/webhook.ts';
import { createWebhook } from './webhook.ts';

const environment = parseEnvironment(webhookEnvironment, process.env);

export const handler = createWebhook({
  config,
  ...webhookRuntime(environment, config),
  log: logLine,
});
