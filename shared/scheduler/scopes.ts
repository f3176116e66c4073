// Scopes that GitHub refuses: set aside with a reason, given another chance, and each time later.
import type { Limits } from './limits.ts';
import type { Pool, RefusedScope, Scope, Time } from './records.ts';

/** The refusal that holds for a scope now, or undefined. */
export function refusalOf(pool: Pool, scope: Scope): RefusedScope | undefined {
  const refused = pool.refusedScopes[scope];
  return refused?.liftedAt === undefined ? refused : undefined;
}

/** The pool after GitHub has refused a registration in the scope; a matrix of builders is one refusal. */
export function refuseScope(pool: Pool, scope: Scope, why: string, now: Time): Pool {
  if (refusalOf(pool, scope)) return pool;
  const times = (pool.refusedScopes[scope]?.times ?? 0) + 1;
  return { ...pool, refusedScopes: { ...pool.refusedScopes, [scope]: { since: now, why, times } } };
}

/** The pool after the scope got another chance. */
export function liftScope(pool: Pool, scope: Scope, now: Time): Pool {
  const refused = pool.refusedScopes[scope];
  if (!refused) return pool;
  return { ...pool, refusedScopes: { ...pool.refusedScopes, [scope]: { ...refused, liftedAt: now } } };
}

/**
 * Scopes to ask GitHub about. What a call without a machine cannot see (a label that GitHub will not have) is
 * refused again with a machine: hence 1, 2, 4 … 60 minutes between the chances.
 */
export function scopesToProbe(pool: Pool, now: Time, limits: Limits): Scope[] {
  const waitMs = ({ times }: RefusedScope): number =>
    times === 1 ? 0 : Math.min(limits.sweepMs * 2 ** (times - 1), limits.rungClosedMaxMs);
  return Object.entries(pool.refusedScopes)
    .filter(([, refused]) => refused.liftedAt === undefined && now - refused.since >= waitMs(refused))
    .map(([scope]) => scope);
}

/** The pool without scopes that have been well for an hour. */
export function forgetScopes(pool: Pool, now: Time, limits: Limits): Pool | undefined {
  const kept = Object.entries(pool.refusedScopes).filter(
    ([, { liftedAt }]) => liftedAt === undefined || now - liftedAt < limits.tombstoneMs,
  );
  if (kept.length === Object.keys(pool.refusedScopes).length) return undefined;
  return { ...pool, refusedScopes: Object.fromEntries(kept) };
}
