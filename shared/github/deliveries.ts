// Deliveries of the App's webhook: which have arrived, and sending them again.
import * as z from 'zod/mini';
import type { Deliveries } from '../scheduler/ports.ts';
import { asApp } from './access.ts';
import type { GitHubClient } from './call.ts';
import { pageSize } from './pages.ts';
import { bodyOf, id, isRefused, nothing, time } from './reply.ts';

const attempt = z.object({
  id,
  guid: z.string(),
  delivered_at: time,
  status: z.string(),
  status_code: z.nullish(z.number()),
  redelivery: z.optional(z.boolean()),
});
type Outcome = Pick<z.infer<typeof attempt>, 'status' | 'status_code'>;

/** https://docs.github.com/rest/apps/webhooks */
export const deliveriesOf = (client: GitHubClient): Deliveries => ({
  /** All attempts of a delivery share its guid. */
  async page(cursor) {
    const answer = await client.call({
      route: 'GET /app/hook/deliveries',
      as: asApp,
      parameters: { per_page: pageSize, ...(cursor && { cursor }) },
      body: z.array(attempt),
    });
    if (cursor !== undefined && isRefused(answer, 400, 404, 410, 422)) return undefined;
    const attempts = bodyOf(answer).map(({ id, guid, delivered_at, redelivery, ...outcome }) => ({
      id,
      guid,
      at: delivered_at,
      hasArrived: hasArrived(outcome),
      ...(redelivery && { again: true as const }),
    }));
    return { attempts, next: answer.kind === 'ok' ? answer.cursor : undefined };
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

/** An attempt without an HTTP status has failed, too: hence not by the code alone. */
const hasArrived = ({ status, status_code: code }: Outcome): boolean =>
  status === 'OK' || (typeof code === 'number' && code >= 200 && code < 400);
