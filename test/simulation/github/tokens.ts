// Installation tokens of a simulated GitHub: narrowed, good for an hour.
import * as z from 'zod/mini';
import type { Permissions } from '../../../shared/github/access.ts';
import { minute } from '../time.ts';
import { type Inside, isInstalled } from './inside.ts';
import { secretMark } from './records.ts';
import { notFound, ok, type Routes, refuse, wordOf } from './routes.ts';

interface Grant {
  account: string;
  owner: string;
  permissions: Permissions;
  until: number;
}

export interface Tokens {
  give(grant: Grant): string;
  /** Undefined: it was never given, or has expired. */
  find(token: string): Grant | undefined;
}

const lifeMs = 60 * minute;

export function tokens({ world }: Inside): Tokens {
  const grants = new Map<string, Grant>();
  return {
    give(grant) {
      const token = `ghs_${secretMark}-${grants.size + 1}`;
      grants.set(token, grant);
      return token;
    },
    find(token) {
      const grant = grants.get(token);
      return grant && world.time.now() < grant.until ? grant : undefined;
    },
  };
}

const narrowed = z.object({
  permissions: z.record(z.string(), z.enum(['read', 'write'])),
  repositories: z.optional(z.array(z.string())),
});

/** https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app */
export const tokenRoutes = (inside: Inside, given: Tokens): Routes => ({
  'POST /app/installations/{installation_id}/access_tokens'(parameters) {
    const account = wordOf(parameters, 'installation_id');
    const { installations } = inside.settings;
    const owner = Object.keys(installations).find((one) => installations[one] === account);
    if (owner === undefined || !isInstalled(inside, owner)) return notFound();
    const { permissions, repositories = [] } = z.parse(narrowed, parameters);
    const lost = repositories.find((name) => inside.deleted.has(`${owner}/${name}`));
    if (lost !== undefined) return refuse(422, 'There is at least one repository that does not exist');
    if (isRefused(inside, owner, permissions, repositories))
      return refuse(422, 'The permissions requested are not granted to this installation.');
    const until = inside.world.time.now() + lifeMs;
    const token = given.give({ account, owner, permissions, until });
    return ok({ token, expires_at: new Date(until).toISOString(), permissions }, 201);
  },
});

/** While the scope is refused, there is no right to the runners of its place. Each refusal is a fault. */
function isRefused(
  { world }: Inside,
  owner: string,
  permissions: Permissions,
  repositories: string[],
): boolean {
  const [kind, organization, name = ''] = world.faults.refusedScope?.split('/') ?? [];
  const isMeant =
    kind === 'group'
      ? permissions.organization_self_hosted_runners !== undefined
      : permissions.administration !== undefined && repositories.includes(name);
  return organization === owner && isMeant && world.faulty(1);
}
