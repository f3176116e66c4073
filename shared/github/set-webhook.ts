// Sets the secret with which GitHub signs the App's deliveries.
import { asApp } from './access.ts';
import type { GitHubClient } from './call.ts';
import { bodyOf, nothing } from './reply.ts';

/**
 * Repeating is a no-op; the other settings stay
 * (https://docs.github.com/rest/apps/webhooks#update-a-webhook-configuration-for-an-app).
 */
export async function setWebhookSecret(client: GitHubClient, secret: string): Promise<void> {
  const parameters = { secret };
  bodyOf(await client.call({ route: 'PATCH /app/hook/config', as: asApp, parameters, body: nothing }));
}
