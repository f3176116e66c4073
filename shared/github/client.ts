// Calls to GitHub's REST API as the App or as an installation of it, with no more rights than the call needs.
import { request } from '@octokit/request';
import { Doubt } from '../scheduler/ports.ts';
import { placeOf } from './access.ts';
import { appApi } from './app-api.ts';
import type { Call, GitHubClient } from './call.ts';
import { installationCalls } from './installation.ts';
import { rateLimits } from './rate-limits.ts';
import { type Answer, answerOf } from './reply.ts';
import { installationTokens } from './tokens.ts';
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
  const accountOf = (owner: string): string | undefined => installations.get(owner.toLowerCase());

  const callAsApp = async <T>(call: Omit<Call<T>, 'as'>): Promise<Answer<T>> => {
    const { route, parameters = {}, yields = false } = call;
    const reply = await send(app.api, { route, parameters, account: 'app', yields });
    if (reply.status !== 401) return answerOf(call, reply);
    app.forgetKey();
    throw new Doubt(`${route}: GitHub does not accept the App's proof; check the App's id and private key`);
  };
  const tokens = installationTokens(callAsApp, now);

  const asInstallation = installationCalls({
    accountOf,
    limits,
    tokens,
    send: ({ route, parameters, as, account, token, yields }) => {
      const headers = { authorization: `token ${token}` };
      return send(api, { route, parameters: { ...parameters, ...placeOf(as), headers }, account, yields });
    },
  });

  return {
    now,
    allowance: (owner) => limits.allowance(accountOf(owner) ?? ''),
    call: ({ as, ...call }) => (as.kind === 'app' ? callAsApp(call) : asInstallation({ ...call, as })),
  };
}
