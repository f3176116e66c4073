// The rate limits of a simulated GitHub, of each account that calls: a primary one for an hour, a secondary
// one for a minute, and a fault that refuses an account for some minutes.
import type { Reply } from '../../../shared/github/reply.ts';
import { minute, second } from '../time.ts';
import type { World } from '../world.ts';

const hour = 60 * minute;

/**
 * Calls an hour of an installation, and registrations, which have a limit of their own
 * (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
const limits = { core: 5_000, actions_runner_registration: 10_000 } as const;

type Resource = keyof typeof limits;

/** Points a minute of one account on one endpoint: a call that reads costs 1, any other 5. */
const pointsAMinute = 900;

interface Budget {
  used: number;
  resetAt: number;
}

export interface Quotas {
  /** Counts a call: with what headers it is answered, and how, if it is refused. */
  count(account: string, route: string): { headers: Record<string, string>; refusal: Reply | undefined };
  /** What is left of the hour, by `<account> <resource>`. */
  left(): Record<string, number>;
}

export function quotas({ time, chance, faults, faulty, say }: World): Quotas {
  const budgets = new Map<string, Budget>();
  const points = new Map<string, Budget>();
  const pauses = new Map<string, number>();
  const within = (all: Map<string, Budget>, key: string, lastsMs: number): Budget => {
    const known = all.get(key);
    const budget = known && time.now() < known.resetAt ? known : { used: 0, resetAt: time.now() + lastsMs };
    all.set(key, budget);
    return budget;
  };
  const pauseOf = (account: string): number => {
    if (faulty(faults.rateLimited)) {
      const lastsMs = chance.between(1, 5) * minute;
      pauses.set(account, time.now() + lastsMs);
      say(`GitHub: refuses calls of ${account} for ${Math.round(lastsMs / second)} s`);
    }
    return (pauses.get(account) ?? 0) - time.now();
  };

  return {
    count(account, route) {
      const resource: Resource = route.endsWith('/generate-jitconfig')
        ? 'actions_runner_registration'
        : 'core';
      const budget = within(budgets, `${account} ${resource}`, hour);
      const minuteful = within(points, `${account} ${route}`, minute);
      const paused = pauseOf(account);
      minuteful.used += route.startsWith('GET ') ? 1 : 5;
      const isOver = budget.used >= limits[resource];
      if (!isOver) budget.used += 1;
      const headers = {
        'x-ratelimit-limit': String(limits[resource]),
        'x-ratelimit-remaining': String(limits[resource] - budget.used),
        'x-ratelimit-reset': String(Math.ceil(budget.resetAt / second)),
        'x-ratelimit-resource': resource,
      };
      const pauseMs = minuteful.used > pointsAMinute ? minuteful.resetAt - time.now() : paused;
      if (pauseMs > 0) return { headers, refusal: secondary(headers, pauseMs) };
      return { headers, refusal: isOver ? primary(headers, account) : undefined };
    },
    left: () =>
      Object.fromEntries(
        [...budgets].map(([key, { used }]) => [key, (key.endsWith(' core') ? limits.core : 10_000) - used]),
      ),
  };
}

const secondary = (headers: Record<string, string>, pauseMs: number): Reply => ({
  status: 403,
  headers: { ...headers, 'retry-after': String(Math.ceil(pauseMs / second)) },
  body: {
    message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  },
});

const primary = (headers: Record<string, string>, account: string): Reply => ({
  status: 403,
  headers,
  body: { message: `API rate limit exceeded for installation ID ${account}.` },
});
