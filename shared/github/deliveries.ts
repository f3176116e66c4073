// Deliveries of the App's webhook: the failed ones, and sending them again.
import * as z from 'zod/mini';
import type { Deliveries } from '../scheduler/ports.ts';
import type { Time } from '../scheduler/records.ts';
import { asApp } from './access.ts';
import type { GitHubClient } from './call.ts';
import { pageSize } from './pages.ts';
import { bodyOf, id, isRefused, nothing, time } from './reply.ts';

/** Attempts that one look goes back over, at most: 3000. */
const maxPages = 30;

const attempt = z.object({
  id,
  guid: z.string(),
  delivered_at: time,
  status: z.string(),
  status_code: z.nullish(z.number()),
});
type Attempt = z.infer<typeof attempt>;

/** https://docs.github.com/rest/apps/webhooks */
export const deliveriesOf = (client: GitHubClient): Deliveries => ({
  async failed(since) {
    const attempts = await attemptsSince(client, since);
    const arrived = new Set(attempts.filter(hasArrived).map(({ guid }) => guid));
    const newest = new Map<string, string>();
    for (const { guid, id } of attempts) {
      if (!arrived.has(guid) && !newest.has(guid)) newest.set(guid, id);
    }
    return [...newest.values()];
  },
  /** A delivery that GitHub no longer keeps (three days) cannot be sent again, which is no error. */
  async redeliver(deliveryId) {
    const answer = await client.call({
      route: 'POST /app/hook/deliveries/{delivery_id}/attempts',
      as: asApp,
      parameters: { delivery_id: deliveryId },
      body: nothing,
    });
    if (!isRefused(answer, 404)) bodyOf(answer);
  },
});

/** Newest first. All attempts of a delivery share its guid. */
async function attemptsSince(client: GitHubClient, since: Time): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const answer = await client.call({
      route: 'GET /app/hook/deliveries',
      as: asApp,
      parameters: { per_page: pageSize, ...(cursor && { cursor }) },
      body: z.array(attempt),
    });
    const loaded = bodyOf(answer);
    attempts.push(...loaded.filter(({ delivered_at }) => delivered_at >= since));
    cursor = answer.kind === 'ok' ? answer.cursor : undefined;
    if (!cursor || loaded.some(({ delivered_at }) => delivered_at < since)) break;
  }
  return attempts;
}

/** An attempt without an HTTP status has failed, too: hence not by the code alone. */
const hasArrived = ({ status, status_code: code }: Attempt): boolean =>
  status === 'OK' || (typeof code === 'number' && code >= 200 && code < 400);
