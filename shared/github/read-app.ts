// What the App is at GitHub: its permissions and events, its installations, the settings of its webhook.
import * as z from 'zod/mini';
import { asApp } from './access.ts';
import type { GitHubClient } from './call.ts';
import { pageSize, readPages } from './pages.ts';
import { bodyOf, id } from './reply.ts';

/** Permission keys as App manifests spell them, with `read`, `write` or `admin`. */
export type Granted = Record<string, string>;

export interface AppFacts {
  /** The name in its address at GitHub. */
  slug: string;
  permissions: Granted;
  events: string[];
}

export interface InstallationFacts {
  id: string;
  /** The organization or user; GitHub gives none for some enterprises. */
  account: string | undefined;
  suspended: boolean;
  /** What its owner has accepted, which may be less than the App asks for. */
  permissions: Granted;
  events: string[];
}

/** GitHub masks the secret, so it is not read. */
export interface WebhookSettings {
  url: string | undefined;
  contentType: string | undefined;
  verifiesTls: boolean;
}

const maxPages = 10;
const granted = z.record(z.string(), z.string());
const app = z.object({ slug: z._default(z.string(), ''), permissions: granted, events: z.array(z.string()) });

const installations = z.array(
  z.object({
    id,
    account: z.nullish(z.object({ login: z.optional(z.string()) })),
    suspended_at: z.nullish(z.string()),
    permissions: granted,
    events: z.array(z.string()),
  }),
);

const webhook = z.object({
  url: z.optional(z.string()),
  content_type: z.optional(z.string()),
  insecure_ssl: z.optional(z.union([z.string(), z.number()])),
});

/** https://docs.github.com/rest/apps/apps#get-the-authenticated-app */
export async function readApp(client: GitHubClient): Promise<AppFacts> {
  return bodyOf(await client.call({ route: 'GET /app', as: asApp, body: app }));
}

/** https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app */
export async function readInstallations(client: GitHubClient): Promise<InstallationFacts[]> {
  const { items } = await readPages(maxPages, async (page) => {
    const parameters = { per_page: pageSize, page };
    const route = 'GET /app/installations';
    return bodyOf(await client.call({ route, as: asApp, parameters, body: installations }));
  });
  return items.map(({ id, account, suspended_at, permissions, events }) => ({
    id,
    account: account?.login,
    suspended: typeof suspended_at === 'string',
    permissions,
    events,
  }));
}

/** https://docs.github.com/rest/apps/webhooks#get-a-webhook-configuration-for-an-app */
export async function readWebhook(client: GitHubClient): Promise<WebhookSettings> {
  const answer = await client.call({ route: 'GET /app/hook/config', as: asApp, body: webhook });
  const { url, content_type: contentType, insecure_ssl: insecure = 0 } = bodyOf(answer);
  return { url, contentType, verifiesTls: String(insecure) === '0' };
}
