// GitHub's rate limits: what is left, and until when not to ask.
import { type Allowance, Doubt } from '../scheduler/ports.ts';
import type { Yields } from './call.ts';
import { type Reply, wordsOf } from './reply.ts';

/** Who calls what: limits are counted for each installation, and for the App itself. */
export interface Caller {
  account: string;
  route: string;
}

export interface RateLimits {
  /** Throws `Doubt` with `retryAt` while GitHub would refuse; if the call `yields`, when little is left. */
  admit(caller: Caller, yields: Yields): void;
  /** Learns from an answer. Throws `Doubt` with `retryAt` when it is the refusal of a rate limit. */
  observe(caller: Caller, reply: Reply): void;
  /** What is left of an account's calls, but for those that have a limit of their own. */
  allowance(account: string): Allowance | undefined;
}

/** What a call that yields leaves to those that end machines and look jobs up. */
const reserve = 50;
const earlyShare = 0.25;

function leftBy(yields: Yields, { limit }: Allowance): number {
  if (yields === 'early') return limit * earlyShare;
  return yields ? reserve : 0;
}

/** What most calls are counted as, and the least that GitHub allows of them in an hour. */
const core = 'core';
const leastLimit = 5000;

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
  const budgets = new Map<string, Allowance>();
  const resources = new Map<string, string>();
  const budgetOf = ({ account, route }: Caller): string => `${account} ${resources.get(route) ?? core}`;

  const learn = (caller: Caller, { headers }: Reply): Allowance | undefined => {
    const remaining = count(headers['x-ratelimit-remaining']);
    const reset = count(headers['x-ratelimit-reset']);
    if (remaining === undefined || reset === undefined) return undefined;
    const resource = headers['x-ratelimit-resource'];
    if (resource) resources.set(caller.route, resource);
    const limit = count(headers['x-ratelimit-limit']) ?? leastLimit;
    const budget = { remaining, limit, resetAt: within(reset * 1000, now()) };
    budgets.set(budgetOf(caller), budget);
    return budget;
  };

  return {
    admit(caller, yields) {
      const pause = paused.get(caller.account) ?? 0;
      if (now() < pause) throw limited(caller, 'GitHub has asked us to wait', pause);
      const budget = budgets.get(budgetOf(caller));
      if (!budget || now() >= budget.resetAt || budget.remaining > leftBy(yields, budget)) return;
      throw limited(caller, `${budget.remaining} calls are left`, budget.resetAt);
    },
    observe(caller, reply) {
      const budget = learn(caller, reply);
      const pause = pauseOf(reply, now());
      if (pause === undefined) return;
      const usedUp = budget?.remaining === 0 && reply.headers['retry-after'] === undefined;
      if (!usedUp) paused.set(caller.account, pause);
      throw limited(caller, `GitHub answered ${reply.status}`, usedUp ? budget.resetAt : pause);
    },
    allowance(account) {
      const budget = budgets.get(`${account} ${core}`);
      const pause = paused.get(account) ?? 0;
      if (now() < pause) return { remaining: 0, limit: budget?.limit ?? leastLimit, resetAt: pause };
      return budget && now() < budget.resetAt ? budget : undefined;
    },
  };
}

/** In a second at least, and in an hour at most. */
const within = (at: number, now: number): number => Math.min(Math.max(at, now + 1000), now + hourMs);

/** When a refused call may be repeated; undefined when it was no rate limit that refused it. */
function pauseOf({ status, headers, body }: Reply, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const seconds = count(headers['retry-after']);
  if (seconds !== undefined) return within(now + seconds * 1000, now);
  const usedUp = headers['x-ratelimit-remaining'] === '0';
  const named = status === 429 || /rate limit|abuse detection/i.test(wordsOf(body));
  return usedUp || named ? now + minuteMs : undefined;
}

const limited = ({ route }: Caller, what: string, retryAt: number): Doubt =>
  new Doubt(`${route}: rate limit, ${what}; again at ${new Date(retryAt).toISOString()}`, retryAt);

const count = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,12}$/.test(header) ? Number(header) : undefined;
