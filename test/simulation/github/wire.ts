// The wire of a simulated GitHub: requests by route and parameters, answers with status, headers and body.
import type { Reply } from '../../../shared/github/reply.ts';
import { actionRoutes } from './action-routes.ts';
import { appRoutes } from './app-routes.ts';
import { checkRoutes } from './check-routes.ts';
import { type Inside, isInstalled } from './inside.ts';
import { type Quotas, quotas } from './quotas.ts';
import { type Caller, type Routes, refuse } from './routes.ts';
import { runnerRoutes } from './runner-routes.ts';
import { type Tokens, tokenRoutes, tokens } from './tokens.ts';

export interface Request {
  /** Method and template. */
  route: string;
  parameters: Record<string, unknown>;
  /** The App itself has none. */
  token?: string | undefined;
}

export interface Wire {
  /** Throws when the route is none that is simulated. */
  answer(request: Request): Reply;
  quotas: Quotas;
}

export function simulatedWire(inside: Inside): Wire {
  const { world } = inside;
  const given = tokens(inside);
  const limits = quotas(world);
  const routes: Routes = {
    ...tokenRoutes(inside, given),
    ...appRoutes(inside),
    ...actionRoutes(inside),
    ...runnerRoutes(inside),
    ...checkRoutes(inside),
  };
  /** Some fail before they do anything, and some after. */
  const fails = (): boolean => world.faulty(world.faults.github / 2);
  return {
    quotas: limits,
    answer({ route, parameters, token }) {
      const handler = routes[route];
      if (!handler) throw new Error(`no such route is simulated: '${route}'`);
      const caller = callerOf(inside, given, token);
      if (!caller) return refuse(401, 'Bad credentials');
      const { headers, refusal } = limits.count(caller.account, route);
      if (refusal) return refusal;
      if (fails()) return refuse(502, 'Server Error');
      const reply = isGone(inside, parameters) ? refuse(404, 'Not Found') : handler(parameters, caller);
      return fails() ? refuse(502, 'Server Error') : { ...reply, headers: { ...headers, ...reply.headers } };
    },
  };
}

function callerOf(inside: Inside, given: Tokens, token: string | undefined): Caller | undefined {
  if (token === undefined) return { account: 'app', permissions: {} };
  const found = given.find(token);
  return found && isInstalled(inside, found.owner) ? found : undefined;
}

const isGone = ({ deleted }: Inside, { owner, repo }: Record<string, unknown>): boolean =>
  deleted.has(`${owner}/${repo}`);
