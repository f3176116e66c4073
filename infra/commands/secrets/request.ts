// The command line of `secrets`: one thing at a time.
import { chosen, optionsOf, UsageError } from '../command.ts';

export type Request =
  | { kind: 'help' }
  | { kind: 'table' }
  | { kind: 'create'; keyFile: string | undefined }
  | { kind: 'rotate'; secret: 'webhook' | 'token' | 'builders'; apply: boolean }
  | { kind: 'finish'; secret: 'webhook' }
  | { kind: 'show'; secret: 'webhook' | 'token' };

export const usage = `Usage: npm run secrets -- [what]

Without anything: a table of the installation's secrets in SSM, never a value. Exit code 1: one is missing.

  --create                    makes what is missing: the secrets of webhook and builders, the token of /api
  --app-key <file>            stores the App's private key, the PEM file that GitHub gave; also creates
  --rotate webhook            puts a new secret beside the old one
  --rotate webhook --apply    tells GitHub the new one, from five minutes later on
  --finish webhook            drops the old one
  --rotate token              replaces the token of /api
  --rotate builders           replaces the secret of the builders' tickets; jobs that run are not touched
  --show webhook|token        prints one value, to be pasted

Credentials are those of the AWS CLI (AWS_PROFILE); the region is that of the configuration (aws.region),
else that of the AWS CLI.`;

const options = {
  create: { type: 'boolean' },
  'app-key': { type: 'string' },
  rotate: { type: 'string' },
  apply: { type: 'boolean' },
  finish: { type: 'string' },
  show: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Throws `UsageError`. */
export function requestOf(args: string[]): Request {
  const { help, create, 'app-key': keyFile, rotate, apply = false, finish, show } = optionsOf(args, options);
  if (help) return { kind: 'help' };
  if (apply && rotate !== 'webhook') throw new UsageError('--apply goes with --rotate webhook only');
  const requests: Request[] = [];
  if (create || keyFile !== undefined) requests.push({ kind: 'create', keyFile });
  if (rotate !== undefined) {
    const secret = chosen('--rotate', rotate, ['webhook', 'token', 'builders']);
    requests.push({ kind: 'rotate', secret, apply });
  }
  if (finish !== undefined)
    requests.push({ kind: 'finish', secret: chosen('--finish', finish, ['webhook']) });
  if (show !== undefined)
    requests.push({ kind: 'show', secret: chosen('--show', show, ['webhook', 'token']) });
  const [request = { kind: 'table' }, other] = requests;
  if (other) throw new UsageError('do one thing at a time');
  return request;
}
