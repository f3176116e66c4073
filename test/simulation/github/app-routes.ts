// Routes of a simulated GitHub about deliveries of the App's webhook.
import type { Attempt } from './attempts.ts';
import type { Inside } from './inside.ts';
import { notFound, ok, type Routes, refuse, sizeOf, wordOf } from './routes.ts';
import { numberOf } from './shapes.ts';

const list = 'https://api.github.com/app/hook/deliveries';

/** https://docs.github.com/rest/apps/webhooks */
export const appRoutes = ({ deliveries }: Inside): Routes => ({
  'GET /app/hook/deliveries'(parameters) {
    const olderThan = cursorIn(parameters);
    if (olderThan === 'bad') return refuse(422, 'Invalid cursor');
    const size = sizeOf(parameters);
    const { attempts, more } = deliveries.page(size, olderThan);
    const last = attempts.at(-1);
    const link = last && more && `<${list}?per_page=${size}&cursor=v1_${last.id}%3D>; rel="next"`;
    return { status: 200, headers: link ? { link } : {}, body: attempts.map(shapeOf) };
  },
  'POST /app/hook/deliveries/{delivery_id}/attempts': (parameters) =>
    deliveries.redeliver(wordOf(parameters, 'delivery_id')) ? ok({}, 202) : notFound(),
});

/** What a page's link has said: no other text is one. */
function cursorIn({ cursor }: Record<string, unknown>): string | undefined {
  if (cursor === undefined) return undefined;
  return (typeof cursor === 'string' && /^v1_(\d+)=$/.exec(cursor)?.[1]) || 'bad';
}

const shapeOf = ({ id, guid, at, redelivery, status, statusCode, told }: Attempt) => ({
  id,
  guid,
  delivered_at: new Date(at).toISOString(),
  redelivery,
  duration: 0.2,
  status,
  status_code: statusCode,
  event: 'workflow_job',
  action: told.action,
  installation_id: Number(told.installation),
  repository_id: numberOf(told.job.repository),
});
