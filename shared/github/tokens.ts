// Installation tokens: one for each set of rights, kept until shortly before it expires.
import * as z from 'zod/mini';
import { type InstallationAccess, nameOf, narrowing, ownerOf } from './access.ts';
import type { Call } from './call.ts';
import { memory } from './memory.ts';
import { type Answer, bodyOf, type NoAccess, time, whyOf } from './reply.ts';

/** Callers with the same rights share a token, and the request for it. */
export interface InstallationTokens {
  get(installation: string, as: InstallationAccess): Promise<string | NoAccess>;
  /** GitHub did not accept the token: the next call gets another. */
  forget(installation: string, as: InstallationAccess): void;
}

type CallAsApp = <T>(call: Omit<Call<T>, 'as'>) => Promise<Answer<T>>;

/** A token is used until five minutes before its end. */
const marginMs = 300_000;
/** Suspended; not installed; not for this repository or permission. */
const noInstallation = [403, 404, 422];
const route = 'POST /app/installations/{installation_id}/access_tokens';
const body = z.object({ token: z.string().check(z.minLength(1)), expires_at: time });

export function installationTokens(callAsApp: CallAsApp, now: () => number): InstallationTokens {
  const tokens = memory<string | NoAccess>(now);
  const keyOf = (installation: string, as: InstallationAccess) =>
    JSON.stringify([installation, narrowing(as)]);

  const load = async (installation: string, as: InstallationAccess) => {
    const parameters = { installation_id: installation, ...narrowing(as) };
    const answer = await callAsApp({ route, parameters, body });
    if (answer.kind === 'refused' && noInstallation.includes(answer.status)) {
      return { value: refused(as, whyOf(answer)), until: 0 };
    }
    const { token, expires_at: expiresAt } = bodyOf(answer);
    return { value: token, until: expiresAt - marginMs };
  };

  return {
    get: (installation, as) => tokens.get(keyOf(installation, as), () => load(installation, as)),
    forget: (installation, as) => tokens.forget(keyOf(installation, as)),
  };
}

/** The configuration names no installation for the owner. */
export const notInstalled = (as: InstallationAccess): NoAccess => ({
  kind: 'no-access',
  why: `no installation of the App is configured for '${ownerOf(as)}': install it there and configure its id`,
});

function refused(as: InstallationAccess, why: string): NoAccess {
  const rights = Object.entries(as.permissions).map(([name, right]) => `${name}: ${right}`);
  const remedy = 'install it there, with this permission';
  return { kind: 'no-access', why: `the App lacks ${rights} in ${nameOf(as)}: ${remedy} (${why})` };
}
