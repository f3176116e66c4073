// Calls to GitHub's REST API as the App or as an installation of it, with no more rights than the call needs.
import { request } from '@octokit/request';
import { Doubt } from '../scheduler/ports.ts';
import { ownerOf, placeOf } from './access.ts';
import { appApi } from './app-api.ts';
import type { Call, GitHubClient } from './call.ts';
import { rateLimits } from './rate-limits.ts';
import { type Answer, answerOf } from './reply.ts';
import { installationTokens, notInstalled } from './tokens.ts';
import { transport } from './transport.ts';

export interface GitHubSettings {
  appId: string;
  /** The App's PEM: asked for when it is needed, and again after it failed or GitHub did not accept it. */
  privateKey: () => Promise<string>;
  /** The App's installation id for each organization or user. */
  installations: Record<string, string>;
  /** Default: https://api.github.com */
  baseUrl?: string;
  fetch?: typeof globalThis.fetch;
  now?: () => number;
  /** Of each HTTP call. Default: 8000, so that three of them end before the function does. */
  timeoutMs?: number;
}

export function gitHubClient(settings: GitHubSettings): GitHubClient {
  const { appId, privateKey, baseUrl = 'https://api.github.com', now = Date.now } = settings;
  const api = request.defaults({
    baseUrl,
    headers: { 'user-agent': 'callsheet', 'x-github-api-version': '2022-11-28' },
    request: { fetch: settings.fetch },
  });
  const limits = rateLimits(now);
  const send = transport(limits, settings.timeoutMs ?? 8000);
  const app = appApi(api, { appId, privateKey, now });
  const installations = new Map(
    Object.entries(settings.installations).map(([owner, id]) => [owner.toLowerCase(), id]),
  );

  const callAsApp = async <T>(call: Omit<Call<T>, 'as'>): Promise<Answer<T>> => {
    const { route, parameters = {}, yields = false } = call;
    const reply = await send(app.api, { route, parameters, account: 'app', yields });
    if (reply.status !== 401) return answerOf(call, reply);
    app.forgetKey();
    throw new Doubt(`${route}: GitHub does not accept the App's proof; check the App's id and private key`);
  };
  const tokens = installationTokens(callAsApp, now);

  return {
    now,
    async call(call) {
      const { as, route, yields = false } = call;
      if (as.kind === 'app') return callAsApp(call);
      const account = installations.get(ownerOf(as).toLowerCase());
      if (!account) return notInstalled(as);
      limits.admit({ account, route }, yields);
      const token = await tokens.get(account, as);
      if (typeof token !== 'string') return token;
      const parameters = {
        ...call.parameters,
        ...placeOf(as),
        headers: { authorization: `token ${token}` },
      };
      const reply = await send(api, { route, parameters, account, yields });
      if (reply.status !== 401) return answerOf(call, reply);
      tokens.forget(account, as);
      throw new Doubt(`${route}: GitHub does not accept the installation token`);
    },
  };
}
