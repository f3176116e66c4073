// Do deliveries of GitHub arrive, and only those of GitHub?
import { randomUUID } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';
import { deliveriesOf } from '../../../shared/github/deliveries.ts';
import { readWebhook } from '../../../shared/github/read-app.ts';
import type { Deliveries } from '../../../shared/scheduler/ports.ts';
import { webhookSecretsOf } from '../secrets/forms.ts';
import { type Check, type Finding, fail, isolated, ok, type Scene, skipped, warn } from './finding.ts';
import { request } from './network.ts';

const page = "the App's page, General, Webhook";

/** What GitHub is told about the webhook. */
export const webhookSettings: Check = {
  name: 'webhook settings',
  async run({ gitHub, webhookUrl }) {
    const settings = await readWebhook(await gitHub());
    const check = 'webhook settings';
    const address = await isolated('webhook url', async () => {
      const { href } = await webhookUrl();
      return [
        settings.url === href
          ? ok('webhook url', href)
          : fail('webhook url', `GitHub delivers to ${settings.url ?? 'nowhere'}`, `${page}: set ${href}`),
      ];
    });
    const isJson = settings.contentType === 'json';
    return [
      ...address,
      !isJson
        ? fail(check, `content type '${settings.contentType}'`, `${page}: choose application/json`)
        : settings.verifiesTls
          ? ok(check, 'JSON, over verified TLS')
          : fail(check, 'GitHub does not verify TLS', `${page}: enable SSL verification`),
    ];
  },
};

const dayMs = 24 * 3_600_000;
const mostPages = 10;

export const deliveries: Check = {
  name: 'deliveries',
  async run({ gitHub }) {
    const failed = await failedSince(deliveriesOf(await gitHub()), Date.now() - dayMs);
    return [
      failed === 0
        ? ok('deliveries', 'none failed in a day')
        : warn('deliveries', `failed in a day: ${failed}`, "the App's page, Advanced, shows why"),
    ];
  },
};

/** How many deliveries have failed since then, and have not arrived: of the last thousand attempts. */
async function failedSince(list: Deliveries, since: number): Promise<number> {
  const arrived = new Set<string>();
  const failed = new Set<string>();
  let cursor: string | undefined;
  for (let n = 0; n < mostPages; n += 1) {
    const { attempts, next } = (await list.page(cursor)) ?? { attempts: [] };
    const recent = attempts.filter(({ at }) => at >= since);
    for (const { guid, hasArrived } of recent) (hasArrived ? arrived : failed).add(guid);
    if (next === undefined || recent.length < attempts.length) break;
    cursor = next;
  }
  return [...failed].filter((guid) => !arrived.has(guid)).length;
}

/** Sends a ping as GitHub would, and one that somebody else would send. */
export const webhookAnswers: Check = {
  name: 'webhook',
  async run(scene) {
    const url = await scene.webhookUrl();
    const [good, bad] = await Promise.all([
      isolated('webhook takes GitHub', async () => [await takesSigned(url, scene)]),
      isolated('webhook refuses others', async () => [await refusesOthers(url)]),
    ]);
    return [...good, ...bad];
  },
};

async function takesSigned(url: URL, { secrets }: Scene): Promise<Finding> {
  const check = 'webhook takes GitHub';
  const state = (await secrets()).find(({ kind }) => kind === 'webhook');
  const [secret] = webhookSecretsOf(state?.stored?.value ?? '');
  if (!secret) return skipped(check, 'no secret to sign with', 'npm run secrets -- --create');
  const status = await ping(url, secret);
  if (status === 202) return ok(check, 'answered 202 to a signed ping');
  const remedy =
    status === 401 ? 'if its secret is new, wait five minutes, else deploy again' : lookAt(status);
  return fail(check, `answered ${status} to a signed ping, not 202`, remedy);
}

async function refusesOthers(url: URL): Promise<Finding> {
  const check = 'webhook refuses others';
  const status = await ping(url, 'somebody else');
  return status === 401
    ? ok(check, 'answered 401 to a wrong signature')
    : fail(check, `answered ${status} to a wrong signature, not 401`, lookAt(status));
}

const lookAt = (status: number): string =>
  status >= 500
    ? "its function fails: look at the function's log"
    : 'is this the webhook? deploy, or give --url';

/** The status of the answer. */
async function ping(url: URL, secret: string): Promise<number> {
  const body = JSON.stringify({ zen: 'Callsheet asks whether it is heard.' });
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'ping',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': await sign(secret, body),
  };
  return (await request(url, { method: 'POST', headers, body })).status;
}

/** The address as people paste it: the path may be left out. Undefined: it is none. */
export function webhookAddress(text: string): URL | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.pathname === '/') url.pathname = '/github/webhooks';
  return url;
}
