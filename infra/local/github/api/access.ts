// Who may call what: App or installation token, permission, repository; rate limits; GitHub's error answers.
import type { KeyObject } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Hub } from '../hub.ts';
import { type Grant, type grants, type Level, refusalOfJwt } from '../tokens.ts';
import type { Place, Repository } from '../world.ts';

export type Env = { Bindings: HttpBindings; Variables: { grant: Grant; repository: Repository } };

export interface Access {
  hub: Hub;
  publicKey: KeyObject;
  grants: ReturnType<typeof grants>;
  /** Calls of each installation in the present window. */
  used: Map<number, { count: number; resetAt: number }>;
}

/** GitHub's error body. */
export const refuse = (c: Context, status: ContentfulStatusCode, message: string): Response =>
  c.json({ message, documentation_url: 'https://docs.github.com/rest', status: String(status) }, status);

export const notFound = (c: Context): Response => refuse(c, 404, 'Not Found');

const bearer = (c: Context): string =>
  /^(?:bearer|token) +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';

/** Only the App itself, by its JSON web token. */
export const byApp =
  (access: Access): MiddlewareHandler<Env> =>
  async (c, next) => {
    const why = refusalOfJwt(bearer(c), access.publicKey, access.hub.options.appId, Date.now());
    if (why) return refuse(c, 401, why);
    return counted(c, access, theApp) ? next() : refuse(c, 403, 'API rate limit exceeded');
  };

const hourlyCalls = 5000;
/** Stands for an installation where the App calls as itself. */
const theApp = 0;

/** Counts the call and writes GitHub's rate limit headers. False: the limit is reached. */
function counted(c: Context, access: Access, installation: number): boolean {
  const now = Date.now();
  const known = access.used.get(installation);
  const window =
    known && known.resetAt > now ? known : { count: 0, resetAt: now + access.hub.delays.rateWindowMs };
  access.used.set(installation, window);
  window.count += 1;
  const remaining = Math.max(0, hourlyCalls - window.count);
  c.header('x-ratelimit-limit', String(hourlyCalls));
  c.header('x-ratelimit-remaining', String(remaining));
  c.header('x-ratelimit-used', String(Math.min(window.count, hourlyCalls)));
  c.header('x-ratelimit-reset', String(Math.ceil(window.resetAt / 1000)));
  c.header('x-ratelimit-resource', 'core');
  return window.count <= hourlyCalls;
}

const allows = (grant: Grant, permission: string, level: Level): boolean =>
  grant.permissions[permission] === 'write' || grant.permissions[permission] === level;

/** Answers the grant of the call's token, or the refusal. */
function grantOf(c: Context, access: Access): Grant | Response {
  const token = bearer(c);
  if (!token) return refuse(c, 401, 'Requires authentication');
  const grant = access.grants.find(token, Date.now());
  if (!grant) return refuse(c, 401, 'Bad credentials');
  if (counted(c, access, grant.installation)) return grant;
  return refuse(c, 403, `API rate limit exceeded for installation ID ${grant.installation}.`);
}

const reaches = (grant: Grant, repository: Repository): boolean =>
  grant.owner.toLowerCase() === repository.owner.toLowerCase() &&
  (grant.repositories?.has(repository.fullName.toLowerCase()) ?? true);

/** Routes under `/repos/:owner/:repo`: 404 outside the token's repositories, 403 without the permission. */
export const onRepository =
  (access: Access, permission: string, level: Level): MiddlewareHandler<Env> =>
  async (c, next) => {
    const grant = grantOf(c, access);
    if (grant instanceof Response) return grant;
    const repository = access.hub.world.repositories.get(`${c.req.param('owner')}/${c.req.param('repo')}`);
    if (!repository || !reaches(grant, repository)) return notFound(c);
    if (!allows(grant, permission, level)) return refuse(c, 403, 'Resource not accessible by integration');
    c.set('repository', repository);
    return next();
  };

/** Routes under `/orgs/:org`. */
export const onOrganization =
  (access: Access, permission: string, level: Level): MiddlewareHandler<Env> =>
  async (c, next) => {
    const grant = grantOf(c, access);
    if (grant instanceof Response) return grant;
    if (grant.owner.toLowerCase() !== c.req.param('org')?.toLowerCase()) return notFound(c);
    if (!allows(grant, permission, level)) return refuse(c, 403, 'Resource not accessible by integration');
    c.set('grant', grant);
    return next();
  };

/** Are both of one organization, or of one repository? Names are unique there, lists show what is there. */
export const sameOwner = (a: Place, b: Place): boolean =>
  a.kind === 'organization'
    ? b.kind === 'organization' && a.organization === b.organization
    : b.kind === 'repository' && a.repository === b.repository;

/** A page of `items` (`per_page` at most 100, default 30), with a `Link` header when there are more. */
export function page<T>(c: Context, items: T[]): T[] {
  const size = Math.min(100, Math.max(1, Number(c.req.query('per_page') ?? 30) || 30));
  const number = Math.max(1, Number(c.req.query('page') ?? 1) || 1);
  if (number * size < items.length) {
    const next = new URL(c.req.url);
    next.searchParams.set('page', String(number + 1));
    c.header('link', `<${next}>; rel="next"`);
  }
  return items.slice((number - 1) * size, number * size);
}

/** The body as JSON, or undefined when it is none. */
export const jsonBody = async (c: Context): Promise<unknown> => c.req.json().catch(() => undefined);
