// A process's way to a simulated GitHub: the real verbs, tokens and rate limits, over the simulated wire.
//
// The real transport, octokit and the App's proof stay out: they need real timers, sockets and cryptography.
// What they do is done here: no answer and 5xx are doubt, and tokens are asked for as the App.
import { placeOf } from '../../../shared/github/access.ts';
import type { Call, GitHubClient, Yields } from '../../../shared/github/call.ts';
import { installationCalls } from '../../../shared/github/installation.ts';
import { rateLimits } from '../../../shared/github/rate-limits.ts';
import { type Answer, answerOf, type Reply } from '../../../shared/github/reply.ts';
import { installationTokens } from '../../../shared/github/tokens.ts';
import { Doubt } from '../../../shared/scheduler/ports.ts';
import type { Process } from '../world.ts';
import type { Inside } from './inside.ts';
import type { Request, Wire } from './wire.ts';

/** Made once for a process, as for a function's environment: it keeps tokens and what it knows of limits. */
export function simulatedClient(inside: Inside, wire: Wire, process: Process): GitHubClient {
  const { world, settings } = inside;
  const { github } = world.faults;
  const now = world.clockOf(process);
  const limits = rateLimits(now);
  const trip = { lost: github, answerLost: github / 2, low: 80, high: 400 };

  const send = async (request: Request, account: string, yields: Yields): Promise<Reply> => {
    const { route } = request;
    limits.admit({ account, route }, yields);
    const reply = await world.call(process, described(request), () => wire.answer(request), trip);
    if (reply.status >= 500) throw new Doubt(`${route}: GitHub answered ${reply.status}`);
    limits.observe({ account, route }, reply);
    return reply;
  };
  const callAsApp = async <T>(call: Omit<Call<T>, 'as'>): Promise<Answer<T>> => {
    const { route, parameters = {}, yields = false } = call;
    return answerOf(call, await send({ route, parameters }, 'app', yields));
  };
  const tokens = installationTokens(callAsApp, now);

  const asInstallation = installationCalls({
    accountOf: (owner) => settings.installations[owner],
    limits,
    tokens,
    send: ({ route, parameters, as, account, token, yields }) =>
      send({ route, parameters: { ...parameters, ...placeOf(as) }, token }, account, yields),
  });

  return {
    now,
    allowance: (owner) => limits.allowance(settings.installations[owner] ?? ''),
    call: ({ as, ...call }) => (as.kind === 'app' ? callAsApp(call) : asInstallation({ ...call, as })),
  };
}

/** The route with its parameters filled in. */
const described = ({ route, parameters }: Request): string =>
  route.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(parameters[name]));
