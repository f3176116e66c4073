// HTTP calls to GitHub: an answer of any status, or `Doubt`. Keeps to the rate limits.
import type { request } from '@octokit/request';
import * as z from 'zod/mini';
import { Doubt } from '../scheduler/ports.ts';
import type { Yields } from './call.ts';
import type { RateLimits } from './rate-limits.ts';
import { type Reply, tame } from './reply.ts';

/** Octokit's request function, with its defaults. */
export type Api = typeof request;

/** One HTTP call. `route` is the method and the template, and all that errors show of it. */
export interface Sending {
  route: string;
  parameters: Record<string, unknown>;
  /** Whose rate limit it uses. */
  account: string;
  yields: Yields;
}

/** Throws `Doubt` when no answer came (network, time-out), when GitHub failed (5xx) and at a rate limit. */
export type Send = (api: Api, sending: Sending) => Promise<Reply>;

export const transport =
  (limits: RateLimits, timeoutMs: number): Send =>
  async (api, sending) => {
    const { route, parameters } = sending;
    limits.admit(sending, sending.yields);
    const signal = AbortSignal.timeout(timeoutMs);
    const reply = await attempt(api, route, { ...parameters, request: { signal } }).catch(
      (error: unknown) => {
        throw signal.aborted ? silence(route, timeoutMs) : unanswered(route, error);
      },
    );
    if (signal.aborted) throw silence(route, timeoutMs);
    if (reply.status >= 500) throw new Doubt(`${route}: GitHub answered ${reply.status}`);
    limits.observe(sending, reply);
    return reply;
  };

const headers = z.catch(z.record(z.string(), z.string()), {});
const failure = z.object({ response: z.object({ status: z.number(), headers, data: z.unknown() }) });

/** Octokit throws for 4xx and 5xx; to us these are answers. */
async function attempt(api: Api, route: string, parameters: Record<string, unknown>): Promise<Reply> {
  try {
    const answer = await api(route, parameters);
    return { status: answer.status, headers: z.parse(headers, answer.headers), body: answer.data };
  } catch (error) {
    const read = z.safeParse(failure, error);
    if (!read.success) throw error;
    const { response } = read.data;
    return { status: response.status, headers: response.headers, body: response.data };
  }
}

const silence = (route: string, timeoutMs: number): Doubt =>
  new Doubt(`${route}: no answer from GitHub within ${timeoutMs} ms`);

function unanswered(route: string, error: unknown): Doubt {
  if (error instanceof Doubt) return error;
  return new Doubt(`${route}: no answer from GitHub: ${tame(error instanceof Error ? error.message : '')}`);
}
