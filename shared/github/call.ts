// A call to GitHub, and who makes it: what the verbs of this folder are written with.
import type * as z from 'zod/mini';
import type { Allowance } from '../scheduler/ports.ts';
import type { Access } from './access.ts';
import type { Answer } from './reply.ts';

/** A call may give way when little is left of the rate limit, or `early`: when a quarter is. */
export type Yields = boolean | 'early';

export interface Call<T> {
  /** Method and template: `GET /repos/{owner}/{repo}/actions/jobs/{job_id}`. */
  route: string;
  /** Also fills the route's `{owner}` and `{repo}`, or `{org}`. */
  as: Access;
  parameters?: Record<string, unknown>;
  /** The fields of the body that are used. */
  body: z.ZodMiniType<T>;
  yields?: Yields;
}

export interface GitHubClient {
  /** A clear answer. Throws `Doubt` for rate limit, time-out, 401, 5xx, and a body that does not parse. */
  call<T>(call: Call<T>): Promise<Answer<T>>;
  now(): number;
  /** What is left of the calls of the owner's installation. Undefined: GitHub has not said. */
  allowance(owner: string): Allowance | undefined;
}
