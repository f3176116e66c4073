// GitHub's rate limits: what is left, and until when not to ask.
import { Doubt } from '../scheduler/ports.ts';
import { type Reply, wordsOf } from './reply.ts';

/** Who calls what: limits are counted for each installation, and for the App itself. */
export interface Caller {
  account: string;
  route: string;
}

/** Calls left of a primary limit, until it is filled up again (ms since 1970). */
interface Budget {
  remaining: number;
  resetAt: number;
}

export interface RateLimits {
  /** Throws `Doubt` with `retryAt` while GitHub would refuse; if the call `yields`, when little is left. */
  admit(caller: Caller, yields: boolean): void;
  /** Learns from an answer. Throws `Doubt` with `retryAt` when it is the refusal of a rate limit. */
  observe(caller: Caller, reply: Reply): void;
}

/** What a call that yields leaves to those that end machines and look jobs up. */
const reserve = 50;

/** The least that GitHub asks for where it names no time. */
const minuteMs = 60_000;
/** A limit's window; no header silences us for longer. */
const hourMs = 3_600_000;

/**
 * Primary limits are counted by resource (`core`, `actions_runner_registration`), which the answer names; a
 * secondary limit concerns the whole account
 * (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
export function rateLimits(now: () => number): RateLimits {
  const paused = new Map<string, number>();
  const budgets = new Map<string, Budget>();
  const resources = new Map<string, string>();
  const budgetOf = ({ account, route }: Caller): string => `${account} ${resources.get(route) ?? 'core'}`;
  const within = (at: number): number => Math.min(Math.max(at, now() + 1000), now() + hourMs);

  const learn = (caller: Caller, { headers }: Reply): Budget | undefined => {
    const remaining = count(headers['x-ratelimit-remaining']);
    const reset = count(headers['x-ratelimit-reset']);
    if (remaining === undefined || reset === undefined) return undefined;
    const resource = headers['x-ratelimit-resource'];
    if (resource) resources.set(caller.route, resource);
    const budget = { remaining, resetAt: within(reset * 1000) };
    budgets.set(budgetOf(caller), budget);
    return budget;
  };

  /** When a refused call may be repeated; undefined when it was no rate limit that refused it. */
  const pauseOf = ({ status, headers, body }: Reply): number | undefined => {
    if (status !== 403 && status !== 429) return undefined;
    const seconds = count(headers['retry-after']);
    if (seconds !== undefined) return within(now() + seconds * 1000);
    const usedUp = headers['x-ratelimit-remaining'] === '0';
    const named = status === 429 || /rate limit|abuse detection/i.test(wordsOf(body));
    return usedUp || named ? now() + minuteMs : undefined;
  };

  return {
    admit(caller, yields) {
      const pause = paused.get(caller.account) ?? 0;
      if (now() < pause) throw limited(caller, 'GitHub has asked us to wait', pause);
      const budget = budgets.get(budgetOf(caller));
      if (!budget || now() >= budget.resetAt || budget.remaining > (yields ? reserve : 0)) return;
      throw limited(caller, `${budget.remaining} calls are left`, budget.resetAt);
    },
    observe(caller, reply) {
      const budget = learn(caller, reply);
      const pause = pauseOf(reply);
      if (pause === undefined) return;
      const usedUp = budget?.remaining === 0 && reply.headers['retry-after'] === undefined;
      if (!usedUp) paused.set(caller.account, pause);
      throw limited(caller, `GitHub answered ${reply.status}`, usedUp ? budget.resetAt : pause);
    },
  };
}

const limited = ({ route }: Caller, what: string, retryAt: number): Doubt =>
  new Doubt(`${route}: rate limit, ${what}; again at ${new Date(retryAt).toISOString()}`, retryAt);

const count = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) : undefined;
