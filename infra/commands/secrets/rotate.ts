// Rotation: a new secret takes the place of one that may be known, without a job being lost.

import type { GitHubClient } from '../../../shared/github/call.ts';
import { setWebhookSecret } from '../../../shared/github/set-webhook.ts';
import { Problem } from '../command.ts';
import { faultLine, newSecret, type SecretKind, type SecretState, webhookSecretsOf } from './forms.ts';
import type { Parameters } from './parameters.ts';

export interface Rotation {
  parameters: Parameters;
  /** The secret as it stands. */
  state: SecretState;
  now: number;
  say(line: string): void;
}

/** The functions keep what they read for five minutes. */
const keptMs = 5 * 60_000;

/**
 * The first step: a new secret on the first line, the old one on the second; both are taken. Repeating it is
 * refused, since the secret that GitHub has would be lost.
 */
export async function beginWebhook({ parameters, state, now, say }: Rotation): Promise<void> {
  const [current = '', old] = secretsIn(state);
  if (old !== undefined) {
    throw new Problem(
      'a rotation of the webhook secret is under way: tell GitHub the new one (--rotate webhook --apply, ' +
        'or by hand with --show webhook), then npm run secrets -- --finish webhook',
    );
  }
  await parameters.replace(state.parameter, `${newSecret()}\n${current}\n`);
  say('The webhook has a new secret beside the old one: both are taken.');
  say(`From ${clock(now + keptMs)} on, when all functions know it, tell GitHub the new one:`);
  say('  npm run secrets -- --rotate webhook --apply   (or by hand, with --show webhook)');
  say('Then drop the old one: npm run secrets -- --finish webhook');
}

/** The second step: GitHub signs with the new secret. Repeating it is a no-op. */
export async function applyWebhook(
  { state, now, say }: Rotation,
  app: () => Promise<GitHubClient>,
): Promise<void> {
  const [fresh = ''] = secretsIn(state);
  const knownAt = (state.stored?.changedAt?.getTime() ?? 0) + keptMs;
  if (now < knownAt) {
    throw new Problem(
      `the functions may not know the new secret before ${clock(knownAt)}: run this again then, ` +
        'since deliveries that they cannot check would be refused',
    );
  }
  await setWebhookSecret(await app(), fresh);
  say('GitHub signs with the new secret. When its next deliveries have arrived, drop the old one:');
  say('  npm run secrets -- --finish webhook');
}

/** The last step: only the new secret is taken. Repeating it is a no-op. */
export async function finishWebhook({ parameters, state, say }: Rotation): Promise<void> {
  const [fresh = '', old] = secretsIn(state);
  if (old === undefined) {
    say('The webhook has one secret: there is nothing to finish.');
    return;
  }
  await parameters.replace(state.parameter, `${fresh}\n`);
  say('The old secret of the webhook is dropped: deliveries signed with it are refused in five minutes.');
}

/** Replaces a secret that nobody outside has to be told at the same time. */
export async function replaceSecret(
  { parameters, state, say }: Rotation,
  kind: Exclude<SecretKind, 'webhook' | 'app-key'>,
): Promise<void> {
  if (!state.stored) throw new Problem(faultLine(state));
  await parameters.replace(state.parameter, newSecret());
  for (const line of consequences[kind]) say(line);
}

const consequences = {
  builders: [
    'The secret of the builders is new, in all functions within five minutes.',
    'Builders that have not claimed yet are refused and end; other builders are started for their jobs.',
    'Jobs that run are not touched.',
  ],
  token: [
    'The token of /api is new, the old one is refused within five minutes.',
    'To give it to its readers: npm run secrets -- --show token',
  ],
} as const;

/** Throws `Problem` when the secret is missing or malformed. */
function secretsIn(state: SecretState): string[] {
  if (state.stored && !state.fault) return webhookSecretsOf(state.stored.value);
  throw new Problem(faultLine(state));
}

const clock = (time: number): string => new Date(time).toISOString().replace(/T(.*)\..*/, ' $1 UTC');
