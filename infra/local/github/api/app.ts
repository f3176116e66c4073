// Routes of the App itself: installations, their tokens, the deliveries of its webhook.
import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { Deliveries, Delivery } from '../deliveries.ts';
import type { Hub } from '../hub.ts';
import { account, accountId, minimalRepository, seconds } from '../shapes.ts';
import { appPermissions, type Level } from '../tokens.ts';
import type { Repository } from '../world.ts';
import { type Access, byApp, type Env, jsonBody, notFound, refuse } from './access.ts';

const tokenRequest = z.object({
  repositories: z.optional(z.array(z.string()).check(z.maxLength(500))),
  repository_ids: z.optional(z.array(z.number()).check(z.maxLength(500))),
  permissions: z.optional(z.record(z.string(), z.enum(['read', 'write']))),
});

type TokenRequest = z.infer<typeof tokenRequest>;

export function appRoutes(access: Access, deliveries: Deliveries): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post('/app/installations/:id/access_tokens', byApp(access), async (c) => {
    const id = Number(c.req.param('id'));
    const installation = access.hub.world.installations.values().find((one) => one.id === id);
    if (!installation) return notFound(c);
    const wanted = tokenRequest.safeParse((await jsonBody(c)) ?? {});
    if (!wanted.success) return refuse(c, 422, 'Validation Failed');
    const permissions = narrowed(wanted.data.permissions);
    if (!permissions)
      return refuse(c, 422, 'The permissions requested are not granted to this installation.');
    const repositories = chosen(access.hub, installation.owner, wanted.data);
    if (repositories === 'unknown') return refuse(c, 422, unknownRepository);
    const { token, grant } = access.grants.issue({
      owner: installation.owner,
      installation: installation.id,
      permissions,
      ...(repositories
        ? { repositories: new Set(repositories.map((one) => one.fullName.toLowerCase())) }
        : {}),
    });
    const selection = repositories
      ? {
          repository_selection: 'selected',
          repositories: repositories.map((one) => minimalRepository(access.hub.url, one)),
        }
      : { repository_selection: 'all' };
    return c.json({ token, expires_at: seconds(grant.expiresAt), permissions, ...selection }, 201);
  });
  routes.get('/repos/:owner/:repo/installation', byApp(access), (c) => {
    const repository = access.hub.world.repositories.get(`${c.req.param('owner')}/${c.req.param('repo')}`);
    const shape = repository && installationShape(access.hub, repository.owner);
    return shape ? c.json(shape) : notFound(c);
  });
  routes.get('/app/hook/deliveries', byApp(access), (c) => {
    const size = Math.min(100, Math.max(1, Number(c.req.query('per_page') ?? 30) || 30));
    const { items, next } = cursorPage(deliveries.list(), c.req.query('cursor'), size);
    if (next) {
      const url = new URL(c.req.url);
      url.searchParams.set('cursor', next);
      c.header('link', `<${url}>; rel="next"`);
    }
    const body = JSON.stringify(items.map(deliveryShape));
    return c.body(body.replaceAll(/"id":"(\d+)"/g, '"id":$1'), 200, { 'content-type': 'application/json' });
  });
  routes.post('/app/hook/deliveries/:id/attempts', byApp(access), (c) =>
    deliveries.redeliver(c.req.param('id')) ? c.json({}, 202) : notFound(c),
  );
  return routes;
}

const unknownRepository =
  'There is at least one repository that does not exist or is not accessible to the parent installation.';

/** The permissions of the new token, or undefined when the App does not have what is asked for. */
function narrowed(wanted: Record<string, Level> | undefined): Record<string, Level> | undefined {
  if (!wanted) return appPermissions;
  const granted = Object.entries(wanted).every(
    ([name, level]) => appPermissions[name] === 'write' || appPermissions[name] === level,
  );
  return granted ? { metadata: 'read', ...wanted } : undefined;
}

/** The repositories that the token is narrowed to; undefined: all. */
function chosen(hub: Hub, owner: string, wanted: TokenRequest): Repository[] | undefined | 'unknown' {
  if (!wanted.repositories && !wanted.repository_ids) return undefined;
  const own = hub.world.repositories
    .values()
    .filter((one) => one.owner.toLowerCase() === owner.toLowerCase());
  const found = [
    ...(wanted.repositories ?? []).map((name) =>
      own.find((one) => one.name.toLowerCase() === name.toLowerCase()),
    ),
    ...(wanted.repository_ids ?? []).map((id) => own.find((one) => one.id === id)),
  ];
  const known = found.filter((one) => one !== undefined);
  return known.length === found.length ? known : 'unknown';
}

function installationShape(hub: Hub, owner: string) {
  const installation = hub.world.installations.get(owner);
  return (
    installation && {
      id: installation.id,
      account: account(hub.url, installation.owner, 'Organization'),
      repository_selection: 'all',
      access_tokens_url: `${hub.url}/app/installations/${installation.id}/access_tokens`,
      repositories_url: `${hub.url}/installation/repositories`,
      app_id: hub.options.appId,
      target_id: accountId(installation.owner),
      target_type: 'Organization',
      permissions: appPermissions,
      events: ['workflow_job'],
      suspended_at: null,
    }
  );
}

/** Pages by an opaque cursor, which stays true while new deliveries arrive. */
function cursorPage(list: Delivery[], cursor: string | undefined, size: number) {
  const before = cursor ? BigInt(Buffer.from(cursor, 'base64url').toString() || '0') : undefined;
  const rest = before === undefined ? list : list.filter((delivery) => delivery.id < before);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const next = last && rest.length > size ? Buffer.from(String(last.id)).toString('base64url') : undefined;
  return { items, next };
}

/** The id goes out as a number that is larger than JavaScript's: `deliveries` takes its quotes away. */
const deliveryShape = (delivery: Delivery) => ({
  id: String(delivery.id),
  guid: delivery.guid,
  delivered_at: new Date(delivery.deliveredAt).toISOString(),
  redelivery: delivery.redelivery,
  duration: Math.round(delivery.durationMs / 10) / 100,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId,
  repository_id: delivery.repositoryId,
  throttled_at: null,
});
