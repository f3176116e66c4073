// Calls as an installation of the App: with a token of the rights at hand, within the account's rate limits.
import { Doubt } from '../scheduler/ports.ts';
import { type InstallationAccess, ownerOf, widened } from './access.ts';
import type { Call, Yields } from './call.ts';
import type { RateLimits } from './rate-limits.ts';
import { type Answer, answerOf, type Reply } from './reply.ts';
import { type InstallationTokens, notInstalled } from './tokens.ts';

export interface InstallationParts {
  /** The installation's id for an organization or user. */
  accountOf(owner: string): string | undefined;
  limits: Pick<RateLimits, 'admit'>;
  tokens: InstallationTokens;
  send(asked: Asked): Promise<Reply>;
}

/** A call with its token. */
export interface Asked {
  route: string;
  parameters: Record<string, unknown>;
  as: InstallationAccess;
  account: string;
  token: string;
  yields: Yields;
}

type InstallationCall<T> = Omit<Call<T>, 'as'> & { as: InstallationAccess };

/** Makes the calls. They throw `Doubt` as those of `GitHubClient` do. */
export const installationCalls =
  ({ accountOf, limits, tokens, send }: InstallationParts) =>
  async <T>(call: InstallationCall<T>): Promise<Answer<T>> => {
    const { as, route, parameters = {}, yields = false } = call;
    const account = accountOf(ownerOf(as));
    if (!account) return notInstalled(as);
    limits.admit({ account, route }, yields);
    const shown = widened(as);
    const token = await tokens.get(account, shown);
    if (typeof token !== 'string') return token;
    const reply = await send({ route, parameters, as, account, token, yields });
    if (reply.status === 401) {
      tokens.forget(account, shown);
      throw new Doubt(`${route}: GitHub does not accept the installation token`);
    }
    // A repository that the App may not see is 404 to such a token: that is no word about what is in it.
    const own = reply.status === 404 && shown !== as ? await tokens.get(account, as) : token;
    return typeof own === 'string' ? answerOf(call, reply) : own;
  };
